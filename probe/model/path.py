"""What a probe saw of the path to a hop: echoes, distances, routers, packet sizes; plain frozen data.

An address here is evidence and never a label. Times are seconds; the size of a packet counts its headers.
"""

from dataclasses import dataclass

from probe.model.vocabulary import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Icmp:
    """ICMP errors of one kind from one sender (RFC 792, RFC 4443): who refused packets of ours, and why."""

    sender: str
    type: int
    code: int
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftError:
    """What ICMP made of an open connection: the system's name of the error, how often, how long after we last sent.

    The kernel tells neither the sender nor the type.
    """

    errno: str
    count: int
    after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMtu:
    """How large a packet may be: what passed, who refused a larger one, what size vanished without a word."""

    bytes: int
    told_by: str | None = None
    vanished_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PingReply:
    """One echo that came back: to which packet, how long it took, and the TTL that it arrived with."""

    number: int
    seconds: float
    stamp: Stamp
    ttl: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Echo requests to one address; what was sent is what was received, lost, or still in flight at the end."""

    address: str
    socket: str
    size_bytes: int
    source: str | None = None
    sent: int = 0
    received: int = 0
    lost: int = 0
    in_flight: int = 0
    late: int = 0
    duplicates: int = 0
    reordered: int = 0
    mismatched: int = 0
    replies: tuple[PingReply, ...] = ()
    errors: tuple[Icmp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceHop:
    """What answered at one distance; several addresses mean several ways, none means that nobody says anything there."""

    ttl: int
    sent: int
    answered: int = 0
    addresses: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    stamp: Stamp = Stamp.KERNEL
    errors: tuple[Icmp, ...] = ()
    is_translated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The path to one address as its routers tell it; `target_ttl` is the distance at which the target itself answered."""

    protocol: str
    address: str
    port: int
    flow: str
    ended: str
    packets: int
    source: str | None = None
    source_port: int | None = None
    target_ttl: int | None = None
    answer: str | None = None
    unattributed: int = 0
    hops: tuple[TraceHop, ...] = ()
    mtu: PathMtu | None = None
