"""A non-blocking TCP connection with kernel receive stamps; connect time is the kernel's own handshake sample."""

import asyncio
import errno
import os
import socket

from probe.abc import Connected, IcmpError, Opening, Received, Sent, SocketOptions
from probe.clock import Clock
from probe.model import Icmp, SoftError, Stamp, TcpInfo
from probe.wire.errors import PeerClosed, WireError
from probe.wire.errqueue import hear_errors, hears_errors, said
from probe.wire.icmp import summed
from probe.wire.kernel import (
    CONTROL_BYTES,
    Abilities,
    ask_for_stamps,
    data_segments,
    read_tcp_info,
    stamp_ns,
)
from probe.wire.opening import keep_flow, let_go_of_ports, not_leaving, open_socket, pin, set_ttl
from probe.wire.readiness import READ, WRITE, Readiness, is_ready
from probe.wire.soft import BY_ICMP, SoftErrors
from probe.wire.stamp import stamped

# After so many reads that did not have to wait, others on the loop get a turn, our own deadline among them.
_READS_IN_A_ROW = 8
# As many as tell a stranger's protocol by its greeting.
_FIRST_BYTES = 64


class TcpConnection:
    """One connection; it belongs to one coroutine at a time."""

    def __init__(self, sock: socket.socket, clock: Clock, readiness: Readiness, able: Abilities) -> None:
        """Take over a non-blocking socket that is not connected yet."""
        self._sock = sock
        self._clock = clock
        self._readiness = readiness
        self._able = able
        self._last_info: TcpInfo | None = None
        self._last_source: str | None = None
        self._awaited = WRITE
        self._opened_ns = clock.monotonic_ns()
        self._reads_in_a_row = 0
        self._segments_before: int | None = None
        self._sent_ns = self._opened_ns
        self._heard: list[IcmpError] = []
        self._soft: SoftErrors | None = None
        self._waiting_error: OSError | None = None
        self._first_bytes = b""
        self.sent_bytes = 0
        self.received_bytes = 0
        self.lag_ns = 0
        self.bracket_ns = 0

    async def connect(self, address: str, port: int) -> Connected:
        """Run the handshake. Raises WireError."""
        started = self._clock.monotonic_ns()
        try:
            code = self._sock.connect_ex((address, port))
        except OSError as error:
            raise WireError(error, immediate=True) from error
        if code not in (0, errno.EINPROGRESS):
            raise not_leaving(OSError(code, os.strerror(code)))
        await self._readiness.wait(self._sock.fileno(), WRITE)
        self._awaited = READ
        ended = self._clock.monotonic_ns()
        if code := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._hear()
            raise WireError(OSError(code, os.strerror(code)))
        return self._handshake((ended - started) / 1e9)

    def _handshake(self, elapsed: float) -> Connected:
        info = self.info()
        # After a lost SYN the kernel's sample covers the last try only: the user waited for all of them.
        if info is None or info.total_retransmits or info.rtt_seconds <= 0:
            return Connected(elapsed, Stamp.USER)
        return Connected(min(info.rtt_seconds, elapsed), Stamp.KERNEL)

    @property
    def source(self) -> str | None:
        """Our own address, as the kernel chose or we bound it."""
        try:
            return str(self._sock.getsockname()[0])
        except OSError:
            return self._last_source

    def is_ready(self) -> bool:
        """Tell whether the handshake has ended or bytes have arrived."""
        return is_ready(self._sock.fileno(), self._awaited)

    async def send(self, data: bytes) -> Sent:
        """Send all of `data`."""
        self._note_read_up()
        before = self._sent_ns = self._clock.monotonic_ns()
        sent = self._try_send(data)
        after = self._clock.monotonic_ns()
        self.bracket_ns = max(self.bracket_ns, after - before)
        while sent < len(data):
            await self._wait(WRITE)
            sent += self._try_send(data[sent:])
        return Sent(before, after)

    def _try_send(self, data: bytes) -> int:
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._bear(error)
            return 0
        self.sent_bytes += sent
        return sent

    def _bear(self, error: OSError) -> None:
        """Pass over what a router has said, once. Raises WireError when it is to be believed, and for any other error."""
        if error.errno not in BY_ICMP or not self._is_open():
            raise WireError(error) from error
        self._soft = self._soft or SoftErrors(self._clock)
        if self._soft.believes(error, self._sent_ns):
            raise WireError(self._soft.unrefuted or error) from error

    def _is_open(self) -> bool:
        try:
            self._sock.getpeername()
        except OSError:
            return False
        return True

    async def _wait(self, events: int) -> None:
        """Wait until the socket is ready, or until what a router has said is to be believed."""
        unrefuted = self.unrefuted
        if self._soft is None or unrefuted is None:
            await self._readiness.wait(self._sock.fileno(), events)
            return
        try:
            async with asyncio.timeout(self._soft.patience_seconds):
                await self._readiness.wait(self._sock.fileno(), events)
        except TimeoutError:
            raise WireError(unrefuted) from unrefuted

    async def receive(self, limit: int) -> Received:
        """Return the next bytes with the stamp of their arrival."""
        received = self._receive_now(limit)
        await self._give_way(waited=received is None)
        while received is None:
            self._note_read_up()
            await self._wait(READ)
            received = self._receive_now(limit)
        if not received.data:
            raise PeerClosed
        if self.received_bytes < _FIRST_BYTES:
            self._first_bytes = (self._first_bytes + received.data)[:_FIRST_BYTES]
        if self._soft is not None:
            self._soft.refuted()
        self.received_bytes += len(received.data)
        self.lag_ns = max(self.lag_ns, received.read_ns - received.at_ns)
        return received

    async def _give_way(self, *, waited: bool) -> None:
        self._reads_in_a_row = 0 if waited else self._reads_in_a_row + 1
        if self._reads_in_a_row >= _READS_IN_A_ROW:
            self._reads_in_a_row = 0
            await asyncio.sleep(0)

    def _receive_now(self, limit: int) -> Received | None:
        try:
            if self._waiting_error is not None:
                raise self._waiting_error
            data, control, _, _ = self._sock.recvmsg(limit, CONTROL_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            self._waiting_error = None
            self._bear(error)
            return None
        wall_ns = stamp_ns(control) if self._able.stamps else None
        return stamped(self._clock, data, wall_ns, self._opened_ns)

    def is_crowded(self) -> bool:
        """Tell whether several segments have come since all that had come was read, and some of it is unread."""
        if not self._has_unread():
            return False
        segments = data_segments(self._sock) if self._able.tcp_info else None
        return segments is None or self._segments_before is None or segments - self._segments_before > 1

    def _note_read_up(self) -> None:
        """Count the segments so far when all of them are read: none that comes later can be joined to them."""
        segments = data_segments(self._sock) if self._able.tcp_info else None
        # Asked without a read, which would take a waiting error away.
        if not is_ready(self._sock.fileno(), READ):
            self._segments_before = segments

    def _has_unread(self) -> bool:
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        except OSError as error:
            # The kernel tells an error once, and what it tells afterwards would look like an end in order.
            self._waiting_error = error
            return False

    def first_bytes(self) -> bytes:
        """Return the first bytes that came, whether anybody has read them or not; none when nothing was asked."""
        if self.sent_bytes == 0 or len(self._first_bytes) >= _FIRST_BYTES:
            return self._first_bytes
        try:
            return self._first_bytes + self._sock.recv(_FIRST_BYTES - len(self._first_bytes), socket.MSG_PEEK)
        except OSError:
            return self._first_bytes

    def _hear(self) -> None:
        if self._sock.fileno() >= 0:
            self._heard += said(self._sock, self._clock, self._able, self._opened_ns)

    def refusal(self) -> IcmpError | None:
        """Return what ended the handshake."""
        self._hear()
        return self._heard[0] if self._heard else None

    @property
    def icmp(self) -> tuple[Icmp, ...]:
        """What routers, the target or this machine said to the connection attempt; Linux keeps nothing of later errors."""
        return summed(self._heard)

    @property
    def soft_errors(self) -> tuple[SoftError, ...]:
        """What ICMP made of the connection once it was open, as errors of which nobody knows the sender."""
        return () if self._soft is None else tuple(self._soft.told)

    @property
    def unrefuted(self) -> OSError | None:
        """The last of these, when nothing has come since."""
        return None if self._soft is None else self._soft.unrefuted

    def info(self) -> TcpInfo | None:
        """Read TCP_INFO, or return the last reading once the socket is closed."""
        if self._able.tcp_info and self._sock.fileno() >= 0:
            self._last_info = read_tcp_info(self._sock)
        return self._last_info

    def close(self) -> None:
        """Keep a last TCP_INFO and our address, and close."""
        self.info()
        self._last_source = self.source
        self._sock.close()


def new_tcp_socket(address: str, opening: Opening, options: SocketOptions, able: Abilities) -> socket.socket:
    """Make the socket for one literal address, bound to the vantage. Raises WireError."""
    sock = open_socket(address, opening, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if options.mss_bytes is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, options.mss_bytes)
        if options.ttl is not None:
            set_ttl(sock, options.ttl)
        if options.is_trace:
            hear_errors(sock)
            keep_flow(sock)
            let_go_of_ports(sock)
        else:
            # An ICMP error ends a connection attempt with it or without. With it the sender is told, and what is said of an
            # open connection, which Linux otherwise keeps to itself until it gives up.
            hears_errors(sock)
        if options.source_port is not None:
            pin(sock, options.source_port)
        if able.stamps:
            ask_for_stamps(sock)
    except OSError as error:
        sock.close()
        raise WireError(error, immediate=True) from error
    return sock
