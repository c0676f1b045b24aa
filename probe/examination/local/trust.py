"""A trust store of ours that is broken: nobody's certificate verifies, and each has another key; pure.

Who intercepts shows everybody one key. That the hop is well is certain only where its key is one that verified before.
"""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import answers
from probe.examination.local.immediate import of_agent
from probe.examination.local.reach import ended_as, is_verified
from probe.model import Evidence, Observation, Outcome, Verdict

_CAUSE = "meta.insufficient"
UNTRUSTED = ("tls.cert.incomplete_chain", "tls.cert.unknown_authority")


def is_untrusted(seen: Observation) -> bool:
    """Tell whether a certificate did not verify because of who issued it."""
    return ended_as(seen) in UNTRUSTED


def _decide(case: Case) -> Conclusion | None:
    if not is_untrusted(case.seen):
        return None
    others = [one for one in (*case.known.siblings, *case.answers.values()) if _is_of_another(case, one)]
    alike = [one for one in others if is_untrusted(one)]
    if not _are_apart([case.seen, *alike]) or any(_verifies(one) for one in answers(case)):
        return None
    is_known = key_of(case.seen.evidence) in case.known.keys
    known = "the hop shows the key that verified before, and " if is_known else ""
    return Conclusion(
        verdict=Verdict.OK if is_known else Verdict.INSUFFICIENT,
        causes=(_CAUSE,),
        rule="local.trust",
        detail=f"{known}nobody's certificate verifies here, although each has a key of its own: this machine's trust store"
        " may be broken",
        element=of_agent(case),
        used=tuple(one for one in alike if one in case.answers.values()),
    )


def _is_of_another(case: Case, seen: Observation) -> bool:
    return seen.series.hop != case.series.hop


def key_of(evidence: Evidence) -> str | None:
    """Return the public key that the peer showed."""
    chain = evidence.tls.chain if evidence.tls is not None else ()
    return chain[0].spki_sha256 if chain else None


def _are_apart(seen: list[Observation]) -> bool:
    """Tell whether they are several hosts, each with a key of its own: who intercepts has one key, or was never trusted."""
    return len({one.series.hop for one in seen}) > 1 and len({key_of(one.evidence) for one in seen}) > 1


def _verifies(seen: Observation) -> bool:
    return seen.outcome is Outcome.OK and is_verified(seen.evidence)


BROKEN = Rule(
    id="local.trust",
    says="Several hosts' certificates are not trusted, each with a key of its own, and nobody's is.",
    causes=(_CAUSE,),
    decide=_decide,
    settles=True,
)
