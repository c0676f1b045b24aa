"""Sum up the last 24 hours: what each hop came to from each vantage, quarter hour by quarter hour, and every outage."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from probe.found import deepest_cause, is_own_trouble, main_cause
from probe.model import Failure, Finding, Identity, Observation, Outcome, Series
from probe.text import clean

SLOT_NS: Final = 900 * 10**9
SLOTS: Final = 96
_OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept; what is beyond is not shown, and never guessed."""

    pairs: int = 600
    causes: int = 6
    outages: int = 300


@dataclass(slots=True, kw_only=True)
class Cell:
    """What came of the probes of one quarter hour, and of what they failed."""

    ok: int = 0
    failed: int = 0
    not_measured: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def measured(self) -> int:
        """How many probes tell something of the hop."""
        return self.ok + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A failure, or a probe that could not be measured, as the store tells it."""

    series: Series
    at_ns: int
    outcome: Outcome
    cause: str
    identity: Identity


@dataclass(slots=True, kw_only=True)
class Fall:
    """A series failed from then on; `ended_at_ns` when it was well again, None while it has not been."""

    series: Series
    since_ns: int
    last_ns: int
    first: Identity
    count: int = 0
    ended_at_ns: int | None = None
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def cause(self) -> str:
        """What it failed of most often."""
        return self.causes.most_common(1)[0][0]


Pair = tuple[str, str]


class Day:
    """The last day of every pair of hop and vantage; memory is bounded by pairs, quarters and causes."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        """Start without any news."""
        self._bounds = bounds or Bounds()
        self._cells: dict[Pair, dict[int, Cell]] = {}
        self._open: dict[Series, Fall] = {}
        self._over: deque[Fall] = deque(maxlen=self._bounds.outages)
        # When each series was first seen to be well: by that an outage from before the start has ended.
        self._well: dict[Series, int] = {}
        self.turned_away = 0

    def cells(self, hop: str, vantage: str) -> Mapping[int, Cell]:
        """Return what is known of the pair, by the number of the quarter hour since 1970."""
        return self._cells.get((hop, vantage), {})

    @property
    def pairs(self) -> Mapping[Pair, Mapping[int, Cell]]:
        """All that is known, by hop and vantage."""
        return self._cells

    @property
    def falls(self) -> Sequence[Fall]:
        """All outages, in no particular order."""
        return (*self._open.values(), *self._over)

    def keep(self, series: Collection[Series]) -> None:
        """Forget what is not of these series, after a reload."""
        pairs = {(one.hop, one.vantage) for one in series}
        self._cells = {pair: cells for pair, cells in self._cells.items() if pair in pairs}
        self._open = {one: fall for one, fall in self._open.items() if one in series}
        self._well = {one: at_ns for one, at_ns in self._well.items() if one in series}
        kept = [fall for fall in self._over if fall.series in series]
        self._over = deque(kept, maxlen=self._bounds.outages)

    def take(self, seen: Observation, finding: Finding | None = None) -> None:
        """Count an observation of the schedule, under what is known of it while `finding` stands."""
        outcome, cause = judged(seen.outcome, seen.failure, finding)
        self._count(seen.series, seen.started_at_ns, outcome, cause)
        if outcome is Outcome.FAILED:
            _extend(self._open, seen.series, seen.started_at_ns, seen.identity)
            _note(self._open[seen.series].causes, cause, self._bounds.causes)
        elif outcome is Outcome.OK:
            self._mend(seen.series, seen.started_at_ns)

    def find(self, finding: Finding) -> None:
        """Tell the outage that goes on by what was found about it; one that is the vantage's own is none of the hop."""
        fall = self._open.get(finding.series)
        if fall is None:
            return
        outcome, cause = judged(Outcome.FAILED, Failure(cause=fall.cause, detail=""), finding)
        is_own = outcome is not Outcome.FAILED
        if fall.since_ns // SLOT_NS == fall.last_ns // SLOT_NS:
            self._rename(fall, cause, is_own=is_own)
        fall.causes = Counter({cause: fall.count})
        if is_own:
            del self._open[finding.series]

    def _rename(self, fall: Fall, cause: str, *, is_own: bool) -> None:
        cell = self._cell(fall.series, fall.last_ns // SLOT_NS)
        if cell is None or cell.failed < fall.count:
            return
        cell.causes = cell.causes - fall.causes
        cell.causes[cause] += fall.count
        if is_own:
            cell.failed -= fall.count
            cell.not_measured += fall.count

    def _mend(self, series: Series, at_ns: int) -> None:
        self._well.setdefault(series, at_ns)
        fall = self._open.get(series)
        # One that came late tells nothing of now.
        if fall is not None and at_ns >= fall.last_ns:
            self._end(self._open.pop(series), at_ns)

    def load(
        self,
        counts: Iterable[tuple[Series, int, int]],
        past: Iterable[Past],
        gap_ns: Mapping[Series, int],
    ) -> None:
        """Take in what a store knows: all probes by quarter hour, and each that was not ok, oldest first.

        Failures that lie no further apart than `gap_ns` are one outage.
        """
        for series, slot, count in counts:
            if (cell := self._cell(series, slot)) is not None:
                cell.ok += count
        for one in past:
            if (cell := self._cell(one.series, one.at_ns // SLOT_NS)) is not None:
                cell.ok = max(0, cell.ok - 1)
            self._count(one.series, one.at_ns, one.outcome, one.cause)
            if one.outcome is Outcome.FAILED:
                self._recall(one, gap_ns.get(one.series, SLOT_NS))

    def _recall(self, one: Past, gap_ns: int) -> None:
        fall = self._open.get(one.series)
        if fall is not None and one.at_ns - fall.last_ns > gap_ns:
            self._end(self._open.pop(one.series), fall.last_ns)
        _extend(self._open, one.series, one.at_ns, one.identity)
        _note(self._open[one.series].causes, one.cause, self._bounds.causes)

    def merge(self, past: "Day", until_ns: int, gap_ns: Mapping[Series, int]) -> None:
        """Take in the day before `until_ns`, as it was summed up elsewhere; what is not shown any more stays out."""
        for pair, cells in past.pairs.items():
            known = self._cells.setdefault(pair, {})
            for slot, cell in cells.items():
                known[slot] = cell if slot not in known else _sum(known[slot], cell)
        over = [fall for fall in past.falls if fall.ended_at_ns is not None]
        self._over = deque([*over, *self._over], maxlen=self._bounds.outages)
        for fall in past.falls:
            if fall.ended_at_ns is None:
                self._go_on(fall, until_ns, gap_ns.get(fall.series, SLOT_NS))

    def _go_on(self, fall: Fall, until_ns: int, gap_ns: int) -> None:
        """Let an outage from before the start go on, if what has been seen since then says so."""
        now, well = self._open.get(fall.series), self._well.get(fall.series)
        if now is not None and now.since_ns - fall.last_ns <= gap_ns:
            now.since_ns, now.first = fall.since_ns, fall.first
            now.count += fall.count
            now.causes += fall.causes
        elif now is None and well is None and until_ns - fall.last_ns <= gap_ns:
            self._open[fall.series] = fall
        else:
            self._end(fall, well if well is not None and well - fall.last_ns <= gap_ns else fall.last_ns)

    def _end(self, fall: Fall, at_ns: int) -> None:
        fall.ended_at_ns = at_ns
        self._over.append(fall)

    def _count(self, series: Series, at_ns: int, outcome: Outcome, cause: str) -> None:
        cell = self._cell(series, at_ns // SLOT_NS)
        if cell is None:
            return
        match outcome:
            case Outcome.OK:
                cell.ok += 1
            case Outcome.FAILED:
                cell.failed += 1
                _note(cell.causes, cause, self._bounds.causes)
            case Outcome.NOT_MEASURED:
                cell.not_measured += 1
                _note(cell.causes, cause, self._bounds.causes)

    def _cell(self, series: Series, slot: int) -> Cell | None:
        pair = (series.hop, series.vantage)
        if pair not in self._cells and len(self._cells) >= self._bounds.pairs:
            self.turned_away += 1
            return None
        cells = self._cells.setdefault(pair, {})
        if slot not in cells:
            newest = max(cells, default=slot)
            if slot <= newest - SLOTS:
                return None
            for old in [one for one in cells if one <= slot - SLOTS - 1]:
                del cells[old]
            cells[slot] = Cell()
        return cells[slot]


def judged(outcome: Outcome, failure: Failure | None, finding: Finding | None) -> tuple[Outcome, str]:
    """Return what an observation comes to, and its cause, as deep as is known while `finding` stands."""
    if failure is None:
        return outcome, ""
    if outcome is Outcome.FAILED and finding is not None and is_own_trouble(finding):
        return Outcome.NOT_MEASURED, clean(main_cause(finding), 80)
    return outcome, clean(deepest_cause(failure, finding), 80)


def _sum(one: Cell, other: Cell) -> Cell:
    return Cell(
        ok=one.ok + other.ok,
        failed=one.failed + other.failed,
        not_measured=one.not_measured + other.not_measured,
        causes=one.causes + other.causes,
    )


def _extend(falls: dict[Series, Fall], series: Series, at_ns: int, identity: Identity) -> None:
    fall = falls.setdefault(series, Fall(series=series, since_ns=at_ns, last_ns=at_ns, first=identity))
    fall.last_ns = max(fall.last_ns, at_ns)
    fall.count += 1


def _note(causes: Counter[str], cause: str, most: int) -> None:
    known = cause if cause in causes or len(causes) < most else _OTHER
    causes[known] += 1
