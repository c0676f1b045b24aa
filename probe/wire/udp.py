"""A connected, non-blocking datagram socket with kernel receive stamps."""

import asyncio
import socket

from probe.abc import Datagram, IcmpError, Opening, Sent
from probe.clock import Clock
from probe.model import Icmp
from probe.wire.distance import arrival_ttl, ask_for_ttl
from probe.wire.errors import WireError
from probe.wire.errqueue import hears_errors, said
from probe.wire.icmp import summed
from probe.wire.kernel import CONTROL_BYTES, Abilities, ask_for_stamps, stamp_ns
from probe.wire.opening import not_leaving, open_socket
from probe.wire.readiness import READ, Readiness, is_ready
from probe.wire.stamp import stamped

# The largest UDP payload; a DNS answer or a forged one can be no bigger.
_DATAGRAM_BYTES = 65_535
# How many late datagrams, and errors among them, one query may cost us: a hostile flood ends here.
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
        self._heard: list[IcmpError] = []
        self.lag_ns = 0
        self.bracket_ns = 0

    @property
    def source(self) -> str | None:
        """Our own address."""
        try:
            return str(self._sock.getsockname()[0])
        except OSError:
            return None

    def send(self, data: bytes) -> Sent:
        """Send one datagram."""
        before = self._clock.monotonic_ns()
        try:
            self._sock.send(data)
        except OSError as error:
            self._hear()
            raise WireError(error, immediate=True) from error
        after = self._clock.monotonic_ns()
        self.bracket_ns = max(self.bracket_ns, after - before)
        return Sent(before, after)

    async def receive(self) -> Datagram:
        """Wait for the next datagram."""
        received = self._try_receive()
        if received is not None:
            # A flood of datagrams must not keep the loop, and with it our own deadline, from running.
            await asyncio.sleep(0)
        while received is None:
            await self._readiness.wait(self._sock.fileno(), READ)
            received = self._try_receive()
            if received is None:
                self._hear()  # what stays in the error queue would wake us again at once
        self.lag_ns = max(self.lag_ns, received.read_ns - received.at_ns)
        return received

    def _try_receive(self) -> Datagram | None:
        try:
            return self._receive_now()
        except BlockingIOError:
            return None
        except OSError as error:
            self._hear()
            raise WireError(error) from error

    def _receive_now(self) -> Datagram:
        data, control, _, _ = self._sock.recvmsg(_DATAGRAM_BYTES, CONTROL_BYTES)
        wall_ns = stamp_ns(control) if self._able.stamps else None
        got = stamped(self._clock, data, wall_ns, self._opened_ns)
        return Datagram(data, got.at_ns, got.read_ns, got.stamp, arrival_ttl(control))

    def _hear(self) -> None:
        if self._sock.fileno() >= 0 and len(self._heard) < _WAITING_LIMIT:
            self._heard += said(self._sock, self._clock, self._able, self._opened_ns)

    def is_ready(self) -> bool:
        """Tell whether a datagram has arrived."""
        return is_ready(self._sock.fileno(), READ)

    def waiting(self) -> list[Datagram]:
        """Return what has already arrived."""
        arrived: list[Datagram] = []
        for _ in range(_WAITING_LIMIT):
            try:
                arrived.append(self._receive_now())
            except BlockingIOError:
                break
            except OSError:
                self._hear()  # an error is told before the datagrams that came with it
        return arrived

    def refusal(self) -> IcmpError | None:
        """Return what was said first of our datagrams."""
        return self._heard[0] if self._heard else None

    @property
    def icmp(self) -> tuple[Icmp, ...]:
        """What was said of our datagrams."""
        return summed(self._heard)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def new_udp_socket(address: str, port: int, opening: Opening, able: Abilities) -> socket.socket:
    """Make a socket connected to one literal address, bound to the vantage. Raises WireError."""
    sock = open_socket(address, opening, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        # As glibc's resolver does (__res_enable_icmp): without it only a closed port is told, and nobody's name with it.
        hears_errors(sock)
        ask_for_ttl(sock)
        if able.stamps:
            ask_for_stamps(sock)
        sock.connect((address, port))
    except OSError as error:
        sock.close()
        raise not_leaving(error) from error
    return sock
