"""Draw each route as a chain: how its vantages get in, how its hops answer, and what gets through between them; pure."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probe.model import Hop, Route
from probe.model.element import between, seg
from probe.plan import Plan
from probe.track import State
from probe.web.blame import Blame, Kind, blamed
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
    seen = _Seen(route, lines)
    stops = [
        Stop(
            hop=hops[name],
            own=_verdict(seen.own[name]),
            leg=_verdict(seen.legs[before, name]) if before is not None else None,
            is_first=before is None,
        )
        for before, name in zip((None, *route.hops), route.hops, strict=False)
    ]
    asked = {line.series.vantage for line in lines}
    entries = tuple(
        Entry(vantage=one.name, state=seen.entries.get(one.name, State.UNKNOWN))
        for one in plan.vantages
        if one.name in asked
    )
    return Chain(route=route, entries=entries, stops=tuple(stops))


class _Seen:
    """What each vantage sees of a route: its own way in, its hops, its legs.

    A failure shows at what is to blame for it. Where nothing is known of that it shows at the hop that was asked, or on the
    legs that nothing got across; and where all of them are proven, on those that the check crosses: somewhere it shows.
    """

    def __init__(self, route: Route, lines: Sequence[Line]) -> None:
        self._first = route.hops[0]
        self._blames = [(line, blamed(line)) for line in lines]
        self.own = {name: self._of_hop(name) for name in route.hops}
        self.entries = self._ways_in()
        self.legs = {leg: self._of_leg(*leg) for leg in itertools.pairwise(route.hops)}
        for line, _ in self._blames:
            if line.state is State.FAILED and not self._shows(line):
                for near, far in itertools.pairwise(between(route, line.probe.check)):
                    self.legs[near, far][line.series.vantage] = State.FAILED

    def _of_hop(self, hop: str) -> dict[str, State]:
        """Judge a hop by what it answers itself, asked directly; only where nobody does, by what comes through others."""
        direct = [one for one in self._blames if one[0].probe.check.hop == hop and not one[0].is_deep]
        through = [one for one in self._blames if one[0].probe.check.through == hop]
        states: dict[str, list[State]] = defaultdict(list)
        for line, blame in direct or through:
            states[line.series.vantage].append(_state(line, is_here=blame is None))
        for line, blame in self._blames:
            if line.state is State.FAILED and blame is not None and self._accuses(blame, hop):
                states[line.series.vantage].append(State.FAILED)
        return {vantage: worst(found) for vantage, found in states.items()}

    def _accuses(self, blame: Blame, hop: str) -> bool:
        # The way from a vantage to another hop than the first is not drawn, and shows at that hop.
        is_drawn = blame.kind is Kind.WAY and blame.near == self._first
        return blame.kind is not Kind.LEG and blame.near == hop and not is_drawn

    def _ways_in(self) -> dict[str, State]:
        """Judge a vantage's way in by what the first hop answers it directly, else by any that goes in there."""
        to_first = [one for one in self._blames if one[0].probe.check.hop == self._first]
        states = {
            vantage: _best(found)
            for vantage, found in _by_vantage(
                [(line, _state(line, is_here=blame is None)) for line, blame in to_first]
            ).items()
        }
        direct = [(line, _state(line, is_here=blame is None)) for line, blame in to_first if not line.is_deep]
        states |= {vantage: worst(found) for vantage, found in _by_vantage(direct).items()}
        for line, blame in self._blames:
            if line.state is State.FAILED and blame == Blame(Kind.WAY, self._first, self._first):
                states[line.series.vantage] = State.FAILED
        return states

    def _of_leg(self, near: str, far: str) -> dict[str, State]:
        """Judge a leg: one check that got through proves it; from where the hop before fails, nothing is seen of it."""
        crossing = [
            (line, _state(line, is_here=blame is None))
            for line, blame in self._blames
            if seg(near, far) in line.probe.crossed
        ]
        states = {vantage: _best(found) for vantage, found in _by_vantage(crossing).items()}
        for vantage, state in states.items():
            if state is not State.OK and self.own[near].get(vantage, State.OK) is not State.OK:
                states[vantage] = State.UNKNOWN
        for line, blame in self._blames:
            if line.state is State.FAILED and blame == Blame(Kind.LEG, near, far):
                states[line.series.vantage] = State.FAILED
        return states

    def _shows(self, line: Line) -> bool:
        vantage, crossed = line.series.vantage, line.probe.crossed
        at = [self.entries, *self.own.values()]
        legs = [states for leg, states in self.legs.items() if seg(*leg) in crossed or not line.is_deep]
        return any(states.get(vantage) is State.FAILED for states in (*at, *legs))


def _state(line: Line, *, is_here: bool) -> State:
    """Return what a check says of a place that it crosses: one that fails for something else says nothing."""
    return State.UNKNOWN if line.state is State.FAILED and not is_here else line.state


def _by_vantage(found: Iterable[tuple[Line, State]]) -> dict[str, list[State]]:
    states: dict[str, list[State]] = defaultdict(list)
    for line, state in found:
        states[line.series.vantage].append(state)
    return states


def _best(states: Sequence[State]) -> State:
    return State.OK if State.OK in states else worst(states)


def _verdict(states: Mapping[str, State]) -> Verdict | None:
    seen = {
        state: tuple(vantage for vantage, one in states.items() if one is state)
        for state in WORST_FIRST
        if state in states.values()
    }
    return Verdict(seen) if seen else None
