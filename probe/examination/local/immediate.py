"""What a probe's own error already tells of the vantage: no control could tell more; pure."""

from collections.abc import Callable, Mapping

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.model import AddressFamily, Observation, Outcome, Phase, Verdict
from probe.model.element import access, agent, proxy

Spelling = Callable[[Case], str]


def of_access(case: Case) -> str:
    """Blame the vantage's own network."""
    return access(case.vantage.name)


def of_agent(case: Case) -> str:
    """Blame the machine that looks."""
    return agent(case.seen.identity.agent)


def of_proxy(case: Case) -> str:
    """Blame the vantage's local proxy."""
    return proxy(case.vantage.name)


# What is left out is no trouble (a family that nobody needs), passes by itself, or is how the vantage was configured.
_BLAMED: Mapping[str, tuple[Spelling, Verdict]] = {
    "local.interface_down": (of_access, Verdict.DOWN),
    "local.no_route": (of_access, Verdict.DOWN),
    "local.gateway_unreachable": (of_access, Verdict.DOWN),
    "local.no_resolver": (of_access, Verdict.DOWN),
    "local.firewall": (of_agent, Verdict.DOWN),
    "local.resource": (of_agent, Verdict.DOWN),
    "local.proxy_broken": (of_proxy, Verdict.DOWN),
    "local.proxy_auth": (of_proxy, Verdict.DOWN),
    "local.proxy_denied": (of_proxy, Verdict.DOWN),
    # These keep us from looking, and nobody else from being served.
    "local.fake_ip": (of_proxy, Verdict.INSUFFICIENT),
    "local.wrong_uplink": (of_agent, Verdict.INSUFFICIENT),
    "local.trust_store": (of_agent, Verdict.INSUFFICIENT),
    "local.secret": (of_agent, Verdict.INSUFFICIENT),
}
# Without a way out by IPv6 a vantage lacks nothing that it needs.
_OF_A_FAMILY = ("local.no_route", "local.gateway_unreachable")


def is_told(seen: Observation) -> bool:
    """Tell whether a probe's own error says that it was kept from measuring, by something that is worth a finding."""
    failure = seen.failure if seen.outcome is Outcome.NOT_MEASURED else None
    return failure is not None and failure.ended_as is None and failure.cause in _BLAMED


def _decide(case: Case) -> Conclusion | None:
    failure = case.seen.failure
    if failure is None or not is_told(case.seen) or _is_needless(case):
        return None
    spelling, verdict = _BLAMED[failure.cause]
    return Conclusion(
        verdict=verdict,
        causes=(failure.cause,),
        rule="local.own",
        detail=failure.detail,
        element=spelling(case),
    )


def _is_needless(case: Case) -> bool:
    """Tell whether only IPv6 lacks a way out; a name is asked for by whatever way the resolver is reached."""
    is_of_name = case.seen.failure is not None and case.seen.failure.phase is Phase.RESOLVE
    return case.family is AddressFamily.IPV6 and case.cause in _OF_A_FAMILY and not is_of_name


OWN = Rule(
    id="local.own",
    says="The error itself is this machine's, its proxy's or its network's own: nothing was asked of the hop.",
    causes=tuple(_BLAMED),
    decide=_decide,
    settles=True,
)
