"""One attempt to answer a check: what it may spend, where it dials from, its phases, and the evidence it gathers.

A prober is straight-line code that opens one phase after another and raises what goes wrong; everything that must
survive a failure (timings so far, sockets, half an answer) is kept here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Protocol, runtime_checkable

from probe.abc import Connection, Dialer, Echoes, Feeler, ProxyServer
from probe.absences import Absences
from probe.clock import Clock
from probe.model import (
    AddressFamily,
    Cost,
    DnsQuery,
    Evidence,
    Hop,
    Http,
    Layer,
    Overrides,
    Phase,
    Ping,
    Proxy,
    Request,
    Stamp,
    Tcp,
    TcpInfo,
    Timing,
    Tls,
    Trace,
)

# Our own deadline is not to come while we only wait for more evidence.
_MARGIN_SECONDS = 0.02


class Lap:
    """The reading of one phase: user-space time unless the prober says better."""

    __slots__ = ("seconds", "stamp")

    def __init__(self) -> None:
        """Start without a better reading."""
        self.seconds: float | None = None
        self.stamp = Stamp.USER

    def took(self, seconds: float, stamp: Stamp) -> None:
        """Set how long the phase took, as the kernel or the wire measured it."""
        self.seconds = max(0.0, seconds)
        self.stamp = stamp


class Asked(Protocol):
    """A question to a resolver whose socket stays open until the attempt ends."""

    @property
    def lag_ns(self) -> int:
        """The longest that an answer waited for us."""

    @property
    def bracket_ns(self) -> int:
        """How far the moment of sending is unknown."""

    @property
    def until_ns(self) -> int:
        """Until when a further answer to it is likely to come (monotonic clock)."""

    def is_ready(self) -> bool:
        """Tell whether something has arrived."""

    def close(self) -> DnsQuery:
        """Read what has arrived meanwhile, close, and return the evidence."""


class Attempt:
    """The working state of one probe; it lives as long as the probe and is used by one coroutine."""

    # What the steps have seen so far.
    proxy: Proxy | None = None
    tls: Tls | None = None
    http: Http | None = None
    ping: Ping | None = None
    trace: Trace | None = None
    # Whether the first byte of an answer may bear the stamp of a later segment.
    crowded = False
    # Whether the kernel's handshake was with a proxy of this machine, although nobody said that there is one.
    is_intercepted = False

    def __init__(
        self,
        *,
        hop: Hop,
        request: Request,
        dialer: Dialer,
        clock: Clock,
        family: AddressFamily = AddressFamily.ANY,
        absences: Absences | None = None,
    ) -> None:
        """Begin an attempt to ask `hop` by an address of `family`.

        Where the hop need not have one, `absences` is what is known of that, and not asked for again.
        """
        self.hop = hop
        self.request = request
        self.dialer = dialer
        self.clock = clock
        self.family = family
        self.absences = absences
        self.phase_open: Phase | None = None
        # What our deadline means while this is set, where the open phase alone would say too little.
        self.expires_as: str | None = None
        self._begun_ns = clock.monotonic_ns()
        self._opened_ns = 0
        self._timings: dict[Phase, Timing] = {}
        self._asked: list[Asked] = []
        self._connections: list[tuple[Connection, str, int]] = []
        self._feelers: list[Feeler | Echoes] = []
        self._at_end: list[Callable[[], None]] = []
        self._interrupting: Callable[[], None] | None = None
        # Why it was ended before its time: cause and sentence.
        self.interruption: tuple[str, str] | None = None
        self._hidden: set[str] = set()
        self._doubt: tuple[str, int] | None = None
        self._frozen: TcpInfo | None = None

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[Lap]:
        """Time a phase; when its body raises, the phase stays open so that its elapsed time can be told."""
        lap = Lap()
        self.phase_open, self._opened_ns = phase, self.clock.monotonic_ns()
        yield lap
        elapsed = (self.clock.monotonic_ns() - self._opened_ns) / 1e9
        self._add(phase, elapsed if lap.seconds is None else lap.seconds, lap.stamp)
        self.phase_open = None

    def _add(self, phase: Phase, seconds: float, stamp: Stamp) -> None:
        # Redirects pass a phase again: the user waited for the sum.
        before = self._timings.get(phase)
        if before is not None:
            seconds += before.seconds
            stamp = stamp if before.stamp is stamp else Stamp.USER
        self._timings[phase] = Timing(phase=phase, seconds=seconds, stamp=stamp)

    @property
    def timings(self) -> tuple[Timing, ...]:
        """The phases that ended, in the order of the vocabulary."""
        return tuple(self._timings[phase] for phase in Phase if phase in self._timings)

    def open_seconds(self) -> float | None:
        """How long the open phase has lasted, or None when none is open."""
        if self.phase_open is None:
            return None
        return (self.clock.monotonic_ns() - self._opened_ns) / 1e9

    def left_seconds(self) -> float:
        """How much of the budgeted time is left."""
        return self.request.budget.seconds - (self.clock.monotonic_ns() - self._begun_ns) / 1e9

    def hide(self, *secrets: str) -> None:
        """Keep these out of everything that is told about the attempt, should the target repeat them."""
        self._hidden.update(secrets)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be told, the longest first, because one may be part of another."""
        return tuple(sorted(self._hidden, key=len, reverse=True))

    def doubt(self, words: str | None) -> None:
        """Have `words` told with a failure, should no byte come from now on; None takes back what was to be told."""
        self._doubt = None if words is None else (words, self.received_bytes)

    def told(self, detail: str) -> str:
        """Return a failure's detail with the doubt there is about it."""
        if self._doubt is None or self._doubt[1] != self.received_bytes:
            return detail
        return f"{detail}; {self._doubt[0]}"

    @property
    def questions(self) -> int:
        """How many questions went to resolvers so far."""
        return len(self._asked)

    def listening_seconds(self) -> float:
        """How much longer further answers to questions are likely to come, as far as the time lasts."""
        until = max((asked.until_ns for asked in self._asked), default=0)
        likely = (until - self.clock.monotonic_ns()) / 1e9
        return max(0.0, min(likely, self.left_seconds() - _MARGIN_SECONDS))

    def keep_asked(self, asked: Asked) -> None:
        """Leave a resolver's socket open until the end, because a second answer may be on its way."""
        self._asked.append(asked)

    def keep(self, connection: Connection, address: str, port: int) -> None:
        """Own a connection: it is accounted for and closed when the attempt ends, however it ends."""
        self._connections.append((connection, address, port))

    def keep_feeler(self, feeler: Feeler | Echoes) -> None:
        """Own a datagram socket that listens for routers: it is accounted for and closed when the attempt ends."""
        self._feelers.append(feeler)

    @property
    def places(self) -> tuple[str, ...]:
        """The addresses or names it has to do with; empty when only a proxy knows."""
        if isinstance(self.dialer.proxy, ProxyServer):
            return ()
        dialled = tuple(address for _, address, _ in self._connections)
        return dialled or (self.hop.address or self.hop.host,)

    @contextmanager
    def interruptible(self, end: Callable[[], None]) -> Iterator[None]:
        """Let `end` end what the context does at once, should that be asked for meanwhile."""
        self._interrupting = end
        try:
            yield
        finally:
            self._interrupting = None

    def interrupt(self, cause: str, detail: str) -> None:
        """End the attempt at once, as own trouble, if it is still under way; the first to ask says why."""
        if self.interruption is None and self._interrupting is not None:
            self.interruption = cause, detail
            self._interrupting()

    def at_end(self, act: Callable[[], None]) -> None:
        """Run `act` when the attempt ends, before connections are closed."""
        self._at_end.append(act)

    def turn_to(self, hop: Hop) -> None:
        """Ask another place from now on, as a redirect demands; what was overridden held for the first one only."""
        if (hop.scheme, hop.host, hop.port) != (self.hop.scheme, self.hop.host, self.hop.port):
            self.request = replace(self.request, overrides=Overrides())
        self.hop = hop

    @property
    def lag_ns(self) -> int:
        """The longest that bytes had arrived and were not read yet."""
        return max((one.lag_ns for one in self._sockets()), default=0)

    @property
    def bracket_ns(self) -> int:
        """The longest send call."""
        return max((one.bracket_ns for one in self._sockets()), default=0)

    def _sockets(self) -> Iterator[Asked | Connection | Feeler | Echoes]:
        yield from self._asked
        yield from (one for one, _, _ in self._connections)
        yield from self._feelers

    def answer_is_waiting(self) -> bool:
        """Tell whether what the open phase waits for has arrived and nobody has read it yet."""
        if self.phase_open is Phase.RESOLVE:
            return bool(self._asked) and self._asked[-1].is_ready()
        if self.phase_open is Phase.ECHO:
            return bool(self._feelers) and self._feelers[-1].is_ready()
        return bool(self._connections) and self._connections[-1][0].is_ready()

    @property
    def received_bytes(self) -> int:
        """What came in over all connections so far."""
        return sum(one.received_bytes for one, _, _ in self._connections)

    @property
    def unrefuted(self) -> OSError | None:
        """What a router has said of the open connection, when nothing has come since."""
        return self._connections[-1][0].unrefuted if self._connections else None

    def freeze(self) -> None:
        """Have the kernel's account told as it is now, whatever is done to the connections until they are closed."""
        if self._connections:
            self._frozen = self._connections[-1][0].info()

    def close(self) -> Evidence:
        """Close everything and return the evidence; of several connections the last one's."""
        try:
            for act in self._at_end:
                act()
        finally:
            dns, tcp = self._closed()
        seen = Evidence(dns=dns, tls=self.tls, http=self.http, ping=self.ping, trace=self.trace)
        if self.proxy is None:
            return replace(seen, tcp=tcp)
        # The kernel's account of a connection to a proxy is no account of the way to the hop.
        return replace(seen, proxy=replace(self.proxy, tcp=tcp))

    def _closed(self) -> tuple[tuple[DnsQuery, ...], Tcp | None]:
        dns = tuple(asked.close() for asked in self._asked)
        for feeler in self._feelers:
            feeler.close()
        tcp = None
        for connection, address, port in self._connections:
            source, greeting = connection.source, self._greeting(connection)
            connection.close()
            tcp = Tcp(
                address=address,
                port=port,
                source=source,
                info=connection.info(),
                sent_bytes=connection.sent_bytes,
                received_bytes=connection.received_bytes,
                first_bytes=greeting.hex() or None,
                icmp=connection.icmp,
                soft_errors=connection.soft_errors,
            )
        return dns, replace(tcp, info=self._frozen) if tcp and self._frozen else tcp

    def _greeting(self, connection: Connection) -> bytes:
        """Return the first bytes that came where no protocol of ours tells of them; never where they could repeat a secret."""
        is_understood = self.http is not None and self.phase_open is None
        if self.tls is not None or is_understood or any(self._hidden):
            return b""
        return connection.first_bytes()


class Prober(Protocol):
    """What we ask of a hop. It is a frozen dataclass whose fields are the check's YAML keys."""

    layers: ClassVar[tuple[Layer, ...]]

    @property
    def by_proxy(self) -> bool:
        """Whether it can be asked through a proxy, which carries connections and no other packets."""

    async def __call__(self, attempt: Attempt) -> None:
        """Ask once; return when the hop answered as expected, raise otherwise."""

    def cost(self, hop: Hop) -> Cost:
        """Estimate what one probe of `hop` puts on the wire when all goes well."""


@runtime_checkable
class Slow(Protocol):
    """A prober whose checks ask seldom unless they say how often."""

    usual_interval: ClassVar[float]
