"""A path of routers that a test describes, played on a TUN device in a network namespace of its own.

Everything beyond the device is made up here, packet by packet, on the test's own event loop; the sockets that probe it
are the kernel's. What each router and the target do is plain data.
"""

import asyncio
import fcntl
import itertools
import os
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from probe.wire.icmp import internet_checksum
from tests.internet import namespace

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SOURCE, SOURCE6 = "198.18.77.2", "2001:db8:77::2"
TARGET, TARGET6 = "203.0.113.9", "2001:db8:99::9"
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
_numbers = itertools.count(1)


def never(_number: int) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """One router: how far, how talkative, and what it does to what it forwards (counted from 0)."""

    seconds: float = 0.004
    is_silent: bool = False
    answers: int | None = None  # it says so much and no more
    quotes: int | None = None  # bytes that it quotes behind the IP header
    parallel: int = 1  # so many share this place, by the ports of a packet
    refuses: tuple[int, int] | None = None  # ICMP type and code for what it should forward
    drops: Callable[[int], bool] = never
    mtu: int = 1500
    tells_mtu: bool = True
    rewrites: bool = False  # those behind it quote a checksum that is not ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One reply to an echo request; what it is changed by comes last."""

    after: float = 0.0
    change: Callable[[bytes], bytes] = bytes
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The routers, nearest first, and what is behind them."""

    routers: tuple[Router, ...] = (Router(), Router(), Router())
    circle: int = 0  # packets run round among so many of the last routers
    seconds: float = 0.010
    tcp: str = "open"  # or closed, silent
    udp: str = "closed"  # or answers, silent
    udp_answers: int | None = None  # the target tells so often that the port is closed
    udp_refill: float = 0.0  # and once more whenever so many seconds are over, as Linux does
    copies: int = 1  # so often it says each thing
    echoes: Callable[[int], Sequence[Echo]] = lambda _number: (Echo(),)

    def router(self, ttl: int) -> Router | None:
        """The router at a distance, or None where the target is."""
        if ttl <= len(self.routers):
            return self.routers[ttl - 1]
        return self.routers[self.place(ttl)] if self.circle else None

    def place(self, ttl: int) -> int:
        """Which of the routers stands there."""
        beyond = ttl - len(self.routers) - 1
        return ttl - 1 if beyond < 0 else len(self.routers) - self.circle + beyond % self.circle


def address_of(place: int, *, is_ipv6: bool = False, parallel: int = 0) -> str:
    """The address of the router at that place, counted from 0, and of which of those in parallel."""
    number = f"{place + 1}{parallel or ''}"
    return f"2001:db8:88::{number}" if is_ipv6 else f"198.18.88.{number}"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it left us."""

    raw: bytes

    @property
    def is_ipv6(self) -> bool:
        return self.raw[0] >> 4 == 6

    @property
    def ttl(self) -> int:
        return self.raw[7] if self.is_ipv6 else self.raw[8]

    @property
    def protocol(self) -> int:
        return self.raw[6] if self.is_ipv6 else self.raw[9]

    @property
    def source(self) -> bytes:
        return self.raw[8:24] if self.is_ipv6 else self.raw[12:16]

    @property
    def target(self) -> bytes:
        return self.raw[24:40] if self.is_ipv6 else self.raw[16:20]

    @property
    def header(self) -> bytes:
        return self.raw[: 40 if self.is_ipv6 else 20]

    @property
    def body(self) -> bytes:
        return self.raw[len(self.header) :]

    @property
    def label(self) -> bytes:
        """The flow label of IPv6, by which routers share load too."""
        return self.raw[1:4] if self.is_ipv6 else b""

    @property
    def ports(self) -> tuple[int, int]:
        source, target = struct.unpack_from("!HH", self.body)
        return source, target


