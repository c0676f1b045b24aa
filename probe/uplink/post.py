"""One vantage under watch: its tracker, the probes under way on its network, and what was told of it last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from probe.abc import Crossing, Passenger, Tie, Tied, Way
from probe.model import Disturbance, UplinkState
from probe.uplink.crossing import Watched
from probe.uplink.tracker import Lost, Tracker

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
        """Note that the network is back."""
        if self.lost is not None:
            self._before = self.lost, now_ns
        self.lost = None

    def _amiss(self, now_ns: int) -> Lost | None:
        """Return what a probe that begins now could not be blamed for."""
        if self.lost is not None or self._before is None:
            return self.lost
        before, since_ns = self._before
        back_for = (now_ns - since_ns) / 1e9
        if now_ns - since_ns >= GRACE_NS:
            return None
        return replace(
            before, what=Disturbance.ROUTE, detail=f"the network had been back for {back_for:.1f} s only"
        )
