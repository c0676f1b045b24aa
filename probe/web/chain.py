"""Draw each route as a chain: how its vantages get in, how its hops answer, and what gets through between them; pure."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probe.model import Hop, Route
from probe.model.element import seg
from probe.plan import Plan
from probe.track import State
from probe.web.line import WORST_FIRST, Line, worst


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the vantages see of a hop or a leg: the vantages by state, the worst state first."""

    seen: Mapping[State, tuple[str, ...]]

    @property
    def state(self) -> State:
        """Failed if anybody sees that; otherwise own trouble and ignorance of some do not outweigh what others see."""
        return next(
            (state for state in (State.FAILED, State.OK) if state in self.seen), next(iter(self.seen))
        )

    @property
    def said(self) -> Sequence[tuple[State, tuple[str, ...]]]:
        """What is worth saying, its state first: beside a failure, not who is well."""
        rest = [state for state in self.seen if state not in (self.state, State.OK)]
        return [(state, self.seen[state]) for state in (self.state, *rest)]

    @property
    def vantages(self) -> int:
        """How many vantages there are."""
        return sum(len(names) for names in self.seen.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A vantage, and how it gets to the first hop."""

    vantage: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A hop, how it answers, and what gets through to it from the hop before; None where no check asks."""

    hop: Hop
    own: Verdict | None
    leg: Verdict | None
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A route drawn."""

    route: Route
    entries: tuple[Entry, ...]
    stops: tuple[Stop, ...]


def chains(plan: Plan, lines: Sequence[Line]) -> tuple[Chain, ...]:
    """Draw every route that is probed."""
    drawn = []
    for route in plan.routes:
        # Who can come by IPv4 gets through, whatever becomes of IPv6.
        of_route = [line for line in lines if line.series.route == route.name and not line.is_apart]
        if of_route:
            drawn.append(_chain(plan, route, of_route))
    return tuple(drawn)


def _chain(plan: Plan, route: Route, lines: Sequence[Line]) -> Chain:
    hops = {hop.name: hop for hop in plan.hops}
    own = {name: _own(name, lines) for name in route.hops}
    legs = [None, *(_leg(near, far, lines, own[near]) for near, far in itertools.pairwise(route.hops))]
    stops = [
        Stop(hop=hops[name], own=_verdict(own[name]), leg=leg, is_first=index == 0)
        for index, (name, leg) in enumerate(zip(route.hops, legs, strict=True))
    ]
    return Chain(route=route, entries=_entries(plan, route, lines, own[route.hops[0]]), stops=tuple(stops))


def _entries(
    plan: Plan, route: Route, lines: Sequence[Line], first: Mapping[str, State]
) -> tuple[Entry, ...]:
    asked = {line.series.vantage for line in lines}
    states = _best_by_vantage([line for line in lines if line.probe.check.hop == route.hops[0]]) | dict(first)
    return tuple(
        Entry(vantage=vantage.name, state=states.get(vantage.name, State.UNKNOWN))
        for vantage in plan.vantages
        if vantage.name in asked
    )


def _own(hop: str, lines: Sequence[Line]) -> dict[str, State]:
    """Judge a hop by what it answers itself, asked directly; only where nobody does, by what comes through others."""
    direct = [line for line in lines if line.probe.check.hop == hop and not line.is_deep]
    through = [line for line in lines if line.probe.check.through == hop]
    states: dict[str, list[State]] = defaultdict(list)
    for line in direct or through:
        states[line.series.vantage].append(line.state)
    return {vantage: worst(found) for vantage, found in states.items()}


def _leg(near: str, far: str, lines: Sequence[Line], before: Mapping[str, State]) -> Verdict | None:
    """Judge a leg: one check that got through proves it; from where the hop before fails, nothing is seen of it."""
    crossing = [line for line in lines if seg(near, far) in line.probe.crossed]
    return _verdict(
        {
            vantage: state
            if before.get(vantage, State.OK) is State.OK or state is State.OK
            else State.UNKNOWN
            for vantage, state in _best_by_vantage(crossing).items()
        }
    )


def _best_by_vantage(lines: Sequence[Line]) -> dict[str, State]:
    states: dict[str, list[State]] = defaultdict(list)
    for line in lines:
        states[line.series.vantage].append(line.state)
    return {vantage: State.OK if State.OK in found else worst(found) for vantage, found in states.items()}


def _verdict(states: Mapping[str, State]) -> Verdict | None:
    seen = {
        state: tuple(vantage for vantage, one in states.items() if one is state)
        for state in WORST_FIRST
        if state in states.values()
    }
    return Verdict(seen) if seen else None
