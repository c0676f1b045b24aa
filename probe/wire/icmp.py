"""The words of ICMP and ICMPv6 (RFC 792, RFC 4443): build and read echoes, and say what an error means; pure."""

import struct
from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto

from probe.abc import IcmpError
from probe.model import Icmp

_ECHO = struct.Struct("!BBHHH")
_REQUEST, _REPLY = {False: 8, True: 128}, {False: 0, True: 129}


class Meaning(Enum):
    """What an ICMP error says of the packet that it quotes."""

    EXPIRED = auto()  # it had passed as many routers as it was allowed to
    PORT_CLOSED = auto()
    TOO_BIG = auto()
    ADMIN = auto()
    UNREACHABLE = auto()
    OTHER = auto()


_MEANINGS = {
    False: {(11, 0): Meaning.EXPIRED, (3, 3): Meaning.PORT_CLOSED, (3, 4): Meaning.TOO_BIG}
    # RFC 1812, 5.2.7.1: the codes by which a policy forbids.
    | dict.fromkeys([(3, 9), (3, 10), (3, 13)], Meaning.ADMIN),
    True: {(3, 0): Meaning.EXPIRED, (1, 4): Meaning.PORT_CLOSED, (2, 0): Meaning.TOO_BIG}
    # RFC 4443, 3.1: forbidden, against the policy for the source, a route that rejects.
    | dict.fromkeys([(1, 1), (1, 5), (1, 6)], Meaning.ADMIN),
}
_UNREACHABLE = {False: 3, True: 1}


def meaning(sender: str, kind: int, code: int) -> Meaning:
    """Say what an error of that type and code means; the sender's address tells of which of the two protocols it is."""
    is_ipv6 = ":" in sender
    if found := _MEANINGS[is_ipv6].get((kind, code)):
        return found
    return Meaning.UNREACHABLE if kind == _UNREACHABLE[is_ipv6] else Meaning.OTHER


def summed(errors: Sequence[IcmpError]) -> tuple[Icmp, ...]:
    """Return what was said, each sender's word once."""
    if not errors:  # nearly always
        return ()
    kinds = Counter((one.sender, one.type, one.code) for one in errors)
    return tuple(
        Icmp(sender=sender, type=kind, code=code, count=count)
        for (sender, kind, code), count in kinds.items()
    )


def echo_request(identifier: int, sequence: int, payload: bytes, *, is_ipv6: bool) -> bytes:
    """Return an echo request; the checksum of ICMPv6 covers addresses too and is left to the kernel."""
    head = _ECHO.pack(_REQUEST[is_ipv6], 0, 0, identifier, sequence)
    checksum = 0 if is_ipv6 else internet_checksum(head + payload)
    return _ECHO.pack(_REQUEST[is_ipv6], 0, checksum, identifier, sequence) + payload


def read_echo(message: bytes, *, is_ipv6: bool, is_reply: bool = True) -> tuple[int, int, bytes] | None:
    """Return identifier, sequence and payload of an echo reply, or of a request of ours that is quoted; else None."""
    if len(message) < _ECHO.size:
        return None
    kind, code, _, identifier, sequence = _ECHO.unpack_from(message)
    if code or kind != (_REPLY if is_reply else _REQUEST)[is_ipv6]:
        return None
    return identifier, sequence, message[_ECHO.size :]


def without_ip_header(packet: bytes) -> bytes:
    """Return what an IPv4 packet carries."""
    return packet[(packet[0] & 0x0F) * 4 :] if packet else b""


def internet_checksum(data: bytes) -> int:
    """Return the checksum of RFC 1071."""
    return ~ones_complement_sum(data) & 0xFFFF


def ones_complement_sum(data: bytes) -> int:
    """Add up 16-bit words, carries included (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
