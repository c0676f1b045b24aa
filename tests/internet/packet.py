"""Read and forge the IP, TCP and UDP packets that pass through the box; pure."""

import struct
from enum import IntFlag
from ipaddress import ip_address
from random import getrandbits

TCP, UDP = 6, 17
_ICMP, _ICMP6 = 1, 58
_USUAL_TTL = 64
_WINDOW = 8192
_MOST_QUOTED_BYTES = 1232


class Flag(IntFlag):
    """The flags of a TCP segment."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16


class Packet:
    """The fields of one IPv4 or IPv6 packet that the box looks at."""

    __slots__ = (
        "acknowledged", "destination", "flags", "header_bytes", "payload_at", "port_from", "port_to", "protocol",
        "raw", "sequence", "source", "version",
    )  # fmt: skip

    def __init__(self, raw: bytes) -> None:
        """Take it apart; raise ValueError or IndexError when it is none."""
        self.raw = raw
        self.version = raw[0] >> 4
        self.port_from = self.port_to = self.sequence = self.acknowledged = 0
        self.flags = Flag(0)
        self.payload_at = len(raw)
        if self.version == 4:
            self._read_ipv4(raw)
        elif self.version == 6:
            # Extension headers are not followed: such a packet is of some other protocol.
            self.header_bytes, self.protocol = 40, raw[6]
            self.source, self.destination = raw[8:24], raw[24:40]
        else:
            raise ValueError("neither IPv4 nor IPv6")
        self._read_ports(raw, self.header_bytes)

    def _read_ipv4(self, raw: bytes) -> None:
        self.header_bytes, self.protocol = (raw[0] & 15) * 4, raw[9]
        self.source, self.destination = raw[12:16], raw[16:20]
        if int.from_bytes(raw[6:8], "big") & 0x1FFF:
            self.protocol = -1  # a later fragment: no ports in it

    def _read_ports(self, raw: bytes, start: int) -> None:
        if self.protocol == TCP and len(raw) >= start + 20:
            fields = struct.unpack_from("!HHIIBB", raw, start)
            self.port_from, self.port_to, self.sequence, self.acknowledged = fields[:4]
            self.flags = Flag(fields[5] & 31)
            self.payload_at = start + (fields[4] >> 4) * 4
        elif self.protocol == UDP and len(raw) >= start + 8:
            self.port_from, self.port_to = struct.unpack_from("!HH", raw, start)
            self.payload_at = start + 8

    @property
    def payload(self) -> bytes:
        """What TCP or UDP carries."""
        return self.raw[self.payload_at :]

    @property
    def client(self) -> str:
        """The source address, as text."""
        return str(ip_address(self.source))

    @property
    def server(self) -> str:
        """The destination address, as text."""
        return str(ip_address(self.destination))

    @property
    def next_sequence(self) -> int:
        """The sequence number of what the sender would send next."""
        return (self.sequence + len(self.raw) - self.payload_at + bool(self.flags & Flag.SYN)) % 2**32


def segment_back(
    to: Packet, flags: Flag, *, sequence: int, payload: bytes = b"", ttl: int = _USUAL_TTL
) -> bytes:
    """Forge a segment to the sender of a packet, as if by its receiver."""
    ports = (to.port_to, to.port_from)
    body = _segment(ports, sequence, to.next_sequence, flags, payload)
    return _wrapped(to.version, to.destination, to.source, TCP, body, ttl)


def segment_on(after: Packet, flags: Flag, *, sequence: int, ttl: int = _USUAL_TTL) -> bytes:
    """Forge a segment to the receiver of a packet, as if by its sender."""
    body = _segment((after.port_from, after.port_to), sequence, after.acknowledged, flags, b"")
    return _wrapped(after.version, after.source, after.destination, TCP, body, ttl)


def datagram_back(to: Packet, payload: bytes, ttl: int = _USUAL_TTL) -> bytes:
    """Forge a datagram to the sender of a packet, as if by its receiver."""
    body = struct.pack("!HHHH", to.port_to, to.port_from, 8 + len(payload), 0) + payload
    return _wrapped(to.version, to.destination, to.source, UDP, body, ttl)


def too_big(packet: Packet, mtu: int) -> bytes | None:
    """Forge the ICMP message for a packet above the MTU; None when it may be fragmented and so none is due."""
    if packet.version == 6:
        body = struct.pack("!BBHI", 2, 0, 0, mtu) + packet.raw[:_MOST_QUOTED_BYTES]
        return _wrapped(6, packet.destination, packet.source, _ICMP6, body, _USUAL_TTL)
    if not packet.raw[6] & 0x40:
        return None
    body = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + packet.raw[: packet.header_bytes + 8]
    return _wrapped(4, packet.destination, packet.source, _ICMP, body, _USUAL_TTL)


def _segment(ports: tuple[int, int], sequence: int, acknowledged: int, flags: Flag, payload: bytes) -> bytes:
    numbers = (sequence % 2**32, acknowledged % 2**32)
    return struct.pack("!HHIIBBHHH", *ports, *numbers, 0x50, flags, _WINDOW, 0, 0) + payload


# Where the checksum of each protocol lies.
_CHECKSUM_AT = {TCP: 16, UDP: 6, _ICMP: 2, _ICMP6: 2}


def _wrapped(version: int, source: bytes, destination: bytes, protocol: int, body: bytes, ttl: int) -> bytes:
    length = len(body)
    if version == 4:
        covered = source + destination + struct.pack("!BBH", 0, protocol, length)
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, getrandbits(16), 0, ttl, protocol, 0)
        head = _summed(head + source + destination, 10, b"")
    else:
        covered = source + destination + struct.pack("!IHBB", length, 0, 0, protocol)
        head = struct.pack("!IHBB", 0x6000_0000, length, protocol, ttl) + source + destination
    return head + _summed(body, _CHECKSUM_AT[protocol], b"" if protocol == _ICMP else covered)


def _summed(body: bytes, at: int, covered: bytes) -> bytes:
    total = _checksum(covered + body)
    return body[:at] + total.to_bytes(2, "big") + body[at + 2 :]


def _checksum(octets: bytes) -> int:
    """Sum up as RFC 1071 says; a sum of zero is sent as all ones, which for UDP must be so and else may be."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF or 0xFFFF
