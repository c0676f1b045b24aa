"""The metrics exporter: takes events, and answers scrapes.

Everything happens on the event loop's thread. Families are built per scrape from our own figures, so a check that is
gone vanishes at once; prometheus_client chooses the format and writes it.
"""

import platform
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder

from probe.clock import Clock
from probe.exporter.metrics import buckets, table
from probe.exporter.metrics.board import Board
from probe.exporter.metrics.estimate import lines_of_daemon
from probe.exporter.metrics.store import StoreStats, show
from probe.exporter.metrics.tally import Tally
from probe.model import Event
from probe.plan import Plan
from probe.text import clean

_WITH_STORE = tuple(family for family in table.FAMILIES if family is not table.SERIES)
_WITHOUT_STORE = tuple(family for family in _WITH_STORE if family not in table.STORE)


class Metrics:
    """The metrics of one daemon, in a registry of their own."""

    def __init__(
        self,
        plan: Plan,
        *,
        clock: Clock,
        version: str,
        max_series: int,
        store: Callable[[], StoreStats] | None = None,
        notifications: Callable[[], Mapping[tuple[str, str], int]] = dict,
    ) -> None:
        """Begin at 0 for the series of `plan`, whose configuration was just taken over."""
        self._clock = clock
        self._store = store
        self._notifications = notifications
        self._guards: tuple[Callable[[], bool], Callable[[], Mapping[str, int]]] | None = None
        self._board = Board(max_lines=max_series, reserved=lines_of_daemon())
        self._tally = Tally(self._board)
        self._board.set(table.BUILD, (clean(version, 64), clean(platform.python_version(), 64)), 1)
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        self.adopt(plan)
        self.reloaded(successful=True)

    def write(self, event: Event) -> None:
        """Count one event."""
        self._tally.write(event)

    def adopt(self, plan: Plan, *, max_series: int | None = None) -> None:
        """Go on with another plan and bound: series that are in both keep their figures, the others vanish or begin."""
        if max_series is not None:
            self._board.limit(max_series)
        self._tally.adopt(plan)

    def reloaded(self, successful: bool) -> None:
        """Tell whether the configuration that was just read was taken over."""
        self._board.set(table.RELOAD_SUCCESSFUL, (), int(successful))
        if successful:
            self._board.set(table.RELOAD_TIMESTAMP, (), self._clock.wall_ns() / 1e9)

    def guard(self, is_current: Callable[[], bool], failed: Callable[[], Mapping[str, int]]) -> None:
        """Show, from now on, whether the rules of who may come in are the ones written, and how many log-ins failed."""
        self._guards = (is_current, failed)

    def ipv6_is_broken(self, vantage: str, is_broken: bool | None) -> None:
        """Tell whether IPv6 works from a vantage; None as long as nobody knows."""
        if is_broken is not None:
            self._board.set(table.IPV6_BROKEN, (vantage,), int(is_broken))

    def observe_loop_lag(self, seconds: float) -> None:
        """Count how late the event loop ran."""
        self._board.observe(table.LOOP_LAG, (), seconds, buckets.LOOP_LAG)

    def collect(self) -> Iterator[Metric]:
        """Build the families as they are now; the registry calls this at each scrape."""
        families = _WITHOUT_STORE if self._store is None else _WITH_STORE
        if self._store is not None:
            show(self._board, self._store())
        if self._guards is not None:
            is_current, failed = self._guards
            self._board.set(table.WEB_RELOAD_SUCCESSFUL, (), int(is_current()))
            for reason, count in failed().items():
                self._board.set(table.WEB_LOGINS_FAILED, (reason,), count)
        self._board.forget((table.NOTIFICATIONS,))
        notifications = self._notifications()
        for key, count in notifications.items():
            self._board.set(table.NOTIFICATIONS, key, count)
        yield from self._board.metrics(
            [one for one in families if notifications or one is not table.NOTIFICATIONS]
        )

    def exposition(self, accept_header: str | None) -> tuple[bytes, str]:
        """Return the body and the content type: text 0.0.4 unless the header asks for another format."""
        asked = accept_header if accept_header and accept_header.isascii() else ""
        try:
            encode, content_type = choose_encoder(asked)
        except TypeError:
            # prometheus_client compares versions as tuples and falls over `version=abc`.
            encode, content_type = generate_latest, CONTENT_TYPE_PLAIN_0_0_4
        return encode(self.registry), content_type
