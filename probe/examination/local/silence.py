"""Nobody answers at all: it is the gateway, or what lies behind it, or nobody can tell; pure."""

from collections.abc import Mapping

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import (
    ENOUGH,
    answered,
    answers,
    compared,
    of_anchor,
    own_addresses,
    unreached,
)
from probe.examination.local.explains import CUT_OFF, GATEWAY, explains
from probe.examination.local.immediate import of_access
from probe.examination.local.reach import (
    dialled,
    ended_as,
    has_silent_gateway,
    is_below,
    was_unreached,
    went_out,
)
from probe.model import Gateway, Level, Observation, Verdict
from probe.resolver import place

# A neighbour that is there has answered by then, a sleeping one too.
_RESOLVED_SECONDS = 0.5
ALONE_ID = "local.alone"
_RESOLVER_SILENT = ("dns.timeout", "dns.resolver_unreachable")


def is_silence(case: Case) -> bool:
    """Tell whether the failure is one that a vantage that reaches nobody would see."""
    return explains(CUT_OFF, ended_as(case.seen), case.seen.evidence)


def is_plain(case: Case) -> bool:
    """Tell whether the kernel itself says why nothing came, of packets that were sent a while ago, so that nobody need be asked."""
    is_old = case.seen.elapsed_seconds >= _RESOLVED_SECONDS
    return is_old and is_silence(case) and _silent(case) is not None and not answered(case)


def _gateway(case: Case) -> Conclusion | None:
    if not is_silence(case) or answered(case):
        return None
    said = [one for one in answers(case) if has_silent_gateway(one)]
    silent = _silent(case)
    if not said and silent is None:
        return None
    name = "" if silent is None else f" {silent.address}"
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(GATEWAY,),
        rule="local.gateway",
        detail=f"the gateway{name} of this vantage does not answer on its own link",
        element=of_access(case),
        used=tuple(said),
    )


def _silent(case: Case) -> Gateway | None:
    """Return the gateway by which the probe would have left, if it is silent."""
    family = ":" in _target(case)
    return next((one for one in case.gateways if one.is_silent and (":" in one.address) is family), None)


def _target(case: Case) -> str:
    """Return the address that the packets in question went to: the hop's, or the resolver's."""
    evidence = case.seen.evidence
    if (address := dialled(evidence)) is not None:
        return address
    return place(evidence.dns[-1].resolver).address if evidence.dns else ""


def _cut_off(case: Case) -> Conclusion | None:
    if not is_silence(case) or answered(case) or case.vantage.proxied:
        return None
    others = unreached(case)
    if not (_is_near_silent(case, others) or _is_resolver_silent(case)):
        return None
    if len(others) + _is_resolver_silent(case) < ENOUGH:
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(CUT_OFF,),
        rule="local.cut-off",
        detail=f"nobody answers this vantage: {len(others)} other places are as silent as the hop",
        element=of_access(case),
        used=tuple(others.values()),
    )


def _is_near_silent(case: Case, others: Mapping[str, Observation]) -> bool:
    """Tell whether every anchor on this side of the border was asked in vain: else it may be the border's trouble."""
    near = [of_anchor(case, one) for one in case.means.anchors if one.where == "domestic"]
    silent = others.values()
    return bool(near) and all(any(one in silent for one in asked) for asked in near)


def _is_resolver_silent(case: Case) -> bool:
    """Tell whether the vantage's resolver is one more place that is silent: it is when the hop is so by its address too."""
    if not is_below(ended_as(case.seen), _RESOLVER_SILENT):
        return False
    own = own_addresses(case)
    return any(went_out(one) and dialled(one.evidence) in own for one in answers(case))


def _alone(case: Case) -> Conclusion | None:
    if not is_silence(case) or answered(case) or not all(of_anchor(case, one) for one in case.means.anchors):
        return None
    silent = [one for one in compared(case).values() if was_unreached(one)]
    if not silent:
        return None
    return Conclusion(
        verdict=Verdict.INSUFFICIENT,
        causes=(case.cause,),
        rule=ALONE_ID,
        detail="whom the failure was to be compared with does not answer either, and too few others are known to tell who"
        " is at fault",
        level=Level.NONE,
        used=tuple(silent),
    )


SILENT_GATEWAY = Rule(
    id="local.gateway",
    says="The kernel asks for the gateway on its link and hears nothing, and nobody far away answers.",
    causes=(GATEWAY,),
    decide=_gateway,
    settles=True,
)
NOBODY = Rule(
    id="local.cut-off",
    says="Every anchor on this side of the border, or else the resolver, is as silent as the hop, and so is another place,"
    " each asked by its address.",
    causes=(CUT_OFF,),
    decide=_cut_off,
    settles=True,
)
ALONE = Rule(
    id=ALONE_ID,
    says="Whoever was asked for comparison does not answer either, and it takes more to tell who is at fault.",
    causes=(),
    decide=_alone,
    settles=True,
)
