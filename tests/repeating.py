"""A small plan of made-up checks at work in virtual time, for the tests of the schedule's core."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from probe.abc import Connection, Datagrams, Echoes, Feeler, Network, SocketOptions
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.clock import Clock
from probe.measure import Instruments
from probe.model import (
    Check,
    Cost,
    Event,
    Hop,
    Identity,
    Layer,
    Miss,
    MissReason,
    Observation,
    Pending,
    Phase,
    Route,
    Series,
    Vantage,
)
from probe.plan import Looking, Plan, Probe
from probe.pulse import Pulse
from probe.repeat import Repeat
from probe.runner import Runner
from probe.schedule import Timetable
from probe.vantage.dialer import dialers
from probe.vantage.system import System
from tests.virtual import VirtualClock, run

HANGS = float("inf")
HOUR = 3600.0
Act = tuple[Literal["wait", "stall", "suspend", "step"], float]


@dataclass(frozen=True, slots=True)
class Takes:
    """Answers after so many seconds, each time the next of them; a negative time fails after as long."""

    layers: ClassVar[tuple[Layer, ...]] = (Layer.TCP,)
    by_proxy: ClassVar[bool] = True
    seconds: Iterable[float]
    _times: "itertools.cycle[float]" = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_times", itertools.cycle(self.seconds))

    def cost(self, hop: Hop) -> Cost:
        return Cost()

    async def __call__(self, attempt: Attempt) -> None:
        seconds = next(self._times)
        with attempt.phase(Phase.CONNECT):
            if seconds == HANGS:
                await asyncio.Event().wait()
            await asyncio.sleep(abs(seconds))
            if seconds < 0:
                raise ProbeFailed("tcp.refused", "made up")


class NoWay:
    """The way out of a vantage whose probes dial nothing."""

    resolvers: tuple[str, ...] = ()
    record_types: tuple[str, ...] = ("A", "AAAA")
    resolver_ca_file: str | None = None
    proxy: None = None

    def meant(self, resolver: str) -> tuple[str, ...]:
        return (resolver,)

    def is_fake(self, address: str) -> bool:
        return False

    def leaves_by_tun(self, source: str) -> bool:
        return False

    def gateway(self, address: str, source: str | None) -> str | None:
        return None

    def connection(self, address: str, options: SocketOptions) -> Connection:
        raise AssertionError

    def datagrams(self, address: str, port: int) -> Datagrams:
        raise AssertionError

    def feeler(self, address: str, port: int, source_port: int | None = None) -> Feeler:
        raise AssertionError

    def echo(self, address: str, *, raw: bool = False) -> Echoes:
        raise AssertionError


def probe(
    name: str = "check",
    *seconds: float,
    vantage: str = "wifi",
    hop: str = "direct",
    interval: float = 10.0,
    timeout: float = 5.0,
    concurrency: int = 8,
) -> Probe:
    """Make a check whose probes take `seconds`, each time the next of them."""
    route = Route(name="chat", hops=(hop,))
    check = Check(
        name=name,
        route=route.name,
        hop=hop,
        through=hop,
        kind="tcp",
        interval_seconds=interval,
        timeout_seconds=timeout,
    )
    return Probe(
        series=Series(vantage=vantage, route=route.name, hop=hop, check=name),
        looking=Looking(
            vantage=Vantage(name=vantage, kind="system"), way=System(), resolvers=(), concurrency=concurrency
        ),
        route=route,
        hop=Hop(name=hop, scheme="https", host=f"{hop}.test", port=443),
        check=check,
        prober=Takes(seconds or (0.1,)),
        crossed=(),
    )


def plan(probes: Iterable[Probe]) -> Plan:
    """Make the plan of these probes."""
    chosen = tuple(probes)
    return Plan(
        vantages=tuple({one.series.vantage: one.looking.vantage for one in chosen}.values()),
        hops=tuple({one.hop.name: one.hop for one in chosen}.values()),
        routes=tuple({one.route for one in chosen}),
        probes=chosen,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and when it was told on the boot clock."""

    at_ns: int
    event: Event