class Stage:
    """A namespace with a TUN device, on which worlds are played one after the other."""

    def __init__(self, name: str, device: int) -> None:
        self.name = name
        self._device = device
        self.world = World()
        self.sent: list[Packet] = []
        self.happened: Counter[str] = Counter()
        self._words = 0.0
        self._told_at: float | None = None

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket whose packets go out there; this makes it a way out, as a vantage's."""
        with namespace.inside(self.name):
            return socket.socket(family, kind, protocol)

    @property
    def record_types(self) -> tuple[str, ...]:
        return "A", "AAAA"

    proxy = None

    def own_resolvers(self) -> tuple[str, ...]:
        return ()

    @contextmanager
    def playing(self, world: World) -> Iterator["Stage"]:
        """Let `world` be what is behind the device."""
        self.world, self.sent, self.happened = world, [], Counter()
        self._words, self._told_at = float(world.udp_answers or 0), None
        while self._read() is not None:
            pass
        loop = asyncio.get_running_loop()
        loop.add_reader(self._device, self._take)
        try:
            yield self
        finally:
            loop.remove_reader(self._device)
            while (raw := self._read()) is not None:
                self._note(raw)

    def _read(self) -> bytes | None:
        try:
            return os.read(self._device, 65_536)
        except BlockingIOError:
            return None

    def _take(self) -> None:
        while (raw := self._read()) is not None:
            if (packet := self._note(raw)) is not None:
                self._forward(packet)

    def _note(self, raw: bytes) -> Packet | None:
        packet = Packet(raw)
        # IPv6 looks for neighbours and routers by itself.
        if packet.protocol in (ICMP, TCP, UDP) or (packet.protocol == ICMP6 and packet.body[0] == 128):
            self.sent.append(packet)
            return packet
        return None

    def _count(self, what: str) -> int:
        self.happened[what] += 1
        return self.happened[what] - 1

    def _forward(self, packet: Packet) -> None:
        is_rewritten = False
        for ttl in range(1, packet.ttl + 1):
            router = self.world.router(ttl)
            if router is None:
                self._arrive(packet)
                return
            if ttl == packet.ttl:
                self._say(
                    router, ttl, packet, (3, 0) if packet.is_ipv6 else (11, 0), is_rewritten=is_rewritten
                )
                return
            if router.refuses is not None:
                self._say(router, ttl, packet, router.refuses)
                return
            if len(packet.raw) > router.mtu:
                if router.tells_mtu:
                    self._say(router, ttl, packet, (2, 0) if packet.is_ipv6 else (3, 4), router.mtu)
                return
            if router.drops(self._count(f"forwarded by {ttl}")):
                self._count("dropped")
                return
            is_rewritten |= router.rewrites

    def _say(
        self,
        router: Router,
        ttl: int,
        packet: Packet,
        word: tuple[int, int],
        number: int = 0,
        *,
        is_rewritten: bool = False,
    ) -> None:
        said = self._count(f"said by {ttl}")
        if router.is_silent or (router.answers is not None and said >= router.answers):
            return
        place = self.world.place(ttl)
        parallel = sum(packet.ports) % router.parallel if packet.protocol in (TCP, UDP) else 0
        sender = address_of(place, is_ipv6=packet.is_ipv6, parallel=parallel)
        body = packet.body if router.quotes is None else packet.body[: router.quotes]
        if is_rewritten and packet.protocol == TCP:
            body = body[:16] + bytes([body[16] ^ 0x55, body[17]]) + body[18:]
        quoted = (packet.header + body)[: 1232 if packet.is_ipv6 else 548]
        seconds = router.seconds
        self._reply(seconds, error(packet, sender, word, number, quoted))

    def _reply(self, seconds: float, raw: bytes) -> None:
        asyncio.get_running_loop().call_later(seconds, os.write, self._device, raw)

    def _arrive(self, packet: Packet) -> None:
        match packet.protocol:
            case 17:
                self._udp(packet)
            case 6:
                self._tcp(packet)
            case _:
                self._echo(packet)

    def _udp(self, packet: Packet) -> None:
        self._count("datagrams")
        if self.world.udp == "answers":
            source, target = packet.ports
            datagram = struct.pack("!HHHH", target, source, 12, 0) + b"here"
            for _ in range(self.world.copies):
                self._reply(self.world.seconds, back(packet, UDP, datagram, checksum_at=6))
        if self.world.udp == "closed" and self._may_tell():
            itself = socket.inet_ntop(socket.AF_INET6 if packet.is_ipv6 else socket.AF_INET, packet.target)
            word = (1, 4) if packet.is_ipv6 else (3, 3)
            for _ in range(self.world.copies):
                self._reply(self.world.seconds, error(packet, itself, word, 0, packet.raw[:548]))

    def _may_tell(self) -> bool:
        """Take one of the words that the target has left, if it counts them."""
        if self.world.udp_answers is None:
            return True
        now = asyncio.get_running_loop().time()
        since, self._told_at = now - (self._told_at or now), now
        more = since / self.world.udp_refill if self.world.udp_refill else 0.0
        self._words = min(self._words + more, self.world.udp_answers)
        has_one = self._words >= 1
        self._words -= has_one
        return has_one

    def _tcp(self, packet: Packet) -> None:
        source, target, sequence, _, _, flags = struct.unpack_from("!HHIIBB", packet.body)
        if flags & 0x17 != 0x02 or self.world.tcp == "silent":
            return
        self._count("SYNs")
        answer = 0x12 if self.world.tcp == "open" else 0x14
        segment = struct.pack(
            "!HHIIBBHHH", target, source, 7, sequence + 1 & 0xFFFFFFFF, 0x50, answer, 64_000, 0, 0
        )
        self._reply(self.world.seconds, back(packet, TCP, segment, checksum_at=16))

    def _echo(self, packet: Packet) -> None:
        for echo in self.world.echoes(self._count("echoes")):
            message = (
                bytes([129 if packet.is_ipv6 else 0])
                + packet.body[1:2]
                + b"\0\0"
                + echo.change(packet.body[4:])
            )
            raw = back(packet, packet.protocol, message, checksum_at=2, sender=echo.sender)
            self._reply(self.world.seconds + echo.after, raw)


