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
# A finding may come when the series fails of something else already: so many runs of like failures can be renamed.
_RUNS: Final = 3


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
    """A series failed from then on, last of `newest`; `ended_at_ns` when it was well again, None while it has not been."""

    series: Series
    since_ns: int
    last_ns: int
    first: Identity
    count: int = 0
    ended_at_ns: int | None = None
    causes: Counter[str] = field(default_factory=Counter)
    newest: str = ""

    @property
    def cause(self) -> str:
        """What it failed of most often."""
        return self.causes.most_common(1)[0][0]


@dataclass(slots=True, kw_only=True)
class Run:
    """Failures of a series one after the other that ended alike, all told under one cause; a finding is about a run."""

    word: str
    first: Identity
    last: Identity
    began_ns: int
    last_ns: int
    outcome: Outcome
    cause: str
    is_over: bool = False
    slots: Counter[int] = field(default_factory=Counter)
    fall: Fall | None = None
    in_fall: int = 0
    # When the outage had last failed before the run began.
    before_ns: int | None = None

    def has(self, identity: Identity) -> bool:
        """Tell whether an observation of the series is of the run."""
        one, last = self.first, self.last
        is_alike = (identity.agent, identity.epoch) == (one.agent, one.epoch) == (last.agent, last.epoch)
        return is_alike and one.seq <= identity.seq <= last.seq


Pair = tuple[str, str]


