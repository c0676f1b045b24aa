"""A non-blocking TCP connection with kernel receive stamps; connect time is the kernel's own handshake sample."""

import asyncio
import errno
import os
import socket

from probe.abc import Connected, IcmpError, Opening, Received, Sent, SocketOptions
from probe.clock import Clock
from probe.model import Stamp, TcpInfo
from probe.wire.errors import PeerClosed, WireError
from probe.wire.errqueue import hear_errors, read_error
from probe.wire.kernel import (
    CONTROL_BYTES,
    Abilities,
    ask_for_stamps,
    data_segments,
    read_tcp_info,
    stamp_ns,
)
from probe.wire.opening import keep_flow, let_go_of_ports, open_socket, pin, set_ttl
from probe.wire.readiness import READ, WRITE, Readiness, is_ready
from probe.wire.stamp import stamped

# After so many reads that did not have to wait, others on the loop get a turn, our own deadline among them.
_READS_IN_A_ROW = 8


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
            # A refusal is the peer's word even when it comes at once, as on loopback.
            raise WireError(OSError(code, os.strerror(code)), immediate=code != errno.ECONNREFUSED)
        await self._readiness.wait(self._sock.fileno(), WRITE)
        self._awaited = READ
        ended = self._clock.monotonic_ns()
        if code := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
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
        before = self._clock.monotonic_ns()
        sent = self._try_send(data)
        after = self._clock.monotonic_ns()
        self.bracket_ns = max(self.bracket_ns, after - before)
        while sent < len(data):
            await self._readiness.wait(self._sock.fileno(), WRITE)
            sent += self._try_send(data[sent:])
        return Sent(before, after)

    def _try_send(self, data: bytes) -> int:
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise WireError(error) from error
        self.sent_bytes += sent
        return sent

    async def receive(self, limit: int) -> Received:
        """Return the next bytes with the stamp of their arrival."""
        received = self._receive_now(limit)
        await self._give_way(waited=received is None)
        while received is None:
            self._note_read_up()
            await self._readiness.wait(self._sock.fileno(), READ)
            received = self._receive_now(limit)
        if not received.data:
            raise PeerClosed
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
            data, control, _, _ = self._sock.recvmsg(limit, CONTROL_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise WireError(error) from error
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
        except OSError:
            return False

    def refusal(self) -> IcmpError | None:
        """Return what ended the handshake; only a socket made for a trace hears it."""
        return read_error(self._sock, self._clock, self._able, self._opened_ns)

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
        if options.source_port is not None:
            pin(sock, options.source_port)
        if able.stamps:
            ask_for_stamps(sock)
    except OSError as error:
        sock.close()
        raise WireError(error, immediate=True) from error
    return sock