def error(packet: Packet, sender: str, word: tuple[int, int], number: int, quoted: bytes) -> bytes:
    """An ICMP error about a packet, which quotes it."""
    message = struct.pack("!BBHI", *word, 0, number) + quoted
    return back(packet, ICMP6 if packet.is_ipv6 else ICMP, message, checksum_at=2, sender=sender)


def back(packet: Packet, protocol: int, body: bytes, *, checksum_at: int, sender: str | None = None) -> bytes:
    """A packet that comes back for one of ours, with its checksums."""
    family = socket.AF_INET6 if packet.is_ipv6 else socket.AF_INET
    source = packet.target if sender is None else socket.inet_pton(family, sender)
    target = packet.source
    pseudo = b"" if protocol == ICMP else source + target + struct.pack("!II", len(body), protocol)
    checksum = internet_checksum(pseudo + body) or 0xFFFF
    body = body[:checksum_at] + checksum.to_bytes(2, "big") + body[checksum_at + 2 :]
    if packet.is_ipv6:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, 61) + source + target + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 61, protocol, 0) + source + target
    return head[:10] + internet_checksum(head).to_bytes(2, "big") + head[12:] + body


@contextmanager
def stage() -> Iterator[Stage]:
    """Set the namespace and its device up, and take them away."""
    name = f"hwpath{os.getpid()}-{next(_numbers)}"
    namespace.add([name])
    try:
        namespace.tune(name, is_router=False)
        with namespace.inside(name):
            device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", b"tun0", _IFF_TUN | _IFF_NO_PI))
        namespace.configure(
            name,
            (
                "link set lo up",
                f"addr add {SOURCE}/24 dev tun0",
                f"-6 addr add {SOURCE6}/64 dev tun0 nodad",
                "link set tun0 up mtu 1500",
                "route add default dev tun0",
                "-6 route add default dev tun0",
            ),
        )
        try:
            yield Stage(name, device)
        finally:
            os.close(device)
    finally:
        namespace.remove([name])


def with_router(world: World, place: int, **changes: object) -> World:
    """The world with one router changed."""
    routers = list(world.routers)
    routers[place] = replace(routers[place], **changes)  # type: ignore[arg-type]  # the fields of a router
    return replace(world, routers=tuple(routers))
