"""Read from an observation how far its connection came, how long the answer took, and from whom it can have come; pure."""

import ipaddress
from collections.abc import Mapping
from enum import StrEnum

from probe.examination.element import is_below
from probe.model import OWN_LAYERS, Layer, Observation, Phase, Stamp

# No answer of the peer's own can come sooner than its packets take; a nearer one forges it.
_SOONER = 0.8
# What the clocks of both figures may be wrong by together.
_SURELY_SECONDS = 0.002


class Met(StrEnum):
    """What a connection met with, from the first packet on."""

    UNANSWERED = "unanswered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNACKED = "unacked"
    SILENT = "silent"
    RESET = "reset"
    CLOSED = "closed"
    ANSWERED = "answered"


# What ended a connection attempt before it was open.
AT_THE_DOOR = frozenset({Met.UNANSWERED, Met.REFUSED, Met.UNREACHABLE})
# What ended an open connection before the first answer.
CUT_OFF = frozenset({Met.RESET, Met.CLOSED, Met.UNACKED})
_BY_CAUSE: Mapping[str, Met] = {
    "tcp.refused": Met.REFUSED,
    "tcp.timeout": Met.UNANSWERED,
    "tcp.unreachable": Met.UNREACHABLE,
    "tcp.reset_on_data": Met.RESET,
    "tcp.reset": Met.REFUSED,
    "tcp.closed": Met.CLOSED,
    "tls.reset": Met.RESET,
    "tls.closed": Met.CLOSED,
    "http.reset": Met.RESET,
    "http.closed": Met.CLOSED,
}
_NO_ANSWER = ("tls.timeout", "tcp.silent", "http.timeout.first_byte")
_SAYS_NOTHING = frozenset({*OWN_LAYERS, Layer.DNS, Layer.ICMP, Layer.META})


def met(seen: Observation | None) -> Met | None:
    """Return what the connection met with; None where nothing is known of it.

    It is answered when a byte of the peer came, or, where nothing was sent, when it opened.
    """
    if seen is None:
        return None
    failure = seen.failure
    if failure is None:
        return Met.ANSWERED
    if failure.layer in _SAYS_NOTHING or failure.cause == "tcp.failed":
        return None
    if is_answered(seen):
        return Met.ANSWERED
    if is_below(failure.cause, _NO_ANSWER):
        return _unanswered_bytes(seen)
    for cause, found in _BY_CAUSE.items():
        if is_below(failure.cause, (cause,)):
            return found
    return Met.ANSWERED


def is_answered(seen: Observation) -> bool:
    """Tell whether the peer answered what we said: with a ServerHello or an alert, a status, or bytes of any protocol."""
    tls, http, tcp = seen.evidence.tls, seen.evidence.http, seen.evidence.tcp
    if http is not None and seen.failure is not None and seen.failure.phase in (Phase.CONNECT, Phase.TLS):
        return False  # that answer was of the place that led here
    if tls is not None and (tls.server_hello or tls.alert or tls.chain):
        return seen.failure is None or seen.failure.phase is Phase.TLS or _has_status(seen)
    return _has_status(seen) or (tls is None and tcp is not None and tcp.first_bytes is not None)


def _has_status(seen: Observation) -> bool:
    return seen.evidence.http is not None and seen.evidence.http.status is not None


def _unanswered_bytes(seen: Observation) -> Met | None:
    if (acked := is_acked(seen)) is None:
        return None
    return Met.SILENT if acked else Met.UNACKED


def is_acked(seen: Observation) -> bool | None:
    """Tell whether a byte that we sent was acknowledged; the kernel counts the SYN as one."""
    tcp = seen.evidence.tcp
    if tcp is None or tcp.info is None or tcp.info.bytes_acked is None:
        return None
    return tcp.info.bytes_acked > 1


def has_gap(seen: Observation) -> bool:
    """Tell whether segments came behind one that is missing."""
    tcp = seen.evidence.tcp
    return tcp is not None and tcp.info is not None and bool(tcp.info.out_of_order_segments)


def is_through(seen: Observation) -> bool:
    """Tell whether the peer's whole first flight came: its certificate, or without TLS its status."""
    tls = seen.evidence.tls
    if tls is not None:
        return bool(tls.chain or tls.version or tls.alert)
    return seen.failure is None or _has_status(seen)


def round_trip(seen: Observation | None) -> float | None:
    """Return how long a packet to the peer and its answer take, by the handshake of TCP; None where nobody knows."""
    if seen is None:
        return None
    for timing in seen.timings:
        if timing.phase is Phase.CONNECT and timing.stamp is Stamp.KERNEL:
            return timing.seconds
    failure = seen.failure
    if failure is not None and failure.phase is Phase.CONNECT and met(seen) is Met.REFUSED:
        return failure.after_seconds  # a closed port's refusal takes as long as an open one's consent
    info = seen.evidence.tcp.info if seen.evidence.tcp else None
    return info.min_rtt_seconds if info is not None else None


def end_seconds(seen: Observation) -> float | None:
    """Return how long after what we last sent the connection ended: an upper bound, because we may have been slow."""
    if seen.failure is None:
        return None
    tls = seen.evidence.tls
    if seen.failure.phase is Phase.TLS and tls is not None:
        return tls.unanswered_seconds
    return seen.failure.after_seconds


def is_sooner(seconds: float | None, than: float | None) -> bool:
    """Tell whether something came sooner than the peer itself can have sent it, whose packets take `than`."""
    if seconds is None or than is None:
        return False
    return seconds < _SOONER * than and than - seconds > _SURELY_SECONDS


def is_ended_by_peer(seen: Observation) -> bool:
    """Tell whether an open connection was ended after our bytes had been acknowledged, which the peer does."""
    return met(seen) in (Met.RESET, Met.CLOSED) and bool(is_acked(seen))


def are_neighbours(one: str, other: str) -> bool:
    """Tell whether two addresses lie so near that they are reached by the same route: the shortest prefix that is announced."""
    first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    if first.version != second.version or first == second:
        return False
    # Longer prefixes than these are not accepted between networks (RFC 7454, 6.1.3).
    length = 24 if first.version == 4 else 48
    return second in ipaddress.ip_network(f"{one}/{length}", strict=False)
