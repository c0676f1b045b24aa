"""What is written down: observations, missed slots, findings, and (later) incidents. Plain frozen data.

Every record carries the identity (agent, epoch, seq), which makes delivery at least once count once.
Instants are Unix nanoseconds and only label; durations are seconds from the monotonic clock.
"""

from dataclasses import dataclass, field

from probe.model.chain import Series
from probe.model.evidence import Evidence
from probe.model.vocabulary import (
    Disturbance,
    Layer,
    Level,
    MissReason,
    Outcome,
    Phase,
    Purpose,
    Stamp,
    Taint,
    Verdict,
)

# Counts up when a field changes its meaning or goes; new fields alone do not move it.
RECORD_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identity:
    """Who recorded it (agent), in which life of its store (epoch), as its how-manieth record (seq)."""

    agent: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a phase took, and whose clock says so."""

    phase: Phase
    seconds: float
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the probe failed, in which phase, and how long that phase had lasted by then.

    `ended_as` is what the probe itself ended with, where trouble of the vantage's own that was known before explains it.
    """

    cause: str
    detail: str
    phase: Phase | None = None
    after_seconds: float | None = None
    ended_as: str | None = None

    @property
    def layer(self) -> Layer:
        """The first word of the cause."""
        return Layer(self.cause.partition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One probe, one answer, at most one immediate failure; phases it did not reach are absent, never 0."""

    identity: Identity
    series: Series
    kind: str
    through: str
    crossed: tuple[str, ...]
    purpose: Purpose
    slot: int | None
    parent: Identity | None
    intended_at_ns: int
    started_at_ns: int
    outcome: Outcome
    timings: tuple[Timing, ...]
    failure: Failure | None = None
    taints: tuple[Taint, ...] = ()
    lateness_seconds: float = 0.0
    elapsed_seconds: float = 0.0
    lag_seconds: float = 0.0
    loop_lag_seconds: float = 0.0
    send_bracket_seconds: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def ended_at_ns(self) -> int:
        """When it was over."""
        return self.started_at_ns + round(self.elapsed_seconds * 1e9)

    @property
    def duration_seconds(self) -> float:
        """The sum of the phases: what the path and the hops took, without our own work."""
        return sum(timing.seconds for timing in self.timings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Neighbouring slots that have no observation, and why."""

    identity: Identity
    series: Series
    first_slot: int
    slots: int
    reason: MissReason
    intended_at_ns: int
    recorded_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one or several observations mean, seen from one vantage; it may come seconds after them.

    It stands until its series turns or is looked into again. Of several causes the first is the main one; with the verdict
    `ok` they harm nobody now. The first parent is the observation that was looked into.
    """

    identity: Identity
    series: Series
    verdict: Verdict
    causes: tuple[str, ...]
    rule: str
    level: Level
    element: str | None
    detail: str
    parents: tuple[Identity, ...]
    recorded_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A root cause that lasted: one element, one cause, opened and closed."""

    identity: Identity
    element: str
    cause: str
    rule: str
    vantages: tuple[str, ...]
    parents: tuple[Identity, ...]
    opened_at_ns: int
    last_seen_at_ns: int
    closed_at_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """What a vantage's packets leave by: the interfaces, with the source address and the gateway of each family."""

    interfaces: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A vantage's network went or became another one: one record from the loss until it was there again.

    It `was_down` when nothing far away could be reached meanwhile. `back_at_ns` is absent when what was lost has not come
    back; `after` is then what is left.
    """

    identity: Identity
    vantage: str
    what: Disturbance
    detail: str
    lost_at_ns: int
    before: Uplink
    after: Uplink
    was_down: bool = False
    back_at_ns: int | None = None
    lasted_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """What is wrong with a vantage's own network or machine, by the findings in `parents` where findings tell."""

    cause: str
    element: str
    detail: str
    since_ns: int
    parents: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How fit a vantage is to look from, by all that its probes came to: one record whenever that changes.

    It tells of all ailments that last, and of none when there is none. What the vantage's uplink lacks is told by `Change`
    and `UplinkState`.
    """

    identity: Identity
    vantage: str
    ailments: tuple[Ailment, ...]
    recorded_at_ns: int


Record = Observation | Miss | Finding | Incident | Change | Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A probe still in flight beyond its usual time; an event for those who watch, never stored."""

    series: Series
    slot: int | None
    phase: Phase | None
    elapsed_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkState:
    """How a vantage's own network is now; an event for those who watch, never stored.

    `is_up` is None when nobody can tell; `detail` says what is amiss, and nothing when nothing is.
    """

    vantage: str
    is_up: bool | None
    since_ns: int
    uplink: Uplink
    detail: str = ""


Event = Record | Pending | UplinkState
