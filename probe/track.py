"""Follow one series in memory: its newest observations, the failures that outlive them, and the state it is in."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from probe.found import Found
from probe.model import Finding, Identity, Miss, Observation, Outcome, Pending, Series

# A trouble goes on when it comes back before so many other failures have gone by.
_APART = 3


class State(StrEnum):
    """What a series last came to, or `unknown` while it has come to nothing."""

    OK = "ok"
    FAILED = "failed"
    NOT_MEASURED = "not_measured"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A series has come to another state than before."""

    series: Series
    before: State
    state: State
    since_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one series stands, and what was found about that; `changed` tells whether the beginning of its state was seen."""

    series: Series
    state: State = State.UNKNOWN
    since_ns: int | None = None
    changed: bool = False
    age_seconds: float | None = None
    missed_slots: int = 0
    pending: Pending | None = None
    finding: Finding | None = None
    observations: tuple[Observation, ...] = ()
    # Since when it fails of the same, where it fails: what it failed of before in the same breath is another trouble.
    trouble_since_ns: int | None = None
    is_trouble_seen: bool = False

    @property
    def last(self) -> Observation | None:
        """The newest observation."""
        return self.observations[-1] if self.observations else None


def when(observation: Observation) -> tuple[int, Identity]:
    """Return what observations are ordered by: their beginning, then their identity."""
    return observation.started_at_ns, observation.identity


@dataclass(slots=True)
class _Trouble:
    since_ns: int
    is_seen: bool
    newest: int


class _Troubles:
    """What a series fails of, and since when; a cause that comes back before three others have gone by goes on."""

    def __init__(self) -> None:
        self._by_cause: dict[str, _Trouble] = {}
        self._count = 0
        self.now: _Trouble | None = None

    def note(self, observation: Observation, *, is_seen: bool) -> None:
        """Take in the newest observation; `is_seen` tells whether the failing state was seen to begin."""
        if observation.outcome is not Outcome.FAILED:
            # What could not be measured ends nothing.
            if observation.outcome is Outcome.OK:
                self._by_cause, self.now = {}, None
            return
        self._count += 1
        cause = "" if observation.failure is None else observation.failure.cause
        is_seen = is_seen or bool(self._by_cause)
        fresh = {one: it for one, it in self._by_cause.items() if self._count - it.newest <= _APART}
        self.now = fresh.setdefault(cause, _Trouble(observation.started_at_ns, is_seen, self._count))
        self.now.newest = self._count
        self._by_cause = fresh


class Track:
    """One series: its newest observations, and the failures that outlive them."""

    def __init__(self) -> None:
        """Start without any observation: unknown."""
        self._newest: list[Observation] = []
        self._failed: list[Observation] = []
        self._state = State.UNKNOWN
        self._since_ns: int | None = None
        self._changed = False
        self._set_aside: tuple[State, int | None, bool] | None = None
        self._began_boot_ns = 0
        self._missed = 0
        self._pending: Pending | None = None
        self._waits_since_ns = 0
        self._found = Found()
        self._troubles = _Troubles()

    @property
    def observations(self) -> Sequence[Observation]:
        """What is kept, oldest first."""
        return [*self._failed, *self._newest]

    @property
    def finding(self) -> Finding | None:
        """What was found about what the series comes to now."""
        return self._found.finding

    def has(self, identity: Identity) -> bool:
        """Tell whether the observation is here already: delivery is at least once."""
        return any(kept.identity == identity for kept in self.observations)

    def observe(self, observation: Observation, *, began_boot_ns: int, is_odd: bool = False) -> Turn | None:
        """Take an observation in, and return the change of state if it makes one."""
        insort(self._newest, observation, key=when)
        if self._pending is not None and not _outruns(self._pending, observation.slot):
            self._pending = None
        if self._newest[-1] is not observation:
            # It came late, from a backlog: it fills the past and says nothing of the present.
            return None
        self._began_boot_ns = began_boot_ns
        self._found.note(observation, is_odd=is_odd)
        turn = self._turn(observation)
        self._troubles.note(observation, is_seen=self._changed)
        return turn

    def find(self, finding: Finding) -> None:
        """Take in what was found about an observation; what the series comes to no more is over."""
        self._found.take(finding)

    def _turn(self, observation: Observation) -> Turn | None:
        before, self._state = self._state, State(observation.outcome.value)
        if before is self._state:
            return None
        since, self._set_aside = self._set_aside, None
        if self._state is State.NOT_MEASURED:
            self._set_aside = (before, self._since_ns, self._changed)
        if since is not None and since[0] is self._state:
            # What could not be measured in between did not end the state before it.
            _, self._since_ns, self._changed = since
        else:
            self._since_ns, self._changed = observation.started_at_ns, before is not State.UNKNOWN
        return Turn(
            series=observation.series,
            before=before,
            state=self._state,
            since_ns=self._since_ns or observation.started_at_ns,
        )

    def shorten(self, depth: int) -> None:
        """Keep the newest `depth` observations, and a third as many older failures."""
        while len(self._newest) > depth:
            oldest = self._newest.pop(0)
            if oldest.outcome is Outcome.FAILED:
                insort(self._failed, oldest, key=when)
        del self._failed[: -max(1, depth // 3)]

    def miss(self, miss: Miss) -> None:
        """Count missed slots; a probe that filled one of them is no longer waited for."""
        self._missed += miss.slots
        waiting = self._pending.slot if self._pending else None
        if waiting is not None and waiting in range(miss.first_slot, miss.first_slot + miss.slots):
            self._pending = None

    def wait(self, pending: Pending, boot_ns: int) -> None:
        """Note that a probe is still in flight."""
        self._pending = pending
        self._waits_since_ns = boot_ns - round(pending.elapsed_seconds * 1e9)

    def standing(self, series: Series, boot_ns: int) -> Standing:
        """Return where the series stands at that instant of the boot clock."""
        trouble = self._troubles.now if self._state is State.FAILED else None
        return Standing(
            series=series,
            state=self._state,
            since_ns=self._since_ns,
            changed=self._changed,
            age_seconds=(boot_ns - self._began_boot_ns) / 1e9 if self._newest else None,
            missed_slots=self._missed,
            pending=self._waiting(boot_ns),
            finding=self._found.finding,
            observations=tuple(self.observations),
            trouble_since_ns=None if trouble is None else trouble.since_ns,
            is_trouble_seen=trouble is not None and trouble.is_seen,
        )

    def _waiting(self, boot_ns: int) -> Pending | None:
        if self._pending is None:
            return None
        return Pending(
            series=self._pending.series,
            slot=self._pending.slot,
            phase=self._pending.phase,
            elapsed_seconds=(boot_ns - self._waits_since_ns) / 1e9,
        )


def _outruns(pending: Pending, slot: int | None) -> bool:
    """Tell whether a probe still runs although an observation of `slot` has come."""
    return pending.slot is not None and slot is not None and pending.slot > slot