class Work:
    """Probes being repeated, and everything they told."""

    def __init__(self, clock: Clock, probes: Iterable[Probe], network: Network | None = None) -> None:
        self.clock = clock
        self.plan = plan(probes)
        numbers = itertools.count(1)
        self._next_identity = lambda: Identity(agent="a", epoch="e", seq=next(numbers))
        self.pulse = Pulse(clock)
        self.runner = Runner(
            self.plan,
            {one.name: NoWay() for one in self.plan.vantages}
            if network is None
            else dialers(self.plan, network),
            Instruments(clock, self.pulse, self._next_identity),
        )
        self.told: list[Told] = []
        origin = clock.boot_ns()
        self.timetables = {
            one.series: Timetable(
                key=str(one.series), origin_ns=origin, interval_ns=int(one.check.interval_seconds * 1e9)
            )
            for one in self.plan.probes
        }

    def report(self, event: Event) -> None:
        self.told.append(Told(self.clock.boot_ns(), event))

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Repeat all probes while the block runs, and shut down as the daemon does: first the probes, then the pulse."""
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self.pulse.run())
            repeating = group.create_task(self._repeat())
            await asyncio.sleep(0)  # a task that was never begun cannot record that it was stopped
            yield
            repeating.cancel()
            await asyncio.wait([repeating])
            beating.cancel()

    async def _repeat(self) -> None:
        async with asyncio.TaskGroup() as group:
            for one in self.plan.probes:
                repeat = Repeat(
                    one,
                    self.timetables[one.series],
                    self.runner,
                    next_identity=self._next_identity,
                    report=self.report,
                )
                group.create_task(repeat.run())

    def due(self) -> Mapping[Series, int]:
        """Count the slots of each series that have come due by now."""
        now = self.clock.boot_ns()
        return {series: timetable.latest(now) + 1 for series, timetable in self.timetables.items()}

    def slots(self) -> Mapping[Series, list[int]]:
        """List the slots that were told of, in the order in which they were."""
        told: dict[Series, list[int]] = {series: [] for series in self.timetables}
        for one in self.told:
            match one.event:
                case Observation(series=series, slot=int() as slot):
                    told[series].append(slot)
                case Miss(series=series, first_slot=first, slots=slots):
                    told[series] += range(first, first + slots)
                case _:
                    assert isinstance(one.event, Pending)
        return told

    def observations(self, of: Callable[[Series], bool] = lambda _: True) -> list[Observation]:
        return [one.event for one in self.told if isinstance(one.event, Observation) and of(one.event.series)]

    def misses(self) -> list[Miss]:
        return [one.event for one in self.told if isinstance(one.event, Miss)]

    def missed(self) -> Mapping[MissReason, int]:
        """Count the missed slots by reason."""
        counts: dict[MissReason, int] = defaultdict(int)
        for miss in self.misses():
            counts[miss.reason] += miss.slots
        return dict(counts)

    def started_ns(self, observation: Observation) -> int:
        """Return when a probe started, on the boot clock."""
        assert observation.slot is not None
        intended = self.timetables[observation.series].intended_ns(observation.slot)
        return intended + round(observation.lateness_seconds * 1e9)


async def live(clock: VirtualClock, probes: Sequence[Probe], *history: Act) -> Work:
    """Let the probes live through a history and shut down at its end."""
    work = Work(clock, probes)
    async with work.going_on():
        for act, seconds in history:
            match act:
                case "wait":
                    await asyncio.sleep(seconds)
                case "stall":
                    clock.pass_time(seconds)
                case "suspend":
                    clock.suspend(seconds)
                case "step":
                    clock.step_wall(seconds)
    return work


def lived(probes: Sequence[Probe], *history: Act) -> Work:
    return run(lambda clock: live(clock, probes, *history))


def all_slots(work: Work) -> Mapping[Series, list[int]]:
    return {series: list(range(due)) for series, due in work.due().items()}


def many(count: int, interval: float = HOUR) -> list[Probe]:
    return [probe(f"check-{number}", interval=interval) for number in range(count)]
