"""Find the path to a port by connection attempts with small TTLs, one at a time, all of one flow.

Routers that share load choose by addresses and ports, so every attempt leaves from the same port: it is closed by a
reset, after which the kernel lets the same pair of ports be used again at once. Where that cannot be, the trace says so.
"""

import asyncio
import errno
import zlib
from collections.abc import Iterator

from probe.abc import Connected, Connection, IcmpError, SocketOptions
from probe.attempt import Attempt
from probe.model import Stamp
from probe.steps.ladder import Ladder
from probe.wire.errors import WireError
from probe.wire.icmp import Meaning, meaning
from probe.wire.quote import is_rewritten

# Below what kernels give out by themselves (ip_local_port_range), so that these are seldom taken.
_PORTS = range(24_576, 32_000)
_PORT_TRIES = 4
_TAKEN = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
# A router is no farther than the target, but answers later than it forwards.
_LATER_SECONDS = 0.1


def ports_for(address: str, port: int) -> Iterator[int]:
    """Yield the ports to leave from, always the same for one target, so that its traces can be compared."""
    first = zlib.crc32(f"{address} {port}".encode()) % (len(_PORTS) - _PORT_TRIES)
    yield from _PORTS[first : first + _PORT_TRIES]


class TcpTrail:
    """One trace by connection attempts."""

    def __init__(self, attempt: Attempt, ladder: Ladder, place: tuple[str, int], wait_seconds: float) -> None:
        """Ask for a connection with `place`, waiting no longer than that for each answer."""
        self._attempt = attempt
        self._clock = attempt.clock
        self._ladder = ladder
        self._place = place
        self._wait_seconds = wait_seconds
        self._ports: list[int | None] = [*ports_for(*place), None]
        self._target_seconds: float | None = None
        self._has_asked = False
        self._is_mixed = False
        self.source: str | None = None
        self.answer: str | None = None
        self.first_refusal: IcmpError | None = None

    @property
    def flow(self) -> str:
        """Whether all attempts left from one port."""
        return "per_hop" if self._is_mixed or self._ports[0] is None else "stable"

    @property
    def source_port(self) -> int | None:
        """The port that all attempts leave from; None when the kernel has to choose one each time."""
        return self._ports[0]

    def open(self, ttl: int | None) -> Connection:
        """Make a connection that will go so far. Raises WireError."""
        while True:
            options = SocketOptions(ttl=ttl, source_port=self._ports[0], is_trace=True)
            try:
                return self._attempt.dialer.connection(self._place[0], options)
            except WireError as error:
                self._next_port(error)

    def _next_port(self, error: WireError) -> None:
        """Leave from another port, as somebody else uses this one; raise `error` when that is not what it says."""
        if error.errno not in _TAKEN or error.cause is not None or self._ports[0] is None:
            raise error
        del self._ports[0]
        self._is_mixed |= self._has_asked

    async def reach(self) -> Connected:
        """Ask the target itself, as by any connection attempt. Raises WireError."""
        while True:
            connection = self.open(None)
            self._attempt.keep(connection, *self._place)
            try:
                return await connection.connect(*self._place)
            except WireError as error:
                if not error.immediate:
                    self.first_refusal = connection.refusal()
                    raise
                self._next_port(error)
            finally:
                self._close(connection)

    def _close(self, connection: Connection) -> None:
        connection.close()
        self.source = connection.source or self.source

    @property
    def is_refused_by_another(self) -> bool:
        """Tell whether it was not the target that refused."""
        return self.first_refusal is not None and self.first_refusal.sender != self._place[0]

    def seconds_since(self, began_ns: int) -> float:
        """Tell how long ago that was."""
        return (self._clock.monotonic_ns() - began_ns) / 1e9

    def target_answered(self, seconds: float) -> None:
        """Wait no longer for routers than for the target, and for no end but the target."""
        self._target_seconds = seconds
        self._ladder.press_on()

    async def walk(self, until_ns: int) -> None:
        """Ask all that the ladder wants asked, until that moment of the monotonic clock at most. Raises WireError."""
        while (ttl := self._ladder.next()) is not None:
            left = (until_ns - self._clock.monotonic_ns()) / 1e9
            if left <= 0:
                self._ladder.ran_out_of_time = True
                return
            patience = self._patience(ttl)
            if not await self._ask(ttl, min(left, patience)) and left < patience:
                self._ladder.withdraw(ttl)  # still in flight is not silent

    def _patience(self, ttl: int) -> float:
        if self._target_seconds is None:
            return self._ladder.patience(ttl, self._wait_seconds)
        return min(self._wait_seconds, self._target_seconds + _LATER_SECONDS)

    async def _ask(self, ttl: int, seconds: float) -> bool:
        """Ask at `ttl`; tell whether anybody answered."""
        connection = self.open(ttl)
        before_ns = self._clock.monotonic_ns()
        self._ladder.asked(ttl)
        self._has_asked = True
        try:
            async with asyncio.timeout(seconds):
                connected = await connection.connect(*self._place)
        except TimeoutError:
            return self._refused(ttl, connection, before_ns)
        except WireError as error:
            return self._failed(ttl, connection, before_ns, error)
        finally:
            self._close(connection)
        self._reached(ttl, "connected", connected.seconds, connected.stamp)
        return True

    def _failed(self, ttl: int, connection: Connection, before_ns: int, error: WireError) -> bool:
        if self._refused(ttl, connection, before_ns):
            return True
        if error.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
            self._reached(ttl, "refused", self.seconds_since(before_ns), Stamp.USER)
            return True
        if error.immediate:
            self._next_port(error)
            self._ladder.withdraw(ttl)
            return True
        return False

    def _refused(self, ttl: int, connection: Connection, before_ns: int) -> bool:
        """Note what a router said, if any did."""
        error = connection.refusal()
        if error is None:
            return False
        seconds = (error.at_ns - before_ns) / 1e9
        match meaning(error.sender, error.type, error.code):
            case Meaning.EXPIRED:
                self._ladder.passed(ttl, error.sender, seconds, error.stamp)
            case Meaning.PORT_CLOSED if error.sender == self._place[0]:
                self._reached(ttl, "refused", seconds, error.stamp)
            case _:
                self._ladder.refused(ttl, error, seconds)
        self._look_for_translation(ttl, connection, error)
        return True

    def _look_for_translation(self, ttl: int, connection: Connection, error: IcmpError) -> None:
        source = connection.source
        if source is not None and is_rewritten(error.quoted, source, self._place[0]):
            self._ladder.rewritten(ttl)

    def _reached(self, ttl: int, answer: str, seconds: float, stamp: Stamp) -> None:
        self.answer = self.answer or answer
        self._ladder.reached(ttl, self._place[0], seconds, stamp)
