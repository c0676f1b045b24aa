"""Whether packets went from a vantage to somebody far away and came back: what one observation tells of that; pure."""

import ipaddress
from collections.abc import Iterable

from probe.model import Evidence, Observation, Outcome, Phase

# Nothing came back, or no more than a router's word that it goes no further.
_UNREACHED = (
    "dns.timeout",
    "dns.resolver_unreachable",
    "tcp.timeout",
    "tcp.unreachable",
    "icmp.timeout",
    "icmp.unreachable",
    "local.gateway_unreachable",
    "local.interface_down",
    "local.network_changed",
    "local.no_route",
)
# By these nobody on the way can answer in the resolver's place.
_ENCRYPTED = ("tls", "https")
# Home networks are no larger; what lies in one needs no gateway.
_NEAR = {4: 24, 6: 64}


def is_below(cause: str, causes: Iterable[str]) -> bool:
    """Tell whether a cause is one of these or below one of them."""
    return any(cause == one or cause.startswith(f"{one}.") for one in causes)


def ended_as(seen: Observation) -> str:
    """Return what a probe itself ended with, whatever was made of it; empty for a success."""
    return "" if seen.failure is None else seen.failure.ended_as or seen.failure.cause


def dialled(evidence: Evidence) -> str | None:
    """Return the address that packets went to; behind a proxy that is the proxy's own affair."""
    for found in (evidence.tcp, evidence.ping, evidence.trace):
        if found is not None:
            return found.address
    return None


def is_verified(evidence: Evidence) -> bool:
    """Tell whether the peer proved who it is: whatever it said then came from the hop itself."""
    tls = evidence.tls
    return tls is not None and tls.version is not None and not tls.verify_code


def has_answered(seen: Observation) -> bool:
    """Tell whether somebody beyond the vantage's own link answered, whoever that was."""
    evidence = seen.evidence
    if _is_near(evidence):
        return False
    if is_verified(evidence) or (evidence.http is not None and evidence.http.status is not None):
        return True
    if any(one.transport in _ENCRYPTED and one.responses for one in evidence.dns):
        return True
    if evidence.proxy is not None or (evidence.tcp is None and evidence.ping is None):
        return (
            False  # a proxy says that it is connected when it likes, and a resolver may be in the next room
        )
    is_connected = any(one.phase in (Phase.CONNECT, Phase.ECHO) for one in seen.timings)
    return is_connected or ended_as(seen) in ("tcp.refused", "tcp.reset")


def was_unreached(seen: Observation) -> bool:
    """Tell whether nothing came back from beyond the link although something was sent, or could not be."""
    if seen.outcome is Outcome.OK or has_answered(seen):
        return False
    return is_below(ended_as(seen), _UNREACHED)


def went_out(seen: Observation) -> bool:
    """Tell whether a probe that was not answered was sent to an address, and did not only fail to learn one."""
    if not was_unreached(seen) or _is_near(seen.evidence):
        return False
    is_by_name = ended_as(seen).startswith("dns.") and seen.evidence.dns
    return not is_by_name or seen.evidence.dns[-1].transport in _ENCRYPTED


def has_silent_gateway(seen: Observation) -> bool:
    """Tell whether the kernel said of itself that the gateway does not answer."""
    return ended_as(seen) == "local.gateway_unreachable"


def _is_near(evidence: Evidence) -> bool:
    """Tell whether the address is this machine's or lies on its own link, as far as an address tells."""
    address = dialled(evidence)
    if address is None:
        return False
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback or parsed.is_link_local:
        return True
    source = next(
        (one.source for one in (evidence.tcp, evidence.ping, evidence.trace) if one is not None), None
    )
    if source is None or (":" in source) != (":" in address):
        return False
    return parsed in ipaddress.ip_network((source, _NEAR[parsed.version]), strict=False)
