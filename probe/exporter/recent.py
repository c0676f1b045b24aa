"""Keep the newest observations of every series in memory: what the page, the API and live watchers look at."""

from bisect import insort
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probe.clock import Clock
from probe.examination import is_odd
from probe.exporter.day import Day
from probe.feed import Feed
from probe.model import (
    Change,
    Event,
    Finding,
    Health,
    Identity,
    Incident,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Pending,
    Purpose,
    Record,
    Series,
    Taint,
    UplinkState,
)
from probe.track import Standing, Track, Turn, when

# What watchers are told: every event as it comes, and the changes of state that follow from them.
Note = Event | Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept; with many series each gets less, so that `total` holds (but never less than three each)."""

    per_series: int = 60
    total: int = 6000
    failures: int = 50
    linked: int = 400
    findings: int = 100
    changes: int = 50
    series: int = 5000
    watchers: int = 16
    behind: int = 256


class Recent:
    """The newest observations, the state that follows from them, and a feed of what happens.

    An exporter: `write` returns at once, never raises and never waits. All of it is for one event loop.
    """

    def __init__(self, series: Iterable[Series] = (), *, clock: Clock, bounds: Bounds | None = None) -> None:
        """Start with the series of the plan, all of them unknown."""
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._tracks = {one: Track() for one in series}
        self._failures: list[Observation] = []
        self._linked: deque[Observation] = deque(maxlen=self._bounds.linked)
        self._findings: deque[Finding] = deque(maxlen=self._bounds.findings)
        self._uplinks: dict[str, UplinkState] = {}
        self._healths: dict[str, Health] = {}
        self._changes: deque[Change] = deque(maxlen=self._bounds.changes)
        self._misses: Counter[MissReason] = Counter()
        self._taints: Counter[Taint] = Counter()
        self.feed: Feed[Note] = Feed(watchers=self._bounds.watchers, depth=self._bounds.behind)
        self.day = Day()
        self.revision = 0
        self.tainted = 0
        self.began_at_ns: int | None = None
        self.turned_away = 0

    def write(self, event: Event) -> None:
        """Take an event in and tell the watchers."""
        for note in self._take(event):
            self.feed.publish(note)
            if isinstance(note, Observation) and note.purpose is Purpose.ROUTINE:
                self.day.take(note, self._tracks[note.series].finding)
            elif isinstance(note, Finding):
                self.day.find(note)

    def load(self, records: Iterable[Record]) -> None:
        """Take in what the store still knows of the expected series, in any order, and tell nobody."""
        for record in sorted(records, key=_recorded):
            if self._is_expected(record):
                self._take(record)

    def expect(self, series: Iterable[Series]) -> None:
        """Follow a new plan: its series are unknown until they are heard of, and those not in it are forgotten."""
        self._tracks = {one: self._tracks.get(one) or Track() for one in series}
        vantages = {one.vantage for one in self._tracks}
        self._uplinks = {name: state for name, state in self._uplinks.items() if name in vantages}
        self._healths = {name: state for name, state in self._healths.items() if name in vantages}
        self.day.keep(self._tracks.keys())
        self.revision += 1

    def standing(self, series: Series) -> Standing:
        """Return where a series stands; one never heard of is unknown."""
        track = self._tracks.get(series)
        return Standing(series=series) if track is None else track.standing(series, self._clock.boot_ns())

    @property
    def series(self) -> Sequence[Series]:
        """All series, expected or heard of."""
        return tuple(self._tracks)

    @property
    def failures(self) -> Sequence[Observation]:
        """The last failures of all series, newest first."""
        return tuple(reversed(self._failures))

    @property
    def findings(self) -> Sequence[Finding]:
        """The last findings of all series, newest first; which of them stand is told by `standing`."""
        return tuple(reversed(self._findings))

    @property
    def uplinks(self) -> Mapping[str, UplinkState]:
        """How each vantage's own network is, as far as it was told."""
        return dict(self._uplinks)

    @property
    def healths(self) -> Mapping[str, Health]:
        """How fit each vantage is to look from, as far as it was told."""
        return dict(self._healths)

    @property
    def changes(self) -> Sequence[Change]:
        """The last changes of the vantages' networks, newest first."""
        return tuple(reversed(self._changes))

    @property
    def misses(self) -> Mapping[MissReason, int]:
        """How many slots were missed since `began_at_ns`, by reason."""
        return dict(self._misses)

    @property
    def taints(self) -> Mapping[Taint, int]:
        """How often each reason tainted an observation since `began_at_ns`; one may have several."""
        return dict(self._taints)

    def observations(
        self, *, series: Series | None = None, outcome: Outcome | None = None, limit: int = 100
    ) -> Sequence[Observation]:
        """Return the newest observations first, of one series or of all."""
        tracks = self._tracks.values() if series is None else filter(None, [self._tracks.get(series)])
        fitting = [kept for track in tracks for kept in track.observations if outcome in (None, kept.outcome)]
        return sorted(fitting, key=when, reverse=True)[:limit]

    def find(self, epoch: str, seq: int) -> Observation | None:
        """Return the observation with that identity, if it is still kept."""
        return next(
            (kept for kept in self._all() if (kept.identity.epoch, kept.identity.seq) == (epoch, seq)), None
        )

    def linked(self, parent: Identity) -> Sequence[Observation]:
        """Return the extra observations made because of `parent`, oldest first."""
        return [kept for kept in self._linked if kept.parent == parent]

    def kept(self, identities: Collection[Identity]) -> Mapping[Identity, Observation]:
        """Return those of these observations that are still here, such as what a finding rests on."""
        wanted = frozenset(identities)
        found = {one.identity: one for one in self._linked if one.identity in wanted}
        if len(found) < len(wanted):  # routine ones are many, and seldom meant
            found |= {one.identity: one for one in self._all() if one.identity in wanted}
        return found

    def _all(self) -> Iterator[Observation]:
        for track in self._tracks.values():
            yield from track.observations
        yield from self._failures
        yield from self._linked

    def _take(self, event: Event) -> Sequence[Note]:
        self.revision += 1
        match event:
            case Observation(purpose=Purpose.ROUTINE):
                return self._observe(event)
            case Observation():
                self._linked.append(event)
            case Miss():
                self._miss(event)
            case Pending():
                self._wait(event)
            case Finding():
                self._find(event)
            case UplinkState() | Change() | Health():
                self._own(event)
            case Incident():
                pass
        return (event,)

    def _own(self, told: UplinkState | Change | Health) -> None:
        match told:
            case UplinkState():
                self._uplinks[told.vantage] = told
            case Change():
                self._changes.append(told)
            case Health():
                self._healths[told.vantage] = told

    def _is_expected(self, record: Record) -> bool:
        match record:
            case Incident() | Change() | Health():
                return True
            case Observation() if record.purpose is not Purpose.ROUTINE:
                # A control is of no series of the plan, and is only asked for with what it was asked because of.
                return True
            case _:
                return record.series in self._tracks

    def _observe(self, observation: Observation) -> Sequence[Note]:
        track = self._track(observation.series)
        if track is None or track.has(observation.identity):
            return ()
        self._begin(observation.started_at_ns)
        self._taints.update(observation.taints)
        self.tainted += bool(observation.taints)
        if observation.outcome is Outcome.FAILED:
            insort(self._failures, observation, key=when)
            del self._failures[: -self._bounds.failures]
        age_ns = max(0, self._clock.wall_ns() - observation.started_at_ns)
        change = track.observe(
            observation, began_boot_ns=self._clock.boot_ns() - age_ns, is_odd=_is_odd(observation)
        )
        track.shorten(self._depth)
        return (observation,) if change is None else (observation, change)

    def _find(self, finding: Finding) -> None:
        if all(finding.identity != kept.identity for kept in self._findings):
            self._findings.append(finding)
        if track := self._tracks.get(finding.series):
            track.find(finding)

    def _wait(self, pending: Pending) -> None:
        if track := self._track(pending.series):
            track.wait(pending, self._clock.boot_ns())

    def _miss(self, miss: Miss) -> None:
        self._begin(miss.recorded_at_ns)
        self._misses[miss.reason] += miss.slots
        if track := self._track(miss.series):
            track.miss(miss)

    def _begin(self, at_ns: int) -> None:
        self.began_at_ns = at_ns if self.began_at_ns is None else min(at_ns, self.began_at_ns)

    def _track(self, series: Series) -> Track | None:
        if series not in self._tracks and len(self._tracks) >= self._bounds.series:
            self.turned_away += 1
            return None
        return self._tracks.setdefault(series, Track())

    @property
    def _depth(self) -> int:
        return max(3, min(self._bounds.per_series, self._bounds.total // len(self._tracks)))


def _is_odd(observation: Observation) -> bool:
    return observation.outcome is Outcome.OK and is_odd(observation)


def _recorded(record: Record) -> int:
    match record:
        case Observation():
            return record.started_at_ns
        case Miss() | Finding() | Health():
            return record.recorded_at_ns
        case Incident():
            return record.last_seen_at_ns
        case Change():
            return record.lost_at_ns
