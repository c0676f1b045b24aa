"""Find the name that a connection or query is about, as a censor does: SNI, Host header or question; pure."""

import struct
from enum import Enum

import dns.exception
import dns.message
import dns.rdatatype

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 0x16, 1, 0
_METHODS = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE ", b"PATCH ")
_LONGEST_HEAD = 8192


class Sight(Enum):
    """What has been seen of a stream when it is no name: nothing will come, or more bytes are needed."""

    NOTHING = "nothing"
    UNFINISHED = "unfinished"


def server_name(stream: bytes) -> str | Sight:
    """Return the server name of a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3)."""
    if not stream:
        return Sight.UNFINISHED
    if stream[0] != _HANDSHAKE:
        return Sight.NOTHING
    hello = _joined_records(stream)
    if len(hello) < 4 or len(hello) < 4 + int.from_bytes(hello[1:4], "big"):
        return Sight.UNFINISHED
    if hello[0] != _CLIENT_HELLO:
        return Sight.NOTHING
    try:
        return _name_in(hello)
    except (struct.error, IndexError):
        return Sight.NOTHING


def _joined_records(stream: bytes) -> bytes:
    """Put together a handshake message that is spread over several records."""
    joined, at = b"", 0
    while at + 5 <= len(stream) and stream[at] == _HANDSHAKE:
        length = int.from_bytes(stream[at + 3 : at + 5], "big")
        joined += stream[at + 5 : at + 5 + length]
        at += 5 + length
    return joined


def _name_in(hello: bytes) -> str | Sight:
    at = 4 + 2 + 32  # message header, version, random
    at += 1 + hello[at]  # session id
    at += 2 + struct.unpack_from("!H", hello, at)[0]  # cipher suites
    at += 1 + hello[at]  # compression
    end = at + 2 + struct.unpack_from("!H", hello, at)[0]
    at += 2
    while at + 4 <= end:
        kind, length = struct.unpack_from("!HH", hello, at)
        at += 4
        if kind == _SERVER_NAME:
            long = struct.unpack_from("!H", hello, at + 3)[0]
            return hello[at + 5 : at + 5 + long].decode("ascii", "replace").lower()
        at += length
    return Sight.NOTHING


def http_host(stream: bytes) -> str | Sight:
    """Return the Host of an HTTP/1.1 request, without its port."""
    if not stream:
        return Sight.UNFINISHED
    if not stream.startswith(_METHODS):
        return Sight.NOTHING
    head, ended, _ = stream.partition(b"\r\n\r\n")
    if not ended:
        return Sight.UNFINISHED if len(stream) < _LONGEST_HEAD else Sight.NOTHING
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"host":
            return value.strip().decode("latin-1").partition(":")[0].lower()
    return Sight.NOTHING


def query(message: bytes) -> dns.message.Message | None:
    """Return the DNS query that a datagram holds, if any."""
    try:
        found = dns.message.from_wire(message)
    except (dns.exception.DNSException, ValueError):
        return None
    return found if len(found.question) == 1 and not found.answer else None


def question(message: dns.message.Message) -> tuple[str, str]:
    """Return the name and the record type that a query asks for."""
    asked = message.question[0]
    return asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
