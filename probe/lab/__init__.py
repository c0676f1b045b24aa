"""The lab: stand-ins for the four hops on loopback, with a DNS server and a fault switch, for tests and for looking.

Nothing of the daemon imports it, and it imports nothing of the daemon: it is the other side of the wire.
"""

from probe.lab.fault import FAULTS, Fault
from probe.lab.layout import HOPS, VANTAGES, AddressTakenError, LabError, Layout, UnknownNameError
from probe.lab.run import Lab, running

__all__ = [
    "FAULTS",
    "HOPS",
    "VANTAGES",
    "AddressTakenError",
    "Fault",
    "Lab",
    "LabError",
    "Layout",
    "UnknownNameError",
    "running",
]
