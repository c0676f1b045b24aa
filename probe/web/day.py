"""Draw the last 24 hours of every hop from every vantage, and list what turned; pure.

Ninety-six quarter hours stand side by side. One in which all probes were answered is half high, one in which some failed
has its upper half in the colour of failures, one in which all failed both halves; what could not be measured is a low
bar, and of what nobody knows there is nothing but the line.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from probe.exporter.day import SLOT_NS, SLOTS, Cell, Day, Fall
from probe.model import Hop, Identity, Vantage
from probe.plan import Plan
from probe.web.said import Said, said

WIDTH: Final = 5
_SPELLS: Final = 5
_CAUSES: Final = 2
_TURNS: Final = 14
_TOGETHER_NS: Final = 90 * 10**9


class Look(StrEnum):
    """How a quarter hour is drawn."""

    OK = "ok"
    PARTLY = "partly"
    FAILED = "failed"
    NOT_MEASURED = "not_measured"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Neighbouring quarter hours with failures: where they are drawn, when they were, and of what."""

    x: int
    width: int
    since_ns: int
    until_ns: int
    failed: int
    measured: int
    causes: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hop from one vantage: SVG path data per look, what failed when, and how much was answered."""

    hop: Hop
    vantage: Vantage
    since_ns: int
    paths: Mapping[str, str]
    spells: Sequence[Spell]
    answered: int
    measured: int
    not_measured: int
    causes: Sequence[tuple[str, int]]

    @property
    def share(self) -> Said | None:
        """How many of the measured probes were answered; never rounded up to all of them."""
        if not self.measured:
            return None
        percent = 100 * self.answered / self.measured
        if self.answered == self.measured:
            return said("{percent} %", percent="100")
        return said("{percent} %", percent=f"{min(percent, 99.9) if percent > 99 else percent:.1f}")

    @property
    def words(self) -> Said:
        """The bar in one sentence, for those who cannot see it."""
        if not self.measured and not self.not_measured:
            return said("nothing known of the last 24 hours")
        if not self.not_measured:
            return said(
                "{failed} of {measured} probes failed in the last 24 hours",
                failed=self.measured - self.answered,
                measured=self.measured,
            )
        return said(
            "{failed} of {measured} probes failed in the last 24 hours, {lost} could not be measured",
            failed=self.measured - self.answered,
            measured=self.measured,
            lost=self.not_measured,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A hop that failed for one cause, by one check or several, from one vantage or several at once.

    What is over and came several `times` is told once: `since_ns`, `ended_at_ns` and `first` are of the newest.
    """

    hop: str
    vantages: tuple[str, ...]
    checks: tuple[str, ...]
    cause: str
    since_ns: int
    ended_at_ns: int | None
    count: int
    first: Identity
    seconds: float | None = None
    times: int = 1
    # What it fails of now, where that is something else than what it failed of most often.
    now: str | None = None

    @property
    def newest_ns(self) -> int:
        """When it turned last."""
        return self.since_ns if self.ended_at_ns is None else self.ended_at_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """The bars hop by hop, what turned, newest first, and how many turns are not shown."""

    rows: Sequence[tuple[Hop, Sequence[Bar]]]
    turned: Sequence[Turned]
    more: int

    @property
    def is_known(self) -> bool:
        """Whether anything was measured in it."""
        return any(bar.measured for _, bars in self.rows for bar in bars)


def shown_day(plan: Plan, day: Day, at_ns: int) -> ShownDay:
    """Draw the day that ends at that instant."""
    asked = {(one.series.hop, one.series.vantage) for one in plan.probes}
    hops = {hop.name: hop for hop in plan.hops}
    order = [hops[name] for name in dict.fromkeys(name for route in plan.routes for name in route.hops)]
    rows = [
        (hop, [_bar(hop, one, day, at_ns) for one in plan.vantages if (hop.name, one.name) in asked])
        for hop in order
    ]
    turned = _turned(day.falls, at_ns)
    return ShownDay(
        rows=[row for row in rows if row[1]], turned=turned[:_TURNS], more=max(0, len(turned) - _TURNS)
    )


def look_of(cell: Cell | None) -> Look:
    """Say how a quarter hour is drawn: its worst is what shows."""
    if cell is None or not (cell.measured or cell.not_measured):
        return Look.UNKNOWN
    if cell.failed:
        return Look.PARTLY if cell.ok else Look.FAILED
    return Look.OK if cell.ok else Look.NOT_MEASURED


def _bar(hop: Hop, vantage: Vantage, day: Day, at_ns: int) -> Bar:
    first = at_ns // SLOT_NS - SLOTS + 1
    known = day.cells(hop.name, vantage.name)
    cells = [known.get(first + place) for place in range(SLOTS)]
    kept = [cell for cell in cells if cell is not None]
    causes: Counter[str] = Counter()
    for cell in kept:
        causes += cell.causes
    return Bar(
        hop=hop,
        vantage=vantage,
        since_ns=first * SLOT_NS,
        paths=_paths([look_of(cell) for cell in cells]),
        spells=_spells(cells, first),
        answered=sum(cell.ok for cell in kept),
        measured=sum(cell.measured for cell in kept),
        not_measured=sum(cell.not_measured for cell in kept),
        causes=causes.most_common(_CAUSES),
    )


