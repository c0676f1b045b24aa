"""Run one attempt under its deadline and turn whatever comes of it into exactly one observation."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

import structlog

from probe.abc import Crossing, Passenger, Uplinks
from probe.attempt import Attempt
from probe.cause.held import excused_as_held_back
from probe.cause.naming import deadline, name
from probe.clock import Clock, wall_offset_ns
from probe.model import OWN_LAYERS, Evidence, Failure, Identity, Observation, Outcome, Purpose
from probe.plan import Probe
from probe.pulse import Pulse
from probe.secret import told_without
from probe.taint import Conditions, taints

_log = structlog.get_logger()
# A deadline that fires this much too late may have overtaken an answer that had arrived in time.
_FIRED_LATE_SECONDS = 0.005


class Unwatched:
    """Nobody watches what the vantages leave by: nothing is ever known to be amiss with it."""

    def crossed(self, vantage: str, passenger: Passenger) -> AbstractContextManager[Crossing]:  # noqa: ARG002 - a role
        """Watch over nothing."""
        return nullcontext(self)

    def trouble(self) -> None:
        """Know of none."""


# Returns the failure of a probe from a vantage, with the evidence it left, or what it really was.
Excuse = Callable[[str, Failure, Evidence], Failure]


@dataclass(frozen=True, slots=True)
class Instruments:
    """What measuring needs besides the probe: time, the loop's pulse, and the next identity."""

    clock: Clock
    pulse: Pulse
    next_identity: Callable[[], Identity]
    # What is known of the vantages may tell that a failure is their own trouble: asked in turn.
    excuses: Sequence[Excuse] = ()
    uplinks: Uplinks = field(default_factory=Unwatched)


