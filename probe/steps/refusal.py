"""Name what a router said of our packets."""

from typing import Literal

from probe.abc import IcmpError
from probe.cause.failed import ProbeFailed
from probe.wire.icmp import Meaning, meaning

Unreachable = Literal["icmp.unreachable", "tcp.unreachable"]
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
}


def refusal(error: IcmpError, unreachable: Unreachable, source: str | None) -> ProbeFailed:
    """Return the failure that an ICMP error amounts to, as a child of the cause `unreachable` where it can say more.

    When the sender is this machine, its own firewall or a silent neighbour on the link made it.
    """
    means = meaning(error.sender, error.type, error.code)
    is_own = error.sender == source
    sender = "this machine itself" if is_own else error.sender
    detail = f"{sender} {_WORDS[means]} (ICMP {error.type}/{error.code})"
    if is_own and means in (Meaning.ADMIN, Meaning.PORT_CLOSED):
        return ProbeFailed("local.firewall", detail)
    if means is Meaning.TOO_BIG:
        return ProbeFailed("icmp.too_big", f"{detail}; {error.mtu_bytes} bytes fit")
    return ProbeFailed(_CHILDREN[unreachable].get(means, unreachable), detail)
