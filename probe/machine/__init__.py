"""What this machine is and can do: its interfaces, the proxies in its way, its aids to measuring, and how to mend a lack.

Everything is looked at and nothing leaves the machine. What is read from files is read below a root that the caller
may choose; what only a try can tell is tried on loopback.
"""
