"""Propose a configuration: look at what the named hops answer, and write down, with comments, what can be asked of them.

look -> guess (pure: which checks tell something) -> write (a commented YAML text, checked by the configuration's own reader).
"""
