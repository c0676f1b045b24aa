"""What a response says of the hops that it passed, and who made it; plain frozen data.

All of it is a target's word: bounded and cleaned, evidence and never a label.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyStatus:
    """What one hop says of a response by Proxy-Status (RFC 9209); `hop` is what it calls itself."""

    hop: str
    error: str | None = None
    details: str | None = None
    received_status: int | None = None
    next_hop: str | None = None
    alert_id: int | None = None
    rcode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTiming:
    """One metric of Server-Timing (W3C); without a duration it only says that something was so."""

    name: str
    seconds: float | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Who made a response that is no success, by which rule that is told, and what it amounts to.

    `maker` is a kind of program; `name` is what it calls itself, where it does.
    """

    rule: str
    maker: str
    cause: str
    name: str | None = None
    pop: str | None = None
