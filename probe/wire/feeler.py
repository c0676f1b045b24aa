"""A connected datagram socket that hears what routers say of its packets, each with the kernel's stamp."""

import asyncio
import contextlib
import errno
import socket
from collections import deque
from dataclasses import dataclass

from probe.abc import IcmpError, Opening, Received, Sent
from probe.clock import Clock
from probe.wire.distance import arrival_ttl
from probe.wire.errors import WireError
from probe.wire.errqueue import TooLong, forbid_fragments, hear_errors, read_error
from probe.wire.kernel import Abilities, ask_for_stamps, stamp_ns
from probe.wire.opening import keep_flow, open_socket, pin, set_ttl
from probe.wire.readiness import READ, Readiness, is_ready
from probe.wire.stamp import stamped

_DATAGRAM_BYTES = 65_535
_CONTROL_BYTES = 512
# The kernel tells an error that waits in the queue also by refusing the next send, once each.
_SEND_TRIES = 32
# What ICMP makes of a socket (include/net/icmp.h, icmp_err_convert).
_BY_ICMP = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN})
# How much of what came late one look may cost us: a hostile flood ends here.
_WAITING_LIMIT = 64
# The largest datagram there is (RFC 768); no link but loopback takes it whole.
_LARGEST = {socket.AF_INET: 65_507, socket.AF_INET6: 65_487}


@dataclass(frozen=True, slots=True)
class Arrival(Received):
    """A datagram, who sent it, and the TTL that it arrived with, where that was asked for."""

    sender: str
    ttl: int | None


class FeelerSocket:
    """One socket, so one pair of ports, whatever the TTL: the routers that share load take all its packets one way."""

    def __init__(self, sock: socket.socket, clock: Clock, readiness: Readiness, able: Abilities) -> None:
        """Take over a connected, non-blocking socket."""
        self._sock = sock
        self._clock = clock
        self._readiness = readiness
        self._able = able
        self._opened_ns = clock.monotonic_ns()
        self._heard: deque[IcmpError] = deque()
        self._has_heard = False
        self._ttl: int | None = None
        self.lag_ns = 0
        self.bracket_ns = 0

    @property
    def source(self) -> tuple[str, int]:
        """Our own address and port."""
        try:
            address, port, *_ = self._sock.getsockname()
        except OSError:
            return "", 0
        return str(address), int(port)

    def send(self, data: bytes, *, ttl: int | None = None) -> Sent:
        """Send one datagram whole."""
        try:
            if ttl is not None and ttl != self._ttl:
                set_ttl(self._sock, ttl)
                self._ttl = ttl
            return self._send(data)
        except OSError as error:
            raise WireError(error, immediate=True) from error

    def _send(self, data: bytes) -> Sent:
        for _ in range(_SEND_TRIES):
            before = self._clock.monotonic_ns()
            try:
                self._sock.send(data)
            except OSError as error:
                # What a router said of an earlier packet is no word about this one.
                if error.errno == errno.EMSGSIZE or not (self._hear() or self._is_unexplained(error)):
                    raise
                continue
            after = self._clock.monotonic_ns()
            self.bracket_ns = max(self.bracket_ns, after - before)
            return Sent(before, after)
        raise OSError(errno.ENOBUFS, "errors about earlier packets come faster than new ones can be sent")

    def _hear(self) -> bool:
        """Take what is in the error queue; tell whether there was anything. A flood is cut short."""
        for taken in range(_WAITING_LIMIT):
            if (error := self._next_error()) is None:
                return taken > 0
            self._has_heard = True
            if len(self._heard) < _WAITING_LIMIT:
                self._heard.append(error)
        return True

    def _is_unexplained(self, error: OSError) -> bool:
        """Tell whether an error is what a flood leaves: the kernel notes it, but its queue had no room for the word of it."""
        return self._has_heard and error.errno in _BY_ICMP

    def _next_error(self) -> IcmpError | None:
        try:
            return read_error(self._sock, self._clock, self._able, self._opened_ns)
        except TooLong:
            return None

    async def receive(self) -> Arrival | IcmpError:
        """Wait for the next datagram or error; a cancelled wait loses nothing."""
        # A flood must not keep the loop, and with it our own deadline, from running.
        await asyncio.sleep(0)
        while (got := self._receive_now()) is None:
            await self._readiness.wait(self._sock.fileno(), READ)
        return got

    def waiting(self) -> list[Arrival | IcmpError]:
        """Return what has already arrived, without waiting and without raising."""
        arrived: list[Arrival | IcmpError] = []
        with contextlib.suppress(WireError):
            while len(arrived) < _WAITING_LIMIT and (got := self._receive_now()) is not None:
                arrived.append(got)
        return arrived

    def _receive_now(self) -> Arrival | IcmpError | None:
        got = self._take()
        if got is not None:
            self.lag_ns = max(self.lag_ns, got.read_ns - got.at_ns)
        return got

    def _take(self) -> Arrival | IcmpError | None:
        self._hear()
        if self._heard:
            return self._heard.popleft()
        try:
            data, control, _, sender = self._sock.recvmsg(_DATAGRAM_BYTES, _CONTROL_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            # An error may have come between the two looks; only one that nobody explains is the socket's own.
            if self._hear():
                return self._heard.popleft()
            if self._is_unexplained(error):
                return None
            raise WireError(error) from error
        wall_ns = stamp_ns(control) if self._able.stamps else None
        got = stamped(self._clock, data, wall_ns, self._opened_ns)
        return Arrival(data, got.at_ns, got.read_ns, got.stamp, str(sender[0]), arrival_ttl(control))

    def link_mtu(self) -> int | None:
        """Ask the kernel to send more than any link takes; where one does, as loopback, nothing is known."""
        try:
            self._sock.send(bytes(_LARGEST[self._sock.family]))
        except OSError as error:
            return self._told_mtu() if error.errno == errno.EMSGSIZE else None
        return None

    def _told_mtu(self) -> int | None:
        try:
            while error := read_error(self._sock, self._clock, self._able, self._opened_ns):
                self._heard.append(error)
        except TooLong as link:
            return link.mtu_bytes
        return None

    def is_ready(self) -> bool:
        """Tell whether something has arrived."""
        return bool(self._heard) or is_ready(self._sock.fileno(), READ)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def new_feeler_socket(
    address: str, port: int, opening: Opening, source_port: int | None, able: Abilities
) -> socket.socket:
    """Make a socket connected to one literal address, from `source_port` if it is free. Raises WireError."""
    sock = open_socket(address, opening, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    try:
        _pin_if_free(sock, source_port)
        hear_errors(sock)
        forbid_fragments(sock)
        keep_flow(sock)
        set_up(sock, able)
        sock.connect((address, port))
    except OSError as error:
        sock.close()
        raise WireError(error, immediate=True) from error
    return sock


def _pin_if_free(sock: socket.socket, port: int | None) -> None:
    try:
        if port is not None:
            pin(sock, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise


def set_up(sock: socket.socket, able: Abilities) -> None:
    """Have it not block, and stamp what comes."""
    sock.setblocking(False)
    if able.stamps:
        ask_for_stamps(sock)
