"""What a wire does to the packets it carries, as plain data, and the lane that does it."""

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from random import Random

from tests.internet.packet import TCP, UDP, Packet

_PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": 1, "icmpv6": 58}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which packets are meant, all unless given: between these clients and servers, and to these ports of the latter."""

    clients: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    protocol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Scope):
    """What happens to packets; shares and probabilities are 0 to 1, and everything is off unless given.

    `jitter_ms` is uniform to both sides and keeps the order; `reordered` packets are held back instead, so that others
    overtake them. `burst_begins` and `burst_ends` are the two probabilities of Gilbert's model. A queue longer than
    `queue_kb` drops. Above `mtu` a packet vanishes, silently unless `tells_mtu`. Of each flow `stall_after_bytes` pass.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reordered: float = 0.0
    reordered_by_ms: float = 5.0
    loss: float = 0.0
    duplicated: float = 0.0
    corrupted: float = 0.0
    burst_begins: float = 0.0
    burst_ends: float = 0.3
    rate_kbit: float = 0.0
    queue_kb: float = 64.0
    mtu: int = 0
    tells_mtu: bool = False
    stall_after_bytes: int = 0


@dataclass(slots=True)
class Parcel:
    """A packet on its way: when it leaves, and how often."""

    packet: Packet
    raw: bytes
    at: float
    copies: int = 1


class Lane:
    """One profile in force for one direction of a wire, with what it must remember."""

    def __init__(self, profile: Profile, way: int, random: Random, counts: Counter[str]) -> None:
        """Start with an empty road."""
        self.profile = profile
        self._way = way
        self._clients = tuple(ip_network(each) for each in profile.clients)
        self._servers = tuple(ip_network(each) for each in profile.to)
        self._random = random
        self._counts = counts
        self._is_for_all = not (profile.clients or profile.to or profile.ports or profile.protocol)
        self._last = self._free = 0.0
        self._is_bad = False
        self._bytes: Counter[tuple[bytes, int, bytes, int]] = Counter()

    def concerns(self, packet: Packet) -> bool:
        """Say whether the packet is among those meant."""
        scope = self.profile
        if self._is_for_all:
            return True
        ends = (packet.client, packet.server, packet.port_to)
        client, server, port = ends if self._way == 0 else (ends[1], ends[0], packet.port_from)
        return (
            _lies_in(client, self._clients)
            and _lies_in(server, self._servers)
            and (not scope.ports or port in scope.ports)
            and (scope.protocol is None or packet.protocol == _PROTOCOLS[scope.protocol])
        )

    def carry(self, parcel: Parcel) -> bool:
        """Take a parcel along; say whether it got through."""
        return not (self._drops(parcel) or self._overflows(parcel)) and self._arrive(parcel)

    def _drops(self, parcel: Parcel) -> bool:
        reason = self._why_lost(parcel)
        if reason:
            self._counts[reason] += 1
        return bool(reason)

    def _why_lost(self, parcel: Parcel) -> str:
        profile = self.profile
        if profile.mtu and len(parcel.raw) > profile.mtu:
            return "too_big"
        if self._is_in_burst():
            return "lost_in_burst"
        if self._happens(profile.loss):
            return "lost"
        return "stalled" if self._stalls(parcel) else ""

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def _is_in_burst(self) -> bool:
        if self.profile.burst_begins:
            change = self.profile.burst_ends if self._is_bad else self.profile.burst_begins
            self._is_bad ^= self._random.random() < change
        return self._is_bad

    def _stalls(self, parcel: Parcel) -> bool:
        packet, most = parcel.packet, self.profile.stall_after_bytes
        if not most or packet.protocol != TCP:
            return False
        flow = (packet.source, packet.port_from, packet.destination, packet.port_to)
        if self._bytes[flow] + len(parcel.raw) > most:
            return True
        self._bytes[flow] += len(parcel.raw)
        return False

    def _overflows(self, parcel: Parcel) -> bool:
        rate = self.profile.rate_kbit * 125  # bytes a second
        if not rate:
            return False
        start = max(parcel.at, self._free)
        if (start - parcel.at) * rate > self.profile.queue_kb * 1024:
            self._counts["queue_full"] += 1
            return True
        parcel.at = self._free = start + len(parcel.raw) / rate
        return False

    def _arrive(self, parcel: Parcel) -> bool:
        profile = self.profile
        if self._happens(profile.corrupted) and len(parcel.raw) > 40:
            at = self._random.randrange(40, len(parcel.raw))
            parcel.raw = parcel.raw[:at] + bytes([parcel.raw[at] ^ 0x55]) + parcel.raw[at + 1 :]
            self._counts["corrupted"] += 1
        jitter = (2 * self._random.random() - 1) * profile.jitter_ms if profile.jitter_ms else 0.0
        parcel.at = max(parcel.at + (profile.delay_ms + jitter) / 1000, parcel.at)
        if self._happens(profile.reordered):
            self._counts["reordered"] += 1
            parcel.at = max(parcel.at, self._last) + profile.reordered_by_ms / 1000
        else:
            parcel.at = self._last = max(parcel.at, self._last)
        if self._happens(profile.duplicated):
            self._counts["duplicated"] += 1
            parcel.copies += 1
        return True


def _lies_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return not networks or any(ip_address(address) in each for each in networks)
