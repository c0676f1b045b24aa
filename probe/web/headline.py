"""Say in one sentence what is observed now: which route fails where, from where, why and since when; pure.

A plain statement: it names the place that was found to be at fault, and where nothing was found the nearest that fails. A
route fails where its users do not get through; a hop that only fails when it is asked by itself is said to do so.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from probe.cause.keys import is_key_trouble
from probe.exporter.metrics.routes import going_the_whole_way
from probe.found import main_cause
from probe.model import Finding, Verdict
from probe.text import clean
from probe.track import State
from probe.web.blame import Kind, blamed, is_symptom
from probe.web.line import WORST_FIRST, Line
from probe.web.said import Cause, Names, Said, Value, either, meaning, said


class Reach(IntEnum):
    """Whom a trouble reaches: a route's users, nobody who comes by the whole way, or whose key or quota it is."""

    USERS = 0
    ITSELF = 1
    KEYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Checks of one route that fail at one place for one cause."""

    route: str
    where: Said
    hop: str | None = None
    reach: Reach
    cause: str
    seen_from: Value
    checks: int
    since_ns: int | None
    is_since_known: bool
    finding: Finding | None = None
    is_found: bool = False

    @property
    def place(self) -> str:
        """Where it fails, in English."""
        return str(self.where)

    @property
    def origin(self) -> str:
        """From where that is seen, in English."""
        return str(self.seen_from)

    @property
    def meaning(self) -> str:
        """What the cause means, in English."""
        return meaning(self.cause) or self.cause

    @property
    def why(self) -> Cause:
        """What the cause means, named by its id where it was found and the probe alone did not see it."""
        return Cause(self.cause, is_named=self.is_found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The sentence on top, what stands beneath it, and how many checks are in which state."""

    state: State
    sentence: Said
    since_ns: int | None = None
    is_since_known: bool = True
    troubles: tuple[Trouble, ...] = ()
    finding: Finding | None = None
    beside: tuple[Said, ...] = ()
    tally: Mapping[State, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence, in English."""
        return str(self.sentence)

    @property
    def asides(self) -> tuple[str, ...]:
        """What is said apart, in English."""
        return tuple(str(one) for one in self.beside)


def headline(lines: Sequence[Line]) -> Headline:
    """Say what all the lines come to; those that have nothing to show are passed over."""
    lines = [line for line in lines if line.nothing is None]
    tally = _tally(lines)
    failing = [line for line in lines if line.state is State.FAILED]
    beside = _asides(lines)
    if failing:
        return _failing(failing, lines, beside, tally)
    if not lines:
        return Headline(state=State.UNKNOWN, sentence=said("No check is planned"), tally=tally)
    if tally[State.OK] == len(lines):
        return Headline(state=State.OK, sentence=_all_answer(len(lines)), beside=beside, tally=tally)
    state = State.NOT_MEASURED if tally[State.NOT_MEASURED] else State.UNKNOWN
    sentence = _some_answer(lines, tally[State.OK])
    return Headline(state=state, sentence=sentence, beside=beside, tally=tally)


def _tally(lines: Sequence[Line]) -> Mapping[State, int]:
    states = [line.state for line in lines]
    return {state: states.count(state) for state in WORST_FIRST}


def _all_answer(count: int) -> Said:
    return said("The one check answers") if count == 1 else said("All {count} checks answer", count=count)


def _some_answer(lines: Sequence[Line], answering: int) -> Said:
    if answering:
        sentence = either(answering, "{count} of {all} checks answers", "{count} of {all} checks answer")
        return said(sentence, count=answering, all=len(lines))
    return said("No check is known to answer" if any(line.last for line in lines) else "No check has run yet")


def _failing(
    failing: Sequence[Line], lines: Sequence[Line], beside: tuple[Said, ...], tally: Mapping[State, int]
) -> Headline:
    troubles = tuple(sorted(_troubles(failing, lines), key=lambda one: one.reach))
    first = troubles[0]
    down = [trouble for trouble in troubles if trouble.reach is Reach.USERS]
    routes = tuple(dict.fromkeys(trouble.route for trouble in down))
    sentence, since = _sentence(first), [first]
    if len(routes) > 1:
        sentence, since = _several(Names(routes), down, len(lines)), down
    # A beginning that nobody saw may be the earliest, so the whole is as uncertain as its part.
    return Headline(
        state=State.FAILED,
        sentence=sentence,
        since_ns=min((one.since_ns for one in since if one.since_ns is not None), default=None),
        is_since_known=all(one.is_since_known for one in since),
        troubles=troubles if len(troubles) > 1 else (),
        finding=first.finding if len(troubles) == 1 else None,
        beside=beside,
        tally=tally,
    )


def _sentence(one: Trouble) -> Said:
    place, origin, why = one.where, one.seen_from, one.why
    if one.reach is Reach.KEYS:
        return said("Key or quota trouble {place} from {origin}: {why}", place=place, origin=origin, why=why)
    if one.reach is Reach.ITSELF and one.hop is not None:
        return said("Hop {hop} fails by itself from {origin}: {why}", hop=one.hop, origin=origin, why=why)
    pattern = either(
        one.reach is Reach.USERS,
        "Route {route} fails {place} from {origin}: {why}",
        "A check of route {route} fails {place} from {origin}: {why}",
    )
    return said(pattern, route=one.route, place=place, origin=origin, why=why)


def _several(routes: Names, down: Sequence[Trouble], checks: int) -> Said:
    if len({trouble.origin for trouble in down}) == 1:
        return said("Routes {routes} fail from {origin}", routes=routes, origin=down[0].seen_from)
    failing = sum(trouble.checks for trouble in down)
    return said("Routes {routes} fail: {count} of {all} checks", routes=routes, count=failing, all=checks)


def _troubles(failing: Sequence[Line], lines: Sequence[Line]) -> list[Trouble]:
    """Group what fails by route, place and cause; within a route the shortest stretch comes first, then the nearest.

    What stands for another trouble farther along comes after it.
    """
    direct = {(line.series.vantage, *_where(line)) for line in failing if not (line.is_deep or line.is_apart)}
    served = _served(lines)
    groups: dict[tuple[str, bool, int, int, int, str, Reach], list[Line]] = defaultdict(list)
    for line in failing:
        near, far = _stretch(line, direct)
        route, _, cause = _where(line)
        reach = _reach(line, cause, served)
        groups[(route, is_symptom(line, failing), far - near, near, far, cause, reach)].append(line)
    return [_trouble(groups[key], lines, key[-1]) for key in sorted(groups)]


def _where(line: Line) -> tuple[str, int, str]:
    return line.series.route, line.probe.route.hops.index(line.probe.check.hop), line.cause or "unknown"


def _stretch(line: Line, direct: Collection[tuple[str, str, int, str]]) -> tuple[int, int]:
    """Return where on its route a check fails: at what is to blame, else on the stretch that it asks."""
    hops, blame = line.probe.route.hops, blamed(line)
    if blame is not None:
        return hops.index(blame.near), hops.index(blame.far)
    route, near, cause = _where(line)
    # What breaks already at the hop breaks alike on the way through it, and is said once.
    is_told = (line.series.vantage, route, near, cause) in direct
    return near, near if is_told else hops.index(line.probe.check.through)


def _served(lines: Sequence[Line]) -> Collection[tuple[str, str]]:
    """Return from which vantages which routes work for their users, whatever else fails: by the checks that go all the way."""
    whole = going_the_whole_way(line.probe for line in lines)
    states: dict[tuple[str, str], list[State]] = defaultdict(list)
    for line in lines:
        if (line.series.route, line.series.check) in whole:
            states[line.series.vantage, line.series.route].append(line.state)
    return {key for key, found in states.items() if all(state is State.OK for state in found)}


def _reach(line: Line, cause: str, served: Collection[tuple[str, str]]) -> Reach:
    if is_key_trouble(cause):
        return Reach.KEYS
    return Reach.ITSELF if (line.series.vantage, line.series.route) in served else Reach.USERS


def _trouble(group: Sequence[Line], lines: Sequence[Line], reach: Reach) -> Trouble:
    first = min(group, key=lambda line: line.is_deep)
    check = first.probe.check
    peers = [line for line in lines if (line.probe.check, line.series.route) == (check, first.series.route)]
    return Trouble(
        route=first.series.route,
        where=_place(group, first),
        hop=_hop(group, first),
        reach=reach,
        cause=first.cause or "unknown",
        seen_from=_origin(group, peers),
        checks=len(group),
        since_ns=min((line.since_ns for line in group if line.since_ns), default=None),
        is_since_known=all(line.is_since_known for line in group),
        finding=first.finding,
        is_found=_is_found(first),
    )


def _is_found(line: Line) -> bool:
    failure = line.last.failure if line.last is not None else None
    return failure is not None and line.cause != clean(failure.cause, 80)


def _place(group: Sequence[Line], first: Line) -> Said:
    blame, check = blamed(first), first.probe.check
    if all(line.is_apart for line in group):
        return said("at {hop} by IPv6", hop=check.hop)
    if blame is not None and blame.kind is Kind.WAY:
        return said("on the way to {hop}", hop=blame.near)
    if blame is not None and blame.kind is Kind.HOP:
        return said("at {hop}", hop=blame.near)
    if blame is not None:
        return said("between {near} and {far}", near=blame.near, far=blame.far)
    if first.is_deep:
        return said("between {near} and {far}", near=check.hop, far=check.through)
    return said("at {hop}", hop=check.hop)


def _hop(group: Sequence[Line], first: Line) -> str | None:
    """Return the hop that fails as a whole, if it is one."""
    blame = blamed(first)
    if all(line.is_apart for line in group) or (blame is not None and blame.kind is not Kind.HOP):
        return None
    if blame is not None:
        return blame.near
    return None if first.is_deep else first.probe.check.hop


def _origin(some: Sequence[Line], peers: Sequence[Line]) -> Value:
    names = tuple(dict.fromkeys(line.series.vantage for line in some))
    if len(names) > 1 and set(names) == {line.series.vantage for line in peers}:
        return said("every vantage")
    return Names(names)


def _asides(lines: Sequence[Line]) -> tuple[Said, ...]:
    """Say apart what is own trouble and what is not known."""
    unmeasured = [line for line in lines if line.state is State.NOT_MEASURED]
    stale = [line for line in lines if line.is_stale]
    unknown = [line for line in lines if line.state is State.UNKNOWN and not line.is_stale]
    told = []
    for cause, count in Counter(line.cause or "unknown" for line in unmeasured).most_common(3):
        of_cause = [line for line in unmeasured if (line.cause or "unknown") == cause]
        pattern = either(
            count,
            "{count} check could not be measured from {origin}: {why}.",
            "{count} checks could not be measured from {origin}: {why}.",
        )
        told.append(said(pattern, count=count, origin=_origin(of_cause, lines), why=Cause(cause)))
    if stale:
        pattern = either(
            len(stale),
            "{count} check has not been heard of for too long: {names}.",
            "{count} checks have not been heard of for too long: {names}.",
        )
        told.append(said(pattern, count=len(stale), names=_named(stale)))
    if unknown:
        pattern = either(len(unknown), "{count} check has not run yet.", "{count} checks have not run yet.")
        told.append(said(pattern, count=len(unknown)))
    return (*told, *_interferences(lines))


def _interferences(lines: Sequence[Line]) -> Sequence[Said]:
    """Say what was found about checks that answer all the same."""
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found = line.finding
        if found is not None and found.verdict is Verdict.OK and line.state is State.OK and found.causes:
            groups[line.series.hop, clean(main_cause(found), 80)].append(line)
    return [
        said(
            "{hop} answers, asked from {origin}, and yet: {why}.",
            hop=hop,
            origin=_origin(group, lines),
            why=Cause(cause, is_named=True),
        )
        for (hop, cause), group in list(groups.items())[:3]
    ]


def _named(lines: Sequence[Line]) -> Value:
    names = tuple(str(line.series) for line in lines[:3])
    if len(lines) <= 3:
        return Names(names)
    return said("{names} and {count} more", names=", ".join(names), count=len(lines) - 3)
