"""Name what a router said of our packets."""

from typing import Literal

from probe.abc import IcmpError
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import name
from probe.wire.errors import WireError
from probe.wire.icmp import Meaning, meaning

Unreachable = Literal["icmp.unreachable", "tcp.unreachable", "dns.resolver_unreachable"]
_WORDS = {
    Meaning.EXPIRED: "dropped it after too many hops, as in a circle",
    Meaning.PORT_CLOSED: "says that nothing answers there",
    Meaning.TOO_BIG: "says that it is too large",
    Meaning.ADMIN: "says that policy forbids it",
    Meaning.UNREACHABLE: "says that it cannot be delivered",
    Meaning.OTHER: "refused it",
}
_CHILDREN = {
    "icmp.unreachable": {Meaning.ADMIN: "icmp.unreachable.admin", Meaning.EXPIRED: "icmp.unreachable.loop"},
    "tcp.unreachable": {Meaning.ADMIN: "tcp.unreachable.admin", Meaning.EXPIRED: "tcp.unreachable.loop"},
    "dns.resolver_unreachable": {},
}


def refusal(
    attempt: Attempt, error: IcmpError, unreachable: Unreachable, *, target: str, source: str | None
) -> ProbeFailed:
    """Return the failure that an ICMP error about packets to `target` amounts to, below `unreachable` where it says more.

    When the sender is this machine, its own firewall or a silent neighbour on the link made it.
    """
    means = meaning(error.sender, error.type, error.code)
    is_own = error.sender == source != target
    if is_own and means is Meaning.UNREACHABLE:
        return _silent_neighbour(attempt, unreachable, target, source)
    sender = "this machine itself" if is_own else error.sender
    detail = f"{sender} {_WORDS[means]} (ICMP {error.type}/{error.code})"
    if is_own and means in (Meaning.ADMIN, Meaning.PORT_CLOSED):
        return ProbeFailed("local.firewall", detail)
    if means is Meaning.TOO_BIG:
        return ProbeFailed("icmp.too_big", f"{detail}; {error.mtu_bytes} bytes fit")
    return ProbeFailed(_CHILDREN[unreachable].get(means, unreachable), detail)


def explained(
    attempt: Attempt,
    error: WireError,
    said: IcmpError | None,
    unreachable: Unreachable,
    *,
    target: str,
    source: str | None,
) -> Exception:
    """Return what to raise for an error of a socket: what was `said` and by whom, or the error itself where that tells all."""
    if said is None:
        return error
    failure = refusal(attempt, said, unreachable, target=target, source=source)
    if meaning(said.sender, said.type, said.code) is not Meaning.PORT_CLOSED or failure.cause != unreachable:
        return failure
    if said.sender == target:
        return error
    return ProbeFailed(name(error, attempt.phase_open)[0], failure.detail)


def _silent_neighbour(
    attempt: Attempt, unreachable: Unreachable, target: str, source: str | None
) -> ProbeFailed:
    """Name what Linux says of itself when nobody on the link has the address that it sends to (ARP, RFC 4861)."""
    gateway = attempt.dialer.gateway(target, source)
    if gateway is None:
        return ProbeFailed(unreachable, f"nobody on this machine's own link answers for {target}")
    return ProbeFailed("local.gateway_unreachable", f"the gateway {gateway} does not answer on its own link")
