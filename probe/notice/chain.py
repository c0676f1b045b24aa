"""Which part of a route a check asks about, and which trouble explains which; pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from probe.notice.notice import Kind, Subject
from probe.plan import Plan, Probe


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stretch:
    """From one hop of a route through to another one, by their places in it; a hop by itself is both ends."""

    route: str
    length: int
    near: int
    hop: str
    through: str
    is_whole: bool

    @property
    def far(self) -> int:
        """The place of the hop that answers."""
        return self.near + self.length

    @property
    def subject(self) -> Subject:
        """What a message calls it; a hop by itself is the same one in every route."""
        if self.is_whole:
            return Subject(kind=Kind.ROUTE, name=self.route)
        if not self.length:
            return Subject(kind=Kind.HOP, hop=self.hop)
        return Subject(kind=Kind.LEG, name=self.route, hop=self.hop, through=self.through)

    def explains(self, other: "Stretch") -> bool:
        """Tell whether trouble here explains trouble there: it lies within that, or before it."""
        is_within = other.near <= self.near and self.far <= other.far
        is_before = other.near >= self.far and other.near > self.near
        return is_within or is_before


def stretch(probe: Probe) -> Stretch:
    """Return what a check asks about."""
    hops, check = probe.route.hops, probe.check
    near, far = hops.index(check.hop), hops.index(check.through)
    return Stretch(
        route=probe.route.name,
        length=far - near,
        near=near,
        hop=check.hop,
        through=check.through,
        is_whole=near == 0 and far == len(hops) - 1,
    )


def stretches(plan: Plan) -> Mapping[Stretch, tuple[Probe, ...]]:
    """Return the checks by what they ask about; those that show IPv6 apart say nothing of what users get."""
    found: defaultdict[Stretch, list[Probe]] = defaultdict(list)
    for probe in plan.probes:
        if not probe.check.is_twin:
            found[stretch(probe)].append(probe)
    return {one: tuple(probes) for one, probes in found.items()}
