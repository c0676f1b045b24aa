"""Ask the same once more: what passes on a new connection was a moment's trouble, and nothing can be learnt of it now."""

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Part, Rule
from probe.model import Level, Outcome, Purpose, Verdict

AGAIN = "again"


# Who waited for longer than this waits for the same again in the end, when all else is known.
_QUICK_SECONDS = 2.0


def _concerns(case: Case) -> bool:
    return case.seen.outcome is Outcome.FAILED and case.seen.elapsed_seconds <= _QUICK_SECONDS


def _wanted(case: Case) -> tuple[Control, ...]:
    return (
        Control(
            id=AGAIN,
            kind=case.seen.kind,
            hop=case.hop,
            prober=case.prober,
            family=case.family,
            seconds=1.0 + 2 * case.seen.elapsed_seconds,
            packets=20,
            purpose=Purpose.CONFIRM,
        ),
    )


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
        Rule(
            id="repeat.passed",
            says="The same probe, asked again at once, passed: whatever it was lasted a moment, or comes and goes.",
            causes=(),
            decide=_passed,
            settles=True,
        ),
    ),
)