def _paths(looks: Sequence[Look]) -> Mapping[str, str]:
    upper = [look in (Look.PARTLY, Look.FAILED) for look in looks]
    lower = [look is Look.FAILED for look in looks]
    drawn = {
        "ok": _line([look in (Look.OK, Look.PARTLY) for look in looks], 18),
        "failed": _line(upper, 6) + _line(lower, 18),
        "not_measured": _line([look is Look.NOT_MEASURED for look in looks], 21),
    }
    return {name: path for name, path in drawn.items() if path}


def _line(marked: Sequence[bool], y: int) -> str:
    # A dashed line parts the quarters, so that a whole day costs no more than a few letters.
    return "".join(f"M{WIDTH * begin} {y}h{WIDTH * (end - begin) - 1}" for begin, end in _runs(marked, 0))


def _runs(marked: Sequence[bool], gap: int) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, is_marked in enumerate(marked):
        if is_marked and runs and place - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], place + 1)
        elif is_marked:
            runs.append((place, place + 1))
    return runs


def _spells(cells: Sequence[Cell | None], first: int) -> Sequence[Spell]:
    runs = _runs([cell is not None and cell.failed > 0 for cell in cells], 2)
    spells = [_spell(cells[begin:end], begin, first) for begin, end in runs]
    worst = sorted(spells, key=lambda one: one.failed, reverse=True)[:_SPELLS]
    return sorted(worst, key=lambda one: one.x)


def _spell(cells: Sequence[Cell | None], begin: int, first: int) -> Spell:
    causes: Counter[str] = Counter()
    for cell in cells:
        # What could not be measured beside a failure is no cause of it.
        if cell is not None and cell.failed:
            causes += cell.causes
    return Spell(
        x=WIDTH * begin,
        width=WIDTH * len(cells) - 1,
        since_ns=(first + begin) * SLOT_NS,
        until_ns=(first + begin + len(cells)) * SLOT_NS,
        failed=sum(cell.failed for cell in cells if cell is not None),
        measured=sum(cell.measured for cell in cells if cell is not None),
        causes=causes.most_common(3),
    )


def _turned(falls: Iterable[Fall], at_ns: int) -> Sequence[Turned]:
    """Fold outages of one hop and cause that begin and end together into one."""
    groups: dict[tuple[str, str], list[list[Fall]]] = defaultdict(list)
    recent = [fall for fall in falls if (fall.ended_at_ns or at_ns) > at_ns - SLOTS * SLOT_NS]
    for fall in sorted(recent, key=lambda one: one.since_ns):
        alike = groups[fall.series.hop, fall.cause]
        if alike and _is_together(alike[-1][0], fall):
            alike[-1].append(fall)
        else:
            alike.append([fall])
    folded = _again(_fold(group) for alike in groups.values() for group in alike)
    return sorted(folded, key=lambda one: (one.ended_at_ns is not None, -one.newest_ns))


def _again(turned: Iterable[Turned]) -> Iterable[Turned]:
    """Tell what came again and again once, with how often, how many failures and how long it was in all."""
    kinds: dict[object, list[Turned]] = defaultdict(list)
    for one in turned:
        kinds[one.hop, one.vantages, one.cause, one.ended_at_ns is None].append(one)
    for alike in kinds.values():
        newest = max(alike, key=lambda one: one.newest_ns)
        yield replace(
            newest,
            checks=tuple(dict.fromkeys(check for one in alike for check in one.checks)),
            count=sum(one.count for one in alike),
            seconds=None if newest.seconds is None else sum(one.seconds or 0.0 for one in alike),
            times=len(alike),
        )


def _is_together(one: Fall, other: Fall) -> bool:
    if (one.ended_at_ns is None) is not (other.ended_at_ns is None):
        return False
    ends = abs((one.ended_at_ns or 0) - (other.ended_at_ns or 0))
    return other.since_ns - one.since_ns <= _TOGETHER_NS and ends <= _TOGETHER_NS


def _fold(group: Sequence[Fall]) -> Turned:
    first = group[0]
    ended_at_ns = max((fall.ended_at_ns for fall in group if fall.ended_at_ns is not None), default=None)
    return Turned(
        hop=first.series.hop,
        vantages=tuple(dict.fromkeys(fall.series.vantage for fall in group)),
        checks=tuple(dict.fromkeys(fall.series.check for fall in group)),
        cause=first.cause,
        since_ns=first.since_ns,
        ended_at_ns=ended_at_ns,
        seconds=None if ended_at_ns is None else (ended_at_ns - first.since_ns) / 1e9,
        count=sum(fall.count for fall in group),
        first=first.first,
        now=first.newest if ended_at_ns is None and first.newest != first.cause else None,
    )