class Day:
    """The last day of every pair of hop and vantage; memory is bounded by pairs, quarters and causes."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        """Start without any news."""
        self._bounds = bounds or Bounds()
        self._cells: dict[Pair, dict[int, Cell]] = {}
        self._open: dict[Series, Fall] = {}
        self._over: deque[Fall] = deque(maxlen=self._bounds.outages)
        self._runs: dict[Series, deque[Run]] = {}
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
        self._runs = {one: runs for one, runs in self._runs.items() if one in series}
        self._well = {one: at_ns for one, at_ns in self._well.items() if one in series}
        kept = [fall for fall in self._over if fall.series in series]
        self._over = deque(kept, maxlen=self._bounds.outages)

    def take(self, seen: Observation, finding: Finding | None = None) -> None:
        """Count an observation of the schedule, under what is known of it while `finding` stands."""
        if seen.outcome is Outcome.FAILED:
            self._fail(seen, finding)
            return
        outcome, cause = judged(seen.outcome, seen.failure, finding)
        self._count(seen.series, seen.started_at_ns, outcome, cause)
        if outcome is Outcome.OK:
            self._mend(seen.series, seen.started_at_ns)

    def _fail(self, seen: Observation, finding: Finding | None) -> None:
        told = judged(seen.outcome, seen.failure, finding)
        run = self._run(seen, told)
        if finding is not None:
            self._retell(seen.series, run, told)
        self._count(seen.series, seen.started_at_ns, run.outcome, run.cause)
        slot = seen.started_at_ns // SLOT_NS
        run.slots[slot] += 1
        if len(run.slots) > SLOTS:
            del run.slots[min(run.slots)]
        run.last, run.last_ns = seen.identity, max(run.last_ns, seen.started_at_ns)
        if run.outcome is Outcome.FAILED:
            run.fall = _extend(self._open, seen.series, seen.started_at_ns, seen.identity)
            run.in_fall += 1
            run.fall.newest = run.cause
            _note(run.fall.causes, run.cause, self._bounds.causes)

    def _run(self, seen: Observation, told: tuple[Outcome, str]) -> Run:
        """Return the run that a failure goes on with, or that it begins."""
        runs = self._runs.setdefault(seen.series, deque(maxlen=_RUNS))
        word = "" if seen.failure is None else seen.failure.cause
        if not runs or runs[-1].is_over or runs[-1].word != word:
            fall = self._open.get(seen.series)
            runs.append(
                Run(
                    word=word,
                    first=seen.identity,
                    last=seen.identity,
                    began_ns=seen.started_at_ns,
                    last_ns=seen.started_at_ns,
                    outcome=told[0],
                    cause=told[1],
                    before_ns=None if fall is None else fall.last_ns,
                )
            )
        return runs[-1]

    def find(self, finding: Finding) -> None:
        """Tell the run of like failures by what was found about it; own trouble of the vantage is none of the hop."""
        about = next(iter(finding.parents), None)
        for run in reversed(self._runs.get(finding.series, ())):
            if about is not None and run.has(about):
                told = judged(Outcome.FAILED, Failure(cause=run.word, detail=""), finding)
                self._retell(finding.series, run, told)
                return

    def _retell(self, series: Series, run: Run, told: tuple[Outcome, str]) -> None:
        """Count what a run has come to under another cause, and nothing else of the same outage or quarter hour."""
        (before, old), (run.outcome, run.cause) = (run.outcome, run.cause), told
        if (before, old) == told:
            return
        cells = self._cells.get((series.hop, series.vantage), {})
        for slot, count in run.slots.items():
            if (cell := cells.get(slot)) is not None:
                _move(cell.causes, old, run.cause, count)
                cell.failed += count * ((run.outcome is Outcome.FAILED) - (before is Outcome.FAILED))
                cell.not_measured += count * ((before is Outcome.FAILED) - (run.outcome is Outcome.FAILED))
        if run.outcome is Outcome.FAILED and run.fall is None and not run.is_over:
            self._put_in(series, run)
        elif run.fall is not None and run.outcome is Outcome.FAILED:
            _move(run.fall.causes, old, run.cause, run.in_fall)
            run.fall.newest = run.cause if run.fall.last_ns == run.last_ns else run.fall.newest
        elif run.fall is not None:
            self._take_out(run, run.fall, old)

    def _put_in(self, series: Series, run: Run) -> None:
        """Let a run that is a failure of the hop after all be of the outage that goes on, or begin one."""
        begun = Fall(series=series, since_ns=run.began_ns, last_ns=run.last_ns, first=run.first)
        run.fall = self._open.setdefault(series, begun)
        run.in_fall = run.slots.total()
        run.fall.count += run.in_fall
        run.fall.causes[run.cause] += run.in_fall
        run.fall.last_ns = max(run.fall.last_ns, run.last_ns)
        run.fall.newest = run.cause

    def _take_out(self, run: Run, fall: Fall, cause: str) -> None:
        """Let a run that was no failure of the hop be none of the outage."""
        _move(fall.causes, cause, None, run.in_fall)
        fall.count -= run.in_fall
        others = [one for one in self._runs[fall.series] if one.fall is fall and one is not run]
        if fall.count > 0 and fall.last_ns == run.last_ns:
            fall.last_ns = others[-1].last_ns if others else run.before_ns or fall.since_ns
            fall.newest = others[-1].cause if others else fall.cause
        if fall.count <= 0:
            if self._open.get(fall.series) is fall:
                del self._open[fall.series]
            self._over = deque((one for one in self._over if one is not fall), maxlen=self._bounds.outages)
        run.fall, run.in_fall = None, 0

    def _mend(self, series: Series, at_ns: int) -> None:
        self._well.setdefault(series, at_ns)
        runs, fall = self._runs.get(series), self._open.get(series)
        if runs and at_ns >= runs[-1].last_ns:
            runs[-1].is_over = True
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
        fall = _extend(self._open, one.series, one.at_ns, one.identity)
        fall.newest = one.cause
        _note(fall.causes, one.cause, self._bounds.causes)

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


def _extend(falls: dict[Series, Fall], series: Series, at_ns: int, identity: Identity) -> Fall:
    fall = falls.setdefault(series, Fall(series=series, since_ns=at_ns, last_ns=at_ns, first=identity))
    fall.last_ns = max(fall.last_ns, at_ns)
    fall.count += 1
    return fall


def _move(causes: Counter[str], old: str, new: str | None, count: int) -> None:
    """Let so many be of another cause, or of none; those beyond the bound were counted as others."""
    named = min(count, causes[old])
    for cause, some in ((old, named), (_OTHER, min(count - named, causes[_OTHER]))):
        causes[cause] -= some
        if causes[cause] <= 0:
            del causes[cause]
    if new is not None:
        causes[new] += count


def _note(causes: Counter[str], cause: str, most: int) -> None:
    known = cause if cause in causes or len(causes) < most else _OTHER
    causes[known] += 1
