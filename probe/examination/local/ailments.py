"""What makes an ailment of a vantage, which failures it explains from then on, and what ends it; pure."""

from probe.examination.local.clock import ahead_seconds, is_fine_then, is_wrong
from probe.examination.local.explains import CUT_OFF, GATEWAY, PORTAL, PROXY, RESOLVER, SKEW, explains
from probe.examination.local.reach import has_answered, is_below, is_verified
from probe.model import Evidence, Finding, Observation, Outcome, Phase

# Of the machine's own these last and concern more than one hop; what an uplink lacks is told by those who watch it.
_LASTING = ("local.firewall", "local.resource", "local.no_resolver", "local.proxy_auth")
BELIEVED = (GATEWAY, CUT_OFF, PORTAL, SKEW, PROXY, *_LASTING)
_OF_NETWORK = (GATEWAY, CUT_OFF, PORTAL, RESOLVER)
_RULES = "local."
# What is concluded from a belief is no evidence for it.
KNOWN = "local.known"
# A resolver that says so is dead for every name; one that refuses may do so for one name alone.
_FOR_ALL = ("dns.timeout.all", "dns.resolver_unreachable")
_PERHAPS = ("dns.refused", "dns.servfail")


def believed(found: Finding) -> str | None:
    """Return the ailment that a finding tells of, or None."""
    cause = found.causes[0] if found.causes else ""
    is_new = found.rule.startswith(_RULES) and found.rule != KNOWN
    return cause if is_new and cause in BELIEVED else None


def unresolved(found: Finding) -> tuple[str, bool] | None:
    """Return how the vantage's resolver put it that it cannot tell, and whether that is so for every name."""
    cause = found.causes[0] if found.causes else ""
    if not (found.element or "").startswith(("resolver[", "access[")) or cause not in (*_FOR_ALL, *_PERHAPS):
        return None
    return cause, cause in _FOR_ALL


def explained(ailment: str, cause: str, evidence: Evidence, *, word: str, then_seconds: float) -> bool:
    """Tell whether an ailment explains a failure: of a resolver one like it, of a clock what was right by another one's."""
    if not explains(ailment, cause, evidence):
        return False
    if ailment == RESOLVER:
        return is_below(word, (cause,))
    return ailment != SKEW or is_fine_then(evidence, then_seconds)


def ends(ailment: str, seen: Observation) -> bool:
    """Tell whether an observation contradicts an ailment that was believed in when it ended."""
    if ailment == SKEW:
        ahead = ahead_seconds(seen)
        return ahead is not None and not is_wrong(ahead)
    if seen.outcome is not Outcome.OK:
        return False
    if ailment == PORTAL:
        return is_verified(seen.evidence)
    if ailment == RESOLVER:
        return any(one.phase is Phase.RESOLVE for one in seen.timings)
    return has_answered(seen)


def is_of_network(ailment: str) -> bool:
    """Tell whether an ailment is that of the network that is left by, so that another one need not have it."""
    return ailment in _OF_NETWORK
