"""Ask the same once more: what passes on a new connection was a moment's trouble, and nothing can be learnt of it now."""

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Part, Rule
from probe.examination.loss import CAUSES, SAYS, lossy
from probe.model import Level, Observation, Outcome, Purpose, Verdict

AGAIN = "again"


# Who waited for longer than this is not waited for as long once more: what passes now passes soon.
_QUICK_SECONDS, _SOON_SECONDS = 2.0, 1.5
# What was waited for in vain on the way to a request is asked again by those who look into connections, as far as it came.
_OPENING = ("tcp", "tls")
# What another check of the hop meets with as well is no matter of one connection.
_SHARED = (*_OPENING, "http.reset", "http.closed", "http.timeout")


def _concerns(case: Case) -> bool:
    http = case.seen.evidence.http
    # An answer that says who made it stays true when the next one is another, and a quota is not to be spent on it.
    is_told = http is not None and http.made is not None
    return case.seen.outcome is Outcome.FAILED and not is_told


def _wanted(case: Case) -> tuple[Control, ...]:
    elapsed = case.seen.elapsed_seconds
    is_asked_later = elapsed > _QUICK_SECONDS and case.is_of(*_OPENING)
    is_shared = case.is_of(*_SHARED) and _has_another_failed(case)
    if is_asked_later or is_shared or _lossy(case) is not None:
        return ()
    return (
        Control(
            id=AGAIN,
            kind=case.seen.kind,
            hop=case.hop,
            prober=case.prober,
            family=case.family,
            seconds=1.0 + 2 * elapsed if elapsed <= _QUICK_SECONDS else _SOON_SECONDS,
            packets=12,
            purpose=Purpose.CONFIRM,
            now=True,
        ),
    )


def _has_another_failed(case: Case) -> bool:
    """Tell whether another check of the hop has failed for the same cause since any of them was well."""
    good = [
        one.started_at_ns
        for one in (*case.known.good, case.known.before)
        if one and _is_of_the_hop(case, one)
    ]
    since = max(good, default=0)
    return any(
        one.failure is not None and one.failure.cause == case.cause and one.started_at_ns > since
        for one in case.known.siblings
        if _is_of_the_hop(case, one)
    )


def _is_of_the_hop(case: Case, seen: Observation) -> bool:
    return seen.series.hop == case.hop.name


def _lossy(case: Case) -> Conclusion | None:
    return lossy(case, "repeat.lossy")


def _passed(case: Case) -> Conclusion | None:
    again = case.answers.get(AGAIN)
    if again is None or again.outcome is not Outcome.OK:
        return None
    return Conclusion(
        verdict=Verdict.DEGRADED,
        causes=(case.cause,),
        rule="repeat.passed",
        detail="the same question was answered a moment later, on a new connection",
        level=Level.DISCARDED,
        used=(again,),
    )


PART = Part(
    name="repeat",
    concerns=_concerns,
    wanted=_wanted,
    rules=(
        Rule(id="repeat.lossy", says=SAYS, causes=CAUSES, decide=_lossy, settles=True),
        Rule(
            id="repeat.passed",
            says="The same probe, asked again at once, passed: whatever it was lasted a moment, or comes and goes.",
            causes=(),
            decide=_passed,
            settles=True,
        ),
    ),
)
