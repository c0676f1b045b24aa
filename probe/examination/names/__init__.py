"""Look into a name: whether the answer, or its absence, is the truth, and who else could have given it; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Part, Rule
from probe.examination.names import ids
from probe.examination.names.controls import wanted
from probe.examination.names.doubt import doubted, is_odd
from probe.examination.names.facts import gathered
from probe.examination.names.forged import FORGED
from probe.examination.names.judging import falsity
from probe.examination.names.refusal import REFUSALS
from probe.examination.names.silence import PASSED, SILENCE
from probe.examination.names.unlike import OUTDATED, UNMATCHED, UNPROVEN
from probe.model import Observation

RULES: tuple[Rule, ...] = (*FORGED, *OUTDATED, PASSED, *SILENCE, *REFUSALS, UNPROVEN, UNMATCHED)


def _concerns(case: Case) -> bool:
    return doubted(case) is not None


def subject(case: Case) -> Observation:
    """Return the observation whose later layers are worth explaining.

    Where the name was given no address or a false one, and the true one has trouble of its own, that is the control there.
    """
    facts = gathered(case)
    if facts is None or facts.true is None or not facts.is_true_ill:
        return case.seen
    is_elsewhere = case.is_of("dns") or falsity(case, facts) is not None
    return facts.true if is_elsewhere else case.seen


PART = Part(name="names", concerns=_concerns, wanted=wanted, rules=RULES, is_odd=is_odd)

__all__ = ["PART", "RULES", "ids", "subject"]
