"""Group what fails, by place and cause: what is broken comes before what is only seen on the way through it; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probe.found import is_borne_out, is_own_trouble, main_cause
from probe.model import Finding, Verdict
from probe.text import clean
from probe.track import State
from probe.web.blame import blamed, is_symptom
from probe.web.line import Line

_ORDER = (State.FAILED, State.NOT_MEASURED, State.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Checks that come to the same cause at the same place; with the state `ok` they answer, and yet something was found."""

    state: State
    place: str
    cause: str
    lines: tuple[Line, ...]
    through: tuple[str, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """What was found, by the most answers."""
        findings = [line.finding for line in self.lines if line.finding is not None]
        return max(findings, key=lambda one: len(one.parents), default=None)


def troubles(lines: Iterable[Line]) -> Sequence[Trouble]:
    """Return each trouble once, as the page orders them: symptoms last, the shortest stretch of a route first, then the nearest."""
    lines = tuple(lines)
    failing = [line for line in lines if line.state is State.FAILED]
    groups: dict[tuple[State, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        if cause := _cause(line):
            groups[line.state, _place(line), cause].append(line)
    found = [
        Trouble(state=state, place=place, cause=cause, lines=tuple(some))
        for (state, place, cause), some in groups.items()
    ]
    found.sort(
        key=lambda one: (
            _ORDER.index(one.state),
            all(is_symptom(line, failing) for line in one.lines),
            min(map(_stretch, one.lines)),
        )
    )
    return [_explained(one, found[:index]) for index, one in enumerate(found)]


def _cause(line: Line) -> str:
    """Return what it is due to; empty where nothing is the matter."""
    if line.state is not State.OK:
        return line.cause or "unknown"
    found = line.finding
    return clean(main_cause(found), 80) if found is not None and found.verdict is Verdict.OK else ""


def _place(line: Line) -> str:
    """Return the element that a finding blames, else the hop, or the stretch that the check goes over."""
    found = line.finding
    if found is not None and found.element is not None and (is_borne_out(found) or is_own_trouble(found)):
        return found.element
    if line.state is State.NOT_MEASURED:
        return ""
    check = line.probe.check
    return f"{check.hop} → {check.through}" if line.is_deep else check.hop


def _stretch(line: Line) -> tuple[int, int]:
    hops, blame, check = line.probe.route.hops, blamed(line), line.probe.check
    ends = (check.hop, check.through) if blame is None else (blame.near, blame.far)
    near, far = map(hops.index, ends)
    return far - near, near


def _explained(one: Trouble, before: Sequence[Trouble]) -> Trouble:
    """Name the hops that fail by themselves and lie on the way of every check of `one`."""
    if one.state is not State.FAILED or not all(line.is_deep for line in one.lines):
        return one
    broken = {
        (line.series.vantage, line.probe.check.hop)
        for other in before
        for line in other.lines
        if other.state is State.FAILED and not (line.is_deep or line.is_apart)
    }
    ways = [{hop for hop in _way(line) if (line.series.vantage, hop) in broken} for line in one.lines]
    shared = set.intersection(*ways)
    through = tuple(dict.fromkeys(hop for line in one.lines for hop in _way(line) if hop in shared))
    return Trouble(state=one.state, place=one.place, cause=one.cause, lines=one.lines, through=through)


def _way(line: Line) -> tuple[str, ...]:
    near, far = (line.probe.route.hops.index(one) for one in (line.probe.check.hop, line.probe.check.through))
    return line.probe.route.hops[near : far + 1]