async def measure(probe: Probe, attempt: Attempt, tools: Instruments) -> Observation:
    """Run `attempt`; it ends by its deadline, and no exception but cancellation leaves."""
    began = _Moment.of(tools.clock)
    try:
        with tools.uplinks.crossed(probe.series.vantage, attempt) as crossing:
            failure = _undisturbed(await _failure(probe, attempt), crossing)
            await _hear_out(failure, attempt)
    except BaseException:
        attempt.close()
        raise
    conditions = _conditions(began, attempt, tools)
    evidence, broke = _close(probe, attempt)
    # What a control ends with is evidence for or against what is known of the vantage.
    known = () if attempt.request.purpose is Purpose.CONTROL else tools.excuses
    excuses = (excused_as_held_back, *known)
    failure = _known_better(_excused(failure, conditions), probe, evidence, excuses)
    failure = told_without(broke or failure, attempt.hidden)
    request, timings = attempt.request, attempt.timings
    return Observation(
        identity=tools.next_identity(),
        series=probe.series,
        kind=probe.check.kind,
        through=probe.check.through,
        crossed=probe.crossed,
        purpose=request.purpose,
        slot=request.slot,
        parent=request.parent,
        intended_at_ns=request.intended_at_ns,
        started_at_ns=began.wall_ns,
        outcome=_outcome(failure),
        timings=timings,
        failure=failure,
        taints=taints(timings, conditions),
        lateness_seconds=request.lateness_seconds,
        elapsed_seconds=conditions.elapsed,
        lag_seconds=attempt.lag_ns / 1e9,
        loop_lag_seconds=conditions.loop_lag,
        send_bracket_seconds=conditions.send_bracket,
        evidence=told_without(evidence, attempt.hidden),
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    """All clocks at one moment."""

    monotonic_ns: int
    boot_ns: int
    wall_ns: int
    offset_ns: int

    @classmethod
    def of(cls, clock: Clock) -> "_Moment":
        return cls(clock.monotonic_ns(), clock.boot_ns(), clock.wall_ns(), wall_offset_ns(clock))


def _conditions(began: _Moment, attempt: Attempt, tools: Instruments) -> Conditions:
    """Tell how this program ran since then."""
    ended = _Moment.of(tools.clock)
    return Conditions(
        elapsed=(ended.monotonic_ns - began.monotonic_ns) / 1e9,
        loop_lag=tools.pulse.lag_since_ns(began.boot_ns) / 1e9,
        send_bracket=attempt.bracket_ns / 1e9,
        wall_drift=(ended.offset_ns - began.offset_ns) / 1e9,
        suspended=tools.pulse.suspended_since(began.boot_ns),
        crowded=attempt.crowded,
        is_intercepted=attempt.is_intercepted,
    )


async def _failure(probe: Probe, attempt: Attempt) -> Failure | None:
    """Run the prober and return its failure, if any."""
    seconds = attempt.request.budget.seconds
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            with attempt.interruptible(lambda: limit.reschedule(loop.time())):
                await probe.prober(attempt)
    except Exception as error:  # noqa: BLE001 - the one place where whatever a probe raises becomes an observation
        attempt.freeze()
        if attempt.interruption is not None:
            cause, detail = attempt.interruption
        elif limit.expired():
            fired_late = loop.time() - (limit.when() or 0.0) > _FIRED_LATE_SECONDS
            cause, detail = deadline(attempt.phase_open, seconds, attempt.expires_as)
            if attempt.unrefuted is not None:
                cause, detail = name(attempt.unrefuted, attempt.phase_open)
            if fired_late and attempt.answer_is_waiting():
                cause, detail = (
                    "meta.late",
                    f"{detail}, but an answer was waiting that this program was too late to read",
                )
        else:
            cause, detail = name(error, attempt.phase_open)
        if cause == "meta.bug":
            _log_bug(probe, error)
        return Failure(
            cause=cause,
            detail=attempt.told(detail),
            phase=attempt.phase_open,
            after_seconds=attempt.open_seconds(),
        )
    return None


async def _hear_out(failure: Failure | None, attempt: Attempt) -> None:
    """Wait a moment when the probe failed so soon after an answer of a resolver that the true one may be on its way."""
    if failure is not None and failure.layer not in OWN_LAYERS and (seconds := attempt.listening_seconds()):
        await asyncio.sleep(seconds)


def _close(probe: Probe, attempt: Attempt) -> tuple[Evidence, Failure | None]:
    """Close the attempt; evidence that cannot be put together is a bug of ours, and still one observation."""
    try:
        return attempt.close(), None
    except Exception as error:  # noqa: BLE001 - the same place as in `_failure`: nothing a probe raises may leave
        _log_bug(probe, error)
        cause, detail = name(error, None)
        return Evidence(), Failure(cause=cause, detail=detail)


def _log_bug(probe: Probe, error: Exception) -> None:
    _log.error("probe.broke", series=str(probe.series), exc_info=error)


def _excused(failure: Failure | None, conditions: Conditions) -> Failure | None:
    """Blame nobody for a failure during which this program itself stood still."""
    if failure is None or failure.layer in OWN_LAYERS or not conditions.suspended:
        return failure
    return Failure(
        cause="meta.probe_suspended",
        detail=f"this program stood still during the probe, which ended as {failure.cause}",
        phase=failure.phase,
        after_seconds=failure.after_seconds,
    )


def _undisturbed(failure: Failure | None, crossing: Crossing) -> Failure | None:
    """Blame nobody for a failure during which the vantage's own network went or became another one."""
    if failure is None or failure.layer in OWN_LAYERS or (trouble := crossing.trouble()) is None:
        return failure
    cause, detail = trouble
    return replace(failure, cause=cause, detail=f"{detail}; the probe ended as {failure.cause}")


def _known_better(
    failure: Failure | None, probe: Probe, evidence: Evidence, excuses: Sequence[Excuse]
) -> Failure | None:
    """Tell what a failure was by all that is known of the vantage."""
    for excuse in excuses:
        if failure is not None and failure.layer not in OWN_LAYERS:
            failure = excuse(probe.series.vantage, failure, evidence)
    return failure


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.OK
    return Outcome.NOT_MEASURED if failure.layer in OWN_LAYERS else Outcome.FAILED
