"""Who is told: every exporter takes each event by `write`, which returns at once and never raises."""

from typing import Protocol

from probe.model import Event


class Exporter(Protocol):
    """A reader of events; one that needs I/O owns a bounded queue and a task, and counts what it drops."""

    def write(self, event: Event) -> None:
        """Take one event."""
