"""The stretch of a route that one question travels: the hop that is asked, and the one that is to answer. Plain frozen data."""

from dataclasses import dataclass

from probe.model.chain import Route
from probe.model.record import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From the hop that is `asked` to the one that the question goes `through` to, on a route."""

    route: Route
    asked: str
    through: str

    @classmethod
    def of(cls, route: Route, seen: Observation) -> "Span":
        """Return the stretch that an observation's question travelled."""
        return cls(route=route, asked=seen.series.hop, through=seen.through)

    @property
    def hops(self) -> tuple[str, ...]:
        """The hops that could have made the answer, nearest first."""
        names = self.route.hops
        return names[names.index(self.asked) : names.index(self.through) + 1]

    def behind(self, hop: str) -> str | None:
        """Return the next hop of the route behind one of its hops; None behind the last."""
        place = self.route.hops.index(hop) + 1
        return self.route.hops[place] if place < len(self.route.hops) else None

    def before(self, hop: str) -> str | None:
        """Return the hop before one of these hops, when the question passed it."""
        place = self.hops.index(hop)
        return self.hops[place - 1] if place else None
