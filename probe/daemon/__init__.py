"""The daemon: a configuration at work until a signal ends it, and another one in its place when it is told to reload."""

from probe.daemon.life import run

__all__ = ["run"]
