"""Run whole probes against servers that a test scripts, and hold every observation to the laws that all obey."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass

from probe.abc import Opening, SocketOptions, Way
from probe.absences import Absences
from probe.attempt import Attempt, Prober
from probe.cause.taxonomy import is_known
from probe.clock import Clock, SystemClock
from probe.codec import from_text, to_text
from probe.measure import Instruments, measure
from probe.model import (
    OWN_LAYERS,
    AddressFamily,
    Budget,
    Check,
    Hop,
    Identity,
    Layer,
    Observation,
    Outcome,
    Overrides,
    Purpose,
    Request,
    Route,
    Series,
    Vantage,
)
from probe.plan import Looking, Probe
from probe.pulse import Pulse
from probe.text import clean
from probe.vantage.dialer import BoundDialer
from probe.vantage.system import System
from probe.wire.echo import EchoSocket
from probe.wire.feeler import FeelerSocket
from probe.wire.kernel import Abilities
from probe.wire.network import SocketNetwork
from probe.wire.tcp import TcpConnection
from probe.wire.udp import UdpSocket

NOTHING_ELSE = Overrides()
ANYWHERE = System()
BARE = Abilities(stamps=False, tcp_info=False, epoll=False)
_LATE_SECONDS = 0.25
_TOO_BUSY = ("meta.late", "meta.probe_suspended")
_LONGEST_TEXT = 1100


class Recording(SocketNetwork):
    """The real network, remembering every socket it handed out."""

    def __init__(self, clock: Clock, able: Abilities | None) -> None:
        super().__init__(clock, able)
        self.opened: list[TcpConnection | UdpSocket | FeelerSocket] = []

    def tcp(self, address: str, opening: Opening, options: SocketOptions) -> TcpConnection:
        connection = super().tcp(address, opening, options)
        self.opened.append(connection)
        return connection

    def udp(self, address: str, port: int, opening: Opening) -> UdpSocket:
        datagrams = super().udp(address, port, opening)
        self.opened.append(datagrams)
        return datagrams

    def feeler(self, address: str, port: int, opening: Opening, source_port: int | None) -> FeelerSocket:
        feeler = super().feeler(address, port, opening, source_port)
        self.opened.append(feeler)
        return feeler

    def echo(self, address: str, opening: Opening, *, raw: bool) -> EchoSocket:
        echoes = super().echo(address, opening, raw=raw)
        self.opened.append(echoes._feeler)
        return echoes

    def still_open(self) -> int:
        """How many of the sockets are not closed."""
        return sum(one._sock.fileno() >= 0 for one in self.opened)


class Bench:
    """Everything a probe needs, on one event loop; `ask` runs one."""

    def __init__(self, clock: Clock, pulse: Pulse, network: Recording) -> None:
        self.clock = clock
        self.pulse = pulse
        self.network = network
        self.identities = itertools.count(1)

    def attempt(
        self,
        *,
        port: int = 1,
        host: str = "127.0.0.1",
        scheme: str = "http",
        address: str | None = None,
        ca_file: str | None = None,
        seconds: float = 2.0,
        received_bytes: int | None = None,
        overrides: Overrides = NOTHING_ELSE,
        resolvers: tuple[str, ...] = (),
        resolver_ca_file: str | None = None,
        way: Way = ANYWHERE,
        family: AddressFamily = AddressFamily.ANY,
        absences: Absences | None = None,
    ) -> Attempt:
        """Begin an attempt; `measure` ends it."""
        request = Request(
            purpose=Purpose.ON_DEMAND,
            budget=Budget(seconds=seconds, received_bytes=received_bytes),
            intended_at_ns=0,
            overrides=overrides,
        )
        hop = Hop(name="hop", scheme=scheme, host=host, port=port, address=address, ca_file=ca_file)
        dialer = BoundDialer(self.network, way, resolvers, resolver_ca_file)
        return Attempt(
            hop=hop, request=request, dialer=dialer, clock=self.clock, family=family, absences=absences
        )

    async def measure(self, prober: Prober, attempt: Attempt) -> Observation:
        """Run the attempt and hold its observation to the laws."""
        made = [0]

        def identity() -> Identity:
            made[0] += 1
            return Identity(agent="test", epoch="e", seq=next(self.identities))

        tools = Instruments(self.clock, self.pulse, identity)
        seconds = attempt.request.budget.seconds
        probe = _probe(prober, attempt)
        observation = await measure(probe, attempt, tools)

        assert made == [1]
        assert self.network.still_open() == 0
        assert lawful(observation, seconds) == observation
        failure = observation.failure
        assert failure is None or failure.layer in {*probe.layers, *OWN_LAYERS}
        return observation

    async def ask(self, prober: Prober, **how) -> Observation:
        """Run one probe; see `attempt` for what can be chosen.

        A machine so busy that the probe itself says it was late proves nothing: then it is asked again.
        """
        observation = await self.measure(prober, self.attempt(**how))
        for _ in range(2):
            if verdict(observation)[0] in _TOO_BUSY:
                observation = await self.measure(prober, self.attempt(**how))
        return observation


@asynccontextmanager
async def bench(
    able: Abilities | None = None, clock: Clock | None = None, kind: type[Recording] = Recording
) -> AsyncIterator[Bench]:
    """Set up a bench whose loop's pulse beats."""
    clock = clock or SystemClock()
    pulse = Pulse(clock)
    network = kind(clock, able)
    beating = asyncio.create_task(pulse.run())  # not in a group, which would wrap a failed assertion
    try:
        yield Bench(clock, pulse, network)
    finally:
        beating.cancel()
        network.close()


