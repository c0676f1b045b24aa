"""IPv6 that leads nowhere from a vantage while IPv4 does: it is the vantage's, is told as such, and harms no hop; pure.

OONI counts likewise. One host alone proves nothing, unless this machine says itself that it has no way out by IPv6.
"""

from collections.abc import Iterable

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import answers
from probe.examination.local.immediate import of_access
from probe.examination.local.reach import dialled, ended_as, has_answered, was_unreached
from probe.model import AddressFamily, Observation, Phase, Verdict

_CAUSE = "tcp.ip6_broken"
_OWN_WORD = "local.gateway_unreachable"
_ENOUGH = 2
# A check of IPv6 is a slow one; what failed so lately by the last that was heard of it fails still.
_LATELY_NS = 300 * 10**9


def is_by_ipv6(case: Case) -> bool:
    """Tell whether the probe went by IPv6, or was to."""
    failure, address = case.seen.failure, dialled(case.seen.evidence)
    if failure is not None and failure.phase is Phase.RESOLVE:
        return False  # a name is asked for by whatever way the resolver is reached
    return case.family is AddressFamily.IPV6 if address is None else ":" in address


def is_in_question(case: Case) -> bool:
    """Tell whether IPv6 as such may be why nothing answered."""
    return is_by_ipv6(case) and was_unreached(case.seen)


def is_heard(case: Case) -> bool:
    """Tell whether anybody has answered by IPv6 meanwhile."""
    return any(_is_ipv6(one) and has_answered(one) for one in answers(case))


def _decide(case: Case) -> Conclusion | None:
    if not is_in_question(case):
        return None
    by_ipv6 = [one for one in _lately(case) if _is_ipv6(one)]
    if any(has_answered(one) for one in by_ipv6):
        return None
    failing = _hosts(one for one in (*by_ipv6, case.seen) if was_unreached(one))
    is_own_word = ended_as(case.seen) == _OWN_WORD
    working = [one for one in answers(case) if has_answered(one) and not _is_ipv6(one)]
    if not working or (len(failing) < _ENOUGH and not is_own_word):
        return None
    return Conclusion(
        verdict=Verdict.OK,
        causes=(_CAUSE,),
        rule="local.ipv6",
        detail=f"IPv6 does not work from this vantage: none of {len(failing)} hosts is reached by it, and by IPv4 others are",
        element=of_access(case),
        used=tuple(one for one in (*by_ipv6, *working) if one in case.answers.values()),
    )


def _lately(case: Case) -> Iterable[Observation]:
    """Go through what was last heard of each check, and through what was asked for."""
    since_ns = case.seen.started_at_ns - _LATELY_NS
    every = (*case.known.siblings, *case.answers.values())
    return (one for one in every if one.ended_at_ns >= since_ns)


def _is_ipv6(seen: Observation) -> bool:
    return ":" in (dialled(seen.evidence) or "")


def _hosts(seen: Iterable[Observation]) -> frozenset[str]:
    return frozenset(address for one in seen if (address := dialled(one.evidence)) is not None)


BROKEN = Rule(
    id="local.ipv6",
    says="Two hosts or more are not reached by IPv6 and none is, or this machine has no way out by it; IPv4 works.",
    causes=(_CAUSE,),
    decide=_decide,
    settles=True,
)
