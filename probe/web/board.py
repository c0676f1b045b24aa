"""What the web surface looks at: the plan, the window of recent events, the metrics, and whether we are ready."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from probe.clock import Clock
from probe.exporter.recent import Recent
from probe.plan import Plan
from probe.web.limits import Limits
from probe.web.view import View, look

# Reads the configuration again; tells whether it was taken over, and what came of it.
Reload = Callable[[], Awaitable[tuple[bool, str]]]


class Exposition(Protocol):
    """Whoever renders the metrics."""

    def exposition(self, accept: str | None) -> tuple[bytes, str]:
        """Return the metrics in the format that the Accept header asks for, and their content type."""


@dataclass(slots=True, kw_only=True)
class Board:
    """Everything that is shown; a reload of the configuration sets another `plan`."""

    plan: Plan
    recent: Recent
    metrics: Exposition
    ready: Callable[[], tuple[bool, list[str]]]
    clock: Clock
    version: str
    limits: Limits
    notes: Callable[[], Sequence[str]]
    # None: nobody may ask for it by HTTP.
    reload: Reload | None = None
    # Connections with a request under way: these are never closed to make room for others.
    busy: set[web.RequestHandler] = field(default_factory=set)

    def view(self) -> View:
        """See everything as of now."""
        return look(self.plan, self.recent, at_ns=self.clock.wall_ns(), notes=self.notes())


BOARD = web.AppKey("board", Board)
