"""Follow what happens and say what changed: one notice for each time that something begins to fail or does so no more; pure.

State is taken from events as they come, and decided upon when asked, so that what comes together is told together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from probe.model import Event, Health, Observation, Record, Series
from probe.notice.flapping import Flapping
from probe.notice.maintenance import Maintenance, at_work
from probe.notice.notice import Kind, Moment, Notice, Severity, Subject
from probe.notice.picture import Picture
from probe.notice.watched import Vote
from probe.notice.writing import ended, failing, relapsing
from probe.notice.wrong import Wrong, wrong
from probe.plan import Plan

STORE = Subject(kind=Kind.STORE)
_STORE_SETTLES_NS = 30 * 10**9
_MOST_KNOWN = 1000


@dataclass(slots=True)
class _Told:
    """What was told of a subject, which of its series failed, and whether it fails just now."""

    notice: Notice
    series: set[Series] = field(default_factory=set)
    is_failing: bool = True


class Follow:
    """The state of every subject, and what was told of it."""

    def __init__(self, plan: Plan, maintenance: Iterable[Maintenance] = ()) -> None:
        """Know nothing, which is neither up nor down."""
        self._picture = Picture(plan)
        self._maintenance = tuple(maintenance)
        self._told: dict[Subject, _Told] = {}
        self._flapping: dict[Subject, Flapping] = {}
        self._stuck_boot_ns: int | None = None

    def adopt(self, plan: Plan, maintenance: Iterable[Maintenance] = ()) -> None:
        """Go on with another plan; what nobody looks at any more is over, and is told so at the next decision."""
        self._picture.adopt(plan)
        self._maintenance = tuple(maintenance)

    def write(self, event: Event, boot_ns: int) -> None:
        """Take in one event."""
        self._picture.write(event, boot_ns)

    def store(self, is_stuck: bool, boot_ns: int) -> None:
        """Take in whether the store cannot be written."""
        self._stuck_boot_ns = (self._stuck_boot_ns or boot_ns) if is_stuck else None

    def load(self, records: Iterable[Record], now: Moment) -> list[Notice]:
        """Take in what was recorded before the start, and return what stands as told already."""
        known = sorted(records, key=_recorded)
        for record in known:
            self._picture.write(record, now.boot_ns - _age_ns(record, now))
        for fit in self._picture.vantages.known.values():
            fit.is_from_before = fit.is_ill
        # As it was when the last of them was written: how long nobody looked since then says nothing of what was told.
        age_ns = _age_ns(known[-1], now) if known else 0
        then = Moment(boot_ns=now.boot_ns - age_ns, wall_ns=now.wall_ns - age_ns)
        for subject, one in wrong(self._picture, then).items():
            if one.is_told:
                self._told[subject] = _Told(failing(self._picture, one, then), self._hit(one, then))
                self._flap(subject).fails(then.boot_ns)
        return [one.notice for one in self._told.values()]

    @property
    def standing(self) -> Mapping[Subject, Notice]:
        """What was told to fail, and not yet to be over."""
        return {subject: one.notice for subject, one in self._told.items()}

    def decide(self, now: Moment) -> list[Notice]:
        """Return what is to be told now: first what is over, then what begins."""
        resting = at_work(self._maintenance, now.wall_ns)
        told = self._ended(now, resting)
        found = dict(wrong(self._picture, now, resting))
        if self._stuck_boot_ns is not None:
            waits = now.boot_ns - self._stuck_boot_ns < _STORE_SETTLES_NS
            found[STORE] = Wrong(subject=STORE, severity=Severity.WARNING, shown_by=(), is_waiting=waits)
        for subject, one in found.items():
            if one.is_told:
                told += self._failing(subject, one, now)
        return told

    def _failing(self, subject: Subject, one: Wrong, now: Moment) -> list[Notice]:
        known = self._told.get(subject)
        if known is not None and known.is_failing:
            known.series |= self._hit(one, now)
            if not _is_worse(one, known.notice):
                return []
            told = known.notice
            known.notice = replace(
                failing(self._picture, one, now), since_ns=told.since_ns, is_since_known=told.is_since_known
            )
            return [known.notice]
        notice = failing(self._picture, one, now)
        flapping = self._flap(subject)
        is_news = flapping.fails(now.boot_ns)
        if known is not None:
            known.is_failing, known.series = True, known.series | self._hit(one, now)
            return []
        notice = relapsing(notice, flapping.times) if flapping.is_flapping else notice
        self._told[subject] = _Told(notice, self._hit(one, now))
        return [notice] if is_news else []

    def _ended(self, now: Moment, resting: frozenset[str]) -> list[Notice]:
        told: list[Notice] = []
        for subject, known in list(self._told.items()):
            routes = self._picture.routes_of(subject)
            if routes and resting.issuperset(routes):
                continue
            is_gone = self._is_gone(subject)
            if known.is_failing and (is_gone or self._is_over(subject, known, now)):
                known.is_failing = False
                self._picture.calm |= dict.fromkeys(routes, now.boot_ns)
                self._flap(subject).recovers(now.boot_ns)
            flapping = self._flap(subject)
            is_calm = flapping.is_calm(now.boot_ns) or not flapping.is_flapping
            if not known.is_failing and (is_calm or is_gone):
                del self._told[subject]
                told.append(ended(known.notice, now, times=flapping.times, is_gone=is_gone))
                flapping.times = 0
                if is_gone:
                    del self._flapping[subject]
        return told

    def _is_over(self, subject: Subject, known: _Told, now: Moment) -> bool:
        """Tell whether it is well wherever it was ill; what nobody knows is not well."""
        match subject.kind:
            case Kind.VANTAGE:
                fit = self._picture.vantages.of(subject.name)
                return not fit.is_ill and fit.is_settled(now.boot_ns)
            case Kind.STORE:
                return self._stuck_boot_ns is None
            case _:
                votes = {one: self._picture.vote(one, now.boot_ns) for one in self._picture.of(subject)}
                votes |= {
                    one: self._picture.vote(one, now.boot_ns)
                    for one in known.series
                    if one in self._picture.series
                }
                is_failing = any(vote in (Vote.FAILS, Vote.SUSPECT) for vote in votes.values())
                return not is_failing and all(
                    vote is Vote.ANSWERS for one, vote in votes.items() if one in known.series
                )

    def _hit(self, one: Wrong, now: Moment) -> set[Series]:
        """Return the series of the subject itself that fail: they have to answer before it is over."""
        own = self._picture.of(one.subject)
        votes = (Vote.FAILS, Vote.SUSPECT)
        hit = {series for series in own if self._picture.vote(series, now.boot_ns) in votes}
        return hit or set(one.shown_by)

    def _is_gone(self, subject: Subject) -> bool:
        match subject.kind:
            case Kind.VANTAGE:
                return all(one.name != subject.name for one in self._picture.plan.vantages)
            case Kind.STORE | Kind.TEST:
                return False
            case _:
                return not any(one in self._picture.series for one in self._told[subject].series)

    def _flap(self, subject: Subject) -> Flapping:
        if len(self._flapping) >= _MOST_KNOWN:
            self._flapping = {one: kept for one, kept in self._flapping.items() if one in self._told}
        return self._flapping.setdefault(subject, Flapping())


def _is_worse(one: Wrong, told: Notice) -> bool:
    """Tell whether it fails for sure from more vantages than was told, and matters more for it.

    That others are not heard of any more makes nothing worse.
    """
    is_wider = not set(one.tally.failing) <= set(told.fails)
    return one.severity.rank > told.severity.rank and is_wider and not one.suspected


def _age_ns(record: Record, now: Moment) -> int:
    return max(0, now.wall_ns - _recorded(record))


def _recorded(record: Record) -> int:
    match record:
        case Observation():
            return record.started_at_ns
        case Health():
            return record.recorded_at_ns
        case _:
            return getattr(record, "recorded_at_ns", 0)
