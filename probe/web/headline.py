"""Say in one sentence what is observed now: which route fails where, from where, why and since when; pure.

A plain statement: it names the nearest place that fails, and blames nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from probe.found import main_cause
from probe.model import Finding, Verdict
from probe.text import clean
from probe.track import State
from probe.web.line import WORST_FIRST, Line
from probe.web.said import Cause, Names, Said, Value, either, meaning, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Checks of one route that fail at one place for one cause."""

    route: str
    where: Said
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
    troubles = _troubles(failing, lines)
    first = troubles[0]
    routes = list(dict.fromkeys(trouble.route for trouble in troubles))
    if len(routes) == 1:
        sentence = said(
            "Route {route} fails {place} from {origin}: {why}",
            route=first.route,
            place=first.where,
            origin=first.seen_from,
            why=first.why,
        )
        since = [first]
    else:
        sentence = _several(Names(tuple(routes)), troubles, len(failing), len(lines))
        since = troubles
    # A beginning that nobody saw may be the earliest, so the whole is as uncertain as its part.
    return Headline(
        state=State.FAILED,
        sentence=sentence,
        since_ns=min((one.since_ns for one in since if one.since_ns is not None), default=None),
        is_since_known=all(one.is_since_known for one in since),
        troubles=tuple(troubles) if len(troubles) > 1 else (),
        finding=first.finding if len(troubles) == 1 else None,
        beside=beside,
        tally=tally,
    )


def _several(routes: Names, troubles: Sequence[Trouble], failing: int, checks: int) -> Said:
    if len({trouble.origin for trouble in troubles}) == 1:
        return said("Routes {routes} fail from {origin}", routes=routes, origin=troubles[0].seen_from)
    return said("Routes {routes} fail: {count} of {all} checks", routes=routes, count=failing, all=checks)


def _troubles(failing: Sequence[Line], lines: Sequence[Line]) -> list[Trouble]:
    """Group what fails by route, place and cause; within a route the shortest stretch comes first, then the nearest."""
    direct = {(line.series.vantage, *_where(line)) for line in failing if not (line.is_deep or line.is_apart)}
    groups: dict[tuple[str, int, int, int, str], list[Line]] = defaultdict(list)
    for line in failing:
        route, near, cause = _where(line)
        # What breaks already at the hop breaks alike on the way through it, and is said once.
        is_told = (line.series.vantage, route, near, cause) in direct
        far = near if is_told else line.probe.route.hops.index(line.probe.check.through)
        groups[(route, far - near, near, far, cause)].append(line)
    return [_trouble(groups[key], lines) for key in sorted(groups)]


def _where(line: Line) -> tuple[str, int, str]:
    return line.series.route, line.probe.route.hops.index(line.probe.check.hop), line.cause or "unknown"


def _trouble(group: Sequence[Line], lines: Sequence[Line]) -> Trouble:
    first = min(group, key=lambda line: line.is_deep)
    check = first.probe.check
    peers = [line for line in lines if (line.probe.check, line.series.route) == (check, first.series.route)]
    return Trouble(
        route=first.series.route,
        where=_place(group, first),
        cause=first.cause or "unknown",
        seen_from=_origin(group, peers),
        checks=len(group),
        since_ns=min((line.standing.since_ns for line in group if line.standing.since_ns), default=None),
        is_since_known=all(line.standing.changed for line in group),
        finding=first.finding,
        is_found=_is_found(first),
    )


def _is_found(line: Line) -> bool:
    failure = line.last.failure if line.last is not None else None
    return failure is not None and line.cause != clean(failure.cause, 80)


def _place(group: Sequence[Line], first: Line) -> Said:
    check = first.probe.check
    if first.is_deep:
        return said("between {near} and {far}", near=check.hop, far=check.through)
    return said("at {hop} by IPv6" if all(line.is_apart for line in group) else "at {hop}", hop=check.hop)


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
