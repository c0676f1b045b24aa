"""A connected, non-blocking datagram socket with kernel receive stamps."""

import asyncio
import socket

from probe.abc import Opening, Received, Sent
from probe.clock import Clock
from probe.wire.errors import WireError
from probe.wire.kernel import CONTROL_BYTES, Abilities, ask_for_stamps, stamp_ns
from probe.wire.readiness import READ, Readiness, is_ready
from probe.wire.stamp import stamped

# The largest UDP payload; a DNS answer or a forged one can be no bigger.
_DATAGRAM_BYTES = 65_535
# How many late datagrams one query may cost us: a hostile flood ends here.
_WAITING_LIMIT = 16


class UdpSocket:
    """One fresh socket, so one fresh source port, for one question."""

    def __init__(self, sock: socket.socket, clock: Clock, readiness: Readiness, able: Abilities) -> None:
        """Take over a connected, non-blocking socket."""
        self._sock = sock
        self._clock = clock
        self._readiness = readiness
        self._able = able
        self._opened_ns = clock.monotonic_ns()
        self.lag_ns = 0
        self.bracket_ns = 0

    def send(self, data: bytes) -> Sent:
        """Send one datagram."""
        before = self._clock.monotonic_ns()
        try:
            self._sock.send(data)
        except OSError as error:
            raise WireError(error, immediate=True) from error
        after = self._clock.monotonic_ns()
        self.bracket_ns = max(self.bracket_ns, after - before)
        return Sent(before, after)

    async def receive(self) -> Received:
        """Wait for the next datagram."""
        received = self._try_receive()
        if received is not None:
            # A flood of datagrams must not keep the loop, and with it our own deadline, from running.
            await asyncio.sleep(0)
        while received is None:
            await self._readiness.wait(self._sock.fileno(), READ)
            received = self._try_receive()
        self.lag_ns = max(self.lag_ns, received.read_ns - received.at_ns)
        return received

    def _try_receive(self) -> Received | None:
        try:
            return self._receive_now()
        except BlockingIOError:
            return None
        except OSError as error:
            raise WireError(error) from error

    def _receive_now(self) -> Received:
        data, control, _, _ = self._sock.recvmsg(_DATAGRAM_BYTES, CONTROL_BYTES)
        wall_ns = stamp_ns(control) if self._able.stamps else None
        return stamped(self._clock, data, wall_ns, self._opened_ns)

    def is_ready(self) -> bool:
        """Tell whether a datagram has arrived."""
        return is_ready(self._sock.fileno(), READ)

    def waiting(self) -> list[Received]:
        """Return what has already arrived."""
        arrived: list[Received] = []
        try:
            while len(arrived) < _WAITING_LIMIT:
                arrived.append(self._receive_now())
        except OSError:
            pass
        return arrived

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def new_udp_socket(address: str, port: int, opening: Opening, able: Abilities) -> socket.socket:
    """Make a socket connected to one literal address, bound to the vantage. Raises WireError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = opening(family, socket.SOCK_DGRAM, 0)
    except OSError as error:
        raise WireError(error, immediate=True) from error
    try:
        sock.setblocking(False)
        if able.stamps:
            ask_for_stamps(sock)
        sock.connect((address, port))
    except OSError as error:
        sock.close()
        raise WireError(error, immediate=True) from error
    return sock
