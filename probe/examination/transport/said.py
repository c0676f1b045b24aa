"""Put a conclusion about a connection together; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.transport.elsewhere import Blame
from probe.model import Level, Observation, Verdict


def concluded(
    rule: str, cause: str, detail: str, blamed: Blame, used: tuple[Observation, ...] = ()
) -> Conclusion:
    """Return a conclusion that every fact was seen for."""
    element, verdict = blamed
    return Conclusion(verdict=verdict, causes=(cause,), rule=rule, detail=detail, element=element, used=used)


def passed(rule: str, cause: str, used: tuple[Observation, ...]) -> Conclusion:
    """Return the conclusion that it worked a moment later, so that nothing more can be learnt."""
    return Conclusion(
        verdict=Verdict.DEGRADED,
        causes=(cause,),
        rule=rule,
        detail="the same was answered a moment later, on a new connection",
        level=Level.DISCARDED,
        used=used,
    )


def kept(case: Case, rule: str, cause: str, blamed: Blame, used: tuple[Observation, ...] = ()) -> Conclusion:
    """Return the immediate cause, of which only the blame is known better."""
    detail = case.seen.failure.detail if case.seen.failure else ""
    return concluded(rule, cause, detail, blamed, used)
