"""One series as the page shows it: the planned probe, where it stands, and whether that is still news; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from probe.apart import nothing_to_show
from probe.found import deepest_cause, is_own_trouble, main_cause
from probe.model import Finding, Observation, Outcome, Pending, Series
from probe.plan import Probe
from probe.text import clean
from probe.track import Standing, State

# A series that was not heard of for so many intervals is unknown again: old news must not look fresh.
_INTERVALS = 3
WORST_FIRST = (State.FAILED, State.NOT_MEASURED, State.UNKNOWN, State.OK)


@dataclass(frozen=True, slots=True)
class Line:
    """A planned probe and where its series stands."""

    probe: Probe
    standing: Standing

    @property
    def series(self) -> Series:
        """The series."""
        return self.probe.series

    @property
    def anchor(self) -> str:
        """The id of the series' row on the page."""
        return str(self.probe.series)

    @property
    def is_deep(self) -> bool:
        """Whether the question goes through the hop to a deeper one."""
        return self.probe.check.through != self.probe.check.hop

    @property
    def is_apart(self) -> bool:
        """Whether it shows the hop's IPv6 apart, beside the checks that were asked for."""
        return self.probe.check.is_twin

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to show, where that is nobody's trouble."""
        return None if self.last is None or self.is_stale else nothing_to_show(self.probe.check, self.last)

    @property
    def is_stale(self) -> bool:
        """Whether nothing was heard for longer than the schedule explains."""
        check, age = self.probe.check, self.standing.age_seconds
        return age is not None and age > _INTERVALS * check.interval_seconds + check.timeout_seconds

    @property
    def state(self) -> State:
        """The last state, as long as it is news; a failure that is due to the vantage itself tells nothing of the hop."""
        if self.is_stale:
            return State.UNKNOWN
        is_own = self.standing.state is State.FAILED and is_own_trouble(self.finding)
        return State.NOT_MEASURED if is_own else self.standing.state

    @property
    def since_ns(self) -> int | None:
        """Since when the series has come to what it comes to; a failure that took over from another began by itself."""
        standing = self.standing
        return standing.since_ns if standing.trouble_since_ns is None else standing.trouble_since_ns

    @property
    def is_since_known(self) -> bool:
        """Whether that beginning was seen."""
        standing = self.standing
        return standing.changed if standing.trouble_since_ns is None else standing.is_trouble_seen

    @property
    def finding(self) -> Finding | None:
        """What was found about what the series comes to, as long as that is news."""
        return None if self.is_stale else self.standing.finding

    @property
    def last(self) -> Observation | None:
        """The newest observation."""
        return self.standing.last

    @property
    def pending(self) -> Pending | None:
        """The probe that is in flight beyond its usual time."""
        return self.standing.pending

    @property
    def cause(self) -> str | None:
        """What the newest observation failed of, as deep as is known now; safe to show."""
        failure = None if self.last is None else self.last.failure
        if failure is None:
            return None
        if self.finding is not None and is_own_trouble(self.finding):
            return clean(main_cause(self.finding), 80)
        return clean(deepest_cause(failure, self.finding), 80)

    @property
    def seconds(self) -> float | None:
        """How long the newest observation took, when it was answered."""
        is_answered = self.last is not None and self.last.outcome is Outcome.OK
        return self.last.duration_seconds if self.last is not None and is_answered else None


def worst(states: Iterable[State]) -> State:
    """Return the worst of the states; none at all is unknown."""
    return min(states, key=WORST_FIRST.index, default=State.UNKNOWN)


def cause_of(observation: Observation) -> str | None:
    """Return the cause of the failure, if any, safe to show."""
    return None if observation.failure is None else clean(observation.failure.cause, 80)
