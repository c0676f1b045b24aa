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
from probe.web.wording import counted, listed, meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Checks of one route that fail at one place for one cause."""

    route: str
    place: str
    cause: str
    origin: str
    checks: int
    since_ns: int | None
    is_since_known: bool
    finding: Finding | None = None
    is_found: bool = False

    @property
    def meaning(self) -> str:
        """What the cause means."""
        return meaning(self.cause) or self.cause

    @property
    def why(self) -> str:
        """What the cause means, named by its id where it was found and the probe alone did not see it."""
        return (
            f"{self.meaning} ({self.cause})" if self.is_found and self.meaning != self.cause else self.meaning
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The sentence on top, what stands beneath it, and how many checks are in which state."""

    state: State
    text: str
    since_ns: int | None = None
    is_since_known: bool = True
    troubles: tuple[Trouble, ...] = ()
    finding: Finding | None = None
    asides: tuple[str, ...] = ()
    tally: Mapping[State, int] = field(default_factory=dict)


def headline(lines: Sequence[Line]) -> Headline:
    """Say what all the lines come to; those that have nothing to show are passed over."""
    lines = [line for line in lines if line.nothing is None]
    tally = _tally(lines)
    failing = [line for line in lines if line.state is State.FAILED]
    asides = _asides(lines)
    if failing:
        return _failing(failing, lines, asides, tally)
    if not lines:
        return Headline(state=State.UNKNOWN, text="No check is planned", tally=tally)
    if tally[State.OK] == len(lines):
        return Headline(state=State.OK, text=_all_answer(len(lines)), asides=asides, tally=tally)
    state = State.NOT_MEASURED if tally[State.NOT_MEASURED] else State.UNKNOWN
    text = _some_answer(lines, tally[State.OK])
    return Headline(state=state, text=text, asides=asides, tally=tally)


def _tally(lines: Sequence[Line]) -> Mapping[State, int]:
    states = [line.state for line in lines]
    return {state: states.count(state) for state in WORST_FIRST}


def _all_answer(count: int) -> str:
    return "The one check answers" if count == 1 else f"All {count:,} checks answer"


def _some_answer(lines: Sequence[Line], answering: int) -> str:
    if answering:
        return f"{answering} of {counted(len(lines), 'check')} answer{'s' if answering == 1 else ''}"
    return "No check is known to answer" if any(line.last for line in lines) else "No check has run yet"


def _failing(
    failing: Sequence[Line], lines: Sequence[Line], asides: tuple[str, ...], tally: Mapping[State, int]
) -> Headline:
    troubles = _troubles(failing, lines)
    first = troubles[0]
    routes = list(dict.fromkeys(trouble.route for trouble in troubles))
    if len(routes) == 1:
        text = f"Route {first.route} fails {first.place} from {first.origin}: {first.why}"
        since = [first]
    else:
        origins = {trouble.origin for trouble in troubles}
        where = f" from {origins.pop()}" if len(origins) == 1 else f": {len(failing)} of {len(lines)} checks"
        text = f"Routes {listed(routes)} fail{where}"
        since = troubles
    # A beginning that nobody saw may be the earliest, so the whole is as uncertain as its part.
    return Headline(
        state=State.FAILED,
        text=text,
        since_ns=min((one.since_ns for one in since if one.since_ns is not None), default=None),
        is_since_known=all(one.is_since_known for one in since),
        troubles=tuple(troubles) if len(troubles) > 1 else (),
        finding=first.finding if len(troubles) == 1 else None,
        asides=asides,
        tally=tally,
    )


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
        place=_place(group, first),
        cause=first.cause or "unknown",
        origin=_origin(group, peers),
        checks=len(group),
        since_ns=min((line.standing.since_ns for line in group if line.standing.since_ns), default=None),
        is_since_known=all(line.standing.changed for line in group),
        finding=first.finding,
        is_found=_is_found(first),
    )


def _is_found(line: Line) -> bool:
    failure = line.last.failure if line.last is not None else None
    return failure is not None and line.cause != clean(failure.cause, 80)


def _place(group: Sequence[Line], first: Line) -> str:
    check = first.probe.check
    if first.is_deep:
        return f"between {check.hop} and {check.through}"
    return f"at {check.hop}" + (" by IPv6" if all(line.is_apart for line in group) else "")


def _origin(some: Sequence[Line], peers: Sequence[Line]) -> str:
    names = list(dict.fromkeys(line.series.vantage for line in some))
    if len(names) > 1 and set(names) == {line.series.vantage for line in peers}:
        return "every vantage"
    return listed(names)


def _asides(lines: Sequence[Line]) -> tuple[str, ...]:
    """Say apart what is own trouble and what is not known."""
    unmeasured = [line for line in lines if line.state is State.NOT_MEASURED]
    stale = [line for line in lines if line.is_stale]
    unknown = [line for line in lines if line.state is State.UNKNOWN and not line.is_stale]
    said = []
    for cause, count in Counter(line.cause or "unknown" for line in unmeasured).most_common(3):
        origin = _origin([line for line in unmeasured if (line.cause or "unknown") == cause], lines)
        said.append(
            f"{counted(count, 'check')} could not be measured from {origin}: {meaning(cause) or cause}."
        )
    if stale:
        have = "has" if len(stale) == 1 else "have"
        said.append(f"{counted(len(stale), 'check')} {have} not been heard of for too long: {_named(stale)}.")
    if unknown:
        have = "has" if len(unknown) == 1 else "have"
        said.append(f"{counted(len(unknown), 'check')} {have} not run yet.")
    return (*said, *_interferences(lines))


def _interferences(lines: Sequence[Line]) -> Sequence[str]:
    """Say what was found about checks that answer all the same."""
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found = line.finding
        if found is not None and found.verdict is Verdict.OK and line.state is State.OK and found.causes:
            groups[line.series.hop, clean(main_cause(found), 80)].append(line)
    return [
        f"{hop} answers, asked from {_origin(group, lines)}, and yet: {meaning(cause) or cause} ({cause})."
        for (hop, cause), group in list(groups.items())[:3]
    ]


def _named(lines: Sequence[Line]) -> str:
    names = [str(line.series) for line in lines[:3]]
    return listed(names) if len(lines) <= 3 else f"{', '.join(names)} and {len(lines) - 3} more"
