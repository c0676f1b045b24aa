"""Stories to show on the page: a healthy chain, a broken leg, nothing known, and a hostile target."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from probe.model import Event, Failure, Miss, MissReason, Observation, Pending, Phase, Taint
from probe.plan import Plan
from tests.web_chain import DOWN, HUNG, NOW_NS, QUOTA, RESET, SECOND, Recorder, plan, series


@dataclass
class Story:
    """A plan and what happened on it."""

    plan: Plan
    events: Sequence[Event]
    notes: Sequence[str] = field(default_factory=tuple)


def healthy() -> Story:
    """All checks answer."""
    recorder = Recorder()
    events = [event for probe in recorder.plan.probes for event in recorder.history(probe.series)]
    return Story(recorder.plan, _in_order(events))


def broken() -> Story:
    """The relay resets handshakes from one vantage; earlier a quota ran out; a probe hangs."""
    recorder = Recorder()
    events: list[Event] = []
    for probe in recorder.plan.probes:
        is_reset = probe.series.vantage == "wifi" and probe.series.hop == "hk-vps"
        past = recorder.history(probe.series, failing=6 if is_reset else 0, failure=RESET)
        if probe.series == series("mobile", "direct", "models"):
            past[18:21] = [
                recorder.observe(probe.series, at_ns=one.started_at_ns, failure=QUOTA) for one in past[18:21]
            ]
        events += past
    events = _in_order(events)
    events.append(_miss(recorder, 3))
    events.append(
        Pending(
            series=series("mobile", "hk-vps", "chain"),
            slot=None,
            phase=Phase.PROCESSING,
            elapsed_seconds=1.42,
        )
    )
    return Story(recorder.plan, events)


def troubled() -> Story:
    """Two routes fail for different causes, a vantage has lost its address, and some samples are tainted."""
    recorder = Recorder()
    events: list[Event] = []
    for probe in recorder.plan.probes:
        failure, failing = _trouble(probe.series.vantage, probe.series.hop, probe.check.through)
        past = recorder.history(probe.series, failing=failing, failure=failure)
        if probe.series == series("wired", "vercel", "function"):
            past[-1] = recorder.observe(
                probe.series, at_ns=past[-1].started_at_ns, taints=(Taint.LATE, Taint.SUSPENDED)
            )
        events += past
    events = _in_order(events)
    events.append(_miss(recorder, 41))
    hanging = series("wifi", "vercel", "answer")
    events.append(Pending(series=hanging, slot=None, phase=Phase.PROCESSING, elapsed_seconds=3.2))
    notes = ["The store is full: 312 observations are in memory only."]
    return Story(recorder.plan, events, notes)


def _trouble(vantage: str, hop: str, through: str) -> tuple[Failure | None, int]:
    if vantage == "mobile":
        return DOWN, 4
    if hop == "static" and vantage == "wifi":
        return Failure(
            cause="tls.cert.expired",
            detail="certificate verify failed: certificate has expired",
            phase=Phase.TLS,
            after_seconds=0.04,
        ), 12
    if through == "direct" and hop != "direct":
        return HUNG, 40
    return None, 0


def unknown() -> Story:
    """Nothing has run yet."""
    return Story(plan(), [])


def hostile(texts: Sequence[str]) -> Story:
    """Every field that a target can fill holds something meant to break out of it."""
    recorder = Recorder()
    events: list[Event] = []
    for place, text in enumerate(texts):
        probe = recorder.plan.probes[place % len(recorder.plan.probes)]
        failure = Failure(
            cause=f"http.{text}" if place % 2 else "http.body",
            detail=text,
            phase=Phase.TRANSFER,
            after_seconds=0.2,
        )
        events.append(recorder.observe(probe.series, at_ns=NOW_NS - place * SECOND, failure=failure))
    return Story(recorder.plan, events)


def _miss(recorder: Recorder, slots: int) -> Miss:
    return Miss(
        identity=recorder.identity(),
        series=series("wired", "direct", "models"),
        first_slot=1,
        slots=slots,
        reason=MissReason.SUSPENDED,
        intended_at_ns=NOW_NS - 100 * SECOND,
        recorded_at_ns=NOW_NS - 90 * SECOND,
    )


def _in_order(events: Sequence[Event]) -> list[Event]:
    observations = [event for event in events if isinstance(event, Observation)]
    return [*sorted(observations, key=lambda one: one.started_at_ns)]


STORIES: Mapping[str, Callable[[], Story]] = {
    "healthy": healthy,
    "broken": broken,
    "troubled": troubled,
    "unknown": unknown,
}
