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


def is_told(seen: Observation, family: AddressFamily) -> bool:
    """Tell whether the error of a probe by `family` says itself why it could not measure, and that is worth a finding."""
    failure = seen.failure if seen.outcome is Outcome.NOT_MEASURED else None
    if failure is None or failure.ended_as is not None or failure.cause not in _BLAMED:
        return False
    # A network without IPv6 lacks nothing; a name is asked for by whatever way the resolver is reached.
    is_by_ipv6 = family is AddressFamily.IPV6 and failure.phase is not Phase.RESOLVE
    return not (is_by_ipv6 and failure.cause == "local.no_route")


def _decide(case: Case) -> Conclusion | None:
    failure = case.seen.failure
    if failure is None or not is_told(case.seen, case.family) or _is_of_ipv6(case):
        return None
    spelling, verdict = _BLAMED[failure.cause]
    return Conclusion(
        verdict=verdict,
        causes=(failure.cause,),
        rule="local.own",
        detail=failure.detail,
        element=spelling(case),
    )


def _is_of_ipv6(case: Case) -> bool:
    """Tell whether it is IPv6's gateway that is silent, without which a vantage can be well."""
    is_of_name = case.seen.failure is not None and case.seen.failure.phase is Phase.RESOLVE
    is_of_gateway = case.cause == "local.gateway_unreachable"
    return case.family is AddressFamily.IPV6 and is_of_gateway and not is_of_name


OWN = Rule(
    id="local.own",
    says="The error itself is this machine's, its proxy's or its network's own: nothing was asked of the hop.",
    causes=tuple(_BLAMED),
    decide=_decide,
    settles=True,
)
