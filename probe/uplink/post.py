"""One vantage under watch: its tracker, the probes under way on its network, and what was told of it last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from socket import AF_INET, AF_INET6

from probe.abc import Crossing, Passenger, Tie, Tied, Way
from probe.model import Disturbance, UplinkState
from probe.uplink.crossing import Watched
from probe.uplink.tracker import Lost, Tracker

# What was amiss until a network came for the first time: all of it.
_NEVER_THERE = Lost(what=Disturbance.LINK, detail="", families=frozenset({int(AF_INET), int(AF_INET6)}))
# A network that has just come back is not at once itself: its router and its resolver have to be found again.
GRACE_NS = 1_000_000_000


class Post:
    """The watch over one vantage."""

    def __init__(self, vantage: str, way: Way) -> None:
        """Watch what `way` stands and falls with."""
        self.vantage = vantage
        self.way = way
        self.tie = way.tie if isinstance(way, Tied) else Tie()
        self.tracker = Tracker()
        self.told: UplinkState | None = None
        # The disturbance under way, with all families that it broke so far.
        self.lost: Lost | None = None
        self._before: tuple[Lost, int] | None = None
        self._under_way: set[Watched] = set()

    @contextmanager
    def crossed(
        self, passenger: Passenger, look: Callable[[], None], clock_ns: Callable[[], int]
    ) -> Iterator[Crossing]:
        """Watch over one probe while the context lasts."""
        watched = Watched(passenger, look, self._amiss(clock_ns()))
        self._under_way.add(watched)
        try:
            yield watched
        finally:
            self._under_way.discard(watched)

    def strike(self, lost: Lost) -> bool:
        """Interrupt the probes that a loss concerns, and tell whether it begins a disturbance."""
        begins = self.lost is None
        families = lost.families if self.lost is None else self.lost.families | lost.families
        self.lost = replace(lost, families=families)
        for watched in tuple(self._under_way):
            watched.strike(lost)
        return begins

    def settle(self, now_ns: int) -> None:
        """Note that the network is back, or there for the first time."""
        self._before = self.lost or _NEVER_THERE, now_ns
        self.lost = None

    def _amiss(self, now_ns: int) -> Lost | None:
        """Return what a probe that begins now could not be blamed for."""
        if self.lost is not None:
            return self.lost
        if self._before is None or now_ns - self._before[1] >= GRACE_NS:
            return self._barred()
        before, since_ns = self._before
        there_for = (now_ns - since_ns) / 1e9
        return replace(
            before, what=Disturbance.ROUTE, detail=f"the network had been there for {there_for:.1f} s only"
        )

    def _barred(self) -> Lost | None:
        """Return what was missing before the watch began and is still, of which no disturbance tells."""
        footing = self.tracker.footing
        if footing is None or not footing.barred:
            return None
        return Lost(what=Disturbance.LINK, detail=footing.lack, families=footing.barred)