async def ask(prober: Prober, *, able: Abilities | None = None, **how) -> Observation:
    """Run one probe on a bench of its own."""
    async with bench(able) as ready:
        return await ready.ask(prober, **how)


def _probe(prober: Prober, attempt: Attempt) -> Probe:
    check = Check(
        name="check",
        route="route",
        hop="hop",
        through="hop",
        kind=type(prober).__name__.lower(),
        interval_seconds=5,
        timeout_seconds=attempt.request.budget.seconds,
    )
    vantage = Vantage(name="here", kind="system", proxied=attempt.dialer.proxy is not None)
    return Probe(
        series=Series(vantage="here", route="route", hop="hop", check="check"),
        looking=Looking(vantage=vantage, way=System(), resolvers=(), concurrency=4),
        route=Route(name="route", hops=("hop",)),
        hop=attempt.hop,
        check=check,
        prober=prober,
        crossed=(),
    )


def lawful(observation: Observation, seconds: float) -> Observation:
    """Hold an observation to what is true of all; return what it reads back as from the store's form."""
    failure = observation.failure
    # What a blocked loop adds is ours, and told beside it.
    assert observation.elapsed_seconds <= seconds + _LATE_SECONDS + observation.loop_lag_seconds
    assert all(timing.seconds >= 0 for timing in observation.timings)
    open_seconds = (failure.after_seconds or 0.0) if failure else 0.0
    assert observation.duration_seconds + open_seconds <= observation.elapsed_seconds + 0.02
    for text in texts(observation):
        assert clean(text, _LONGEST_TEXT) == text
    if failure is None:
        assert observation.outcome is Outcome.OK
    else:
        assert is_known(failure.cause), failure
        own = failure.layer in OWN_LAYERS
        assert observation.outcome is (Outcome.NOT_MEASURED if own else Outcome.FAILED)
        assert failure.layer is Layer(failure.cause.partition(".")[0])
    read = from_text(to_text(observation))
    assert isinstance(read, Observation)
    return read


def texts(value: object) -> Iterator[str]:
    """Walk through every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def verdict(observation: Observation) -> tuple[str | None, str | None]:
    """Return an observation's cause and phase, for a table."""
    failure = observation.failure
    if failure is None:
        return None, None
    return failure.cause, str(failure.phase) if failure.phase else None


def seconds_of(observation: Observation) -> dict[str, float]:
    """Return the phases by name."""
    return {str(timing.phase): timing.seconds for timing in observation.timings}


def stamps_of(observation: Observation) -> dict[str, str]:
    """Return who stamped each phase."""
    return {str(timing.phase): str(timing.stamp) for timing in observation.timings}
