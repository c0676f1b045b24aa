"""What is known to be wrong with the vantage explains a failure that was seen before it was known; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.ailments import BELIEVED, KNOWN
from probe.model import Verdict


def _decide(case: Case) -> Conclusion | None:
    ailment = case.ailment
    if ailment is None or ailment.cause not in BELIEVED:
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(ailment.cause,),
        rule=KNOWN,
        detail=ailment.detail,
        element=ailment.element,
    )


AILING = Rule(
    id=KNOWN,
    says="Another failure of this vantage was looked into a moment ago, and what came of that explains this one too.",
    causes=BELIEVED,
    decide=_decide,
    settles=True,
)
