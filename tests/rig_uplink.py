"""A machine that roams, the watch over its vantages, and the probes that run there, on a clock of its own."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from probe.measure import Instruments
from probe.model import (
    Budget,
    Change,
    Disturbance,
    Event,
    Identity,
    Observation,
    Outcome,
    Purpose,
    Request,
    UplinkState,
)
from probe.plan import Probe
from probe.pulse import Pulse
from probe.runner import Runner
from probe.uplink.ear import Heard
from probe.uplink.group import Senses
from probe.uplink.tracker import Blip
from probe.uplink.watch import Watch
from probe.vantage.interface import Interface
from tests.fake_links import Interfaces, laptop
from tests.repeating import NoWay, plan, probe
from tests.virtual import VirtualClock

WIFI_OFF = Blip(index=2, what=Disturbance.LINK)


class Whisper:
    """An ear that hears what the test says."""

    is_deaf = False

    def __init__(self, opening: object, namespace: str | None, told: Callable[[], None]) -> None:
        self.told, self.heard = told, Heard()

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass

    def hear(self) -> Heard:
        heard, self.heard = self.heard, Heard()
        return heard


class Scene:
    """A machine that roams, the watch over it, and the probes that run there."""

    def __init__(self, clock: VirtualClock, probes: list[Probe], machine: Interfaces) -> None:
        self.clock, self.machine, self.told = clock, machine, list[Event]()
        self.ears: list[Whisper] = []
        numbers = itertools.count(1)
        identity = lambda: Identity(agent="a", epoch="e", seq=next(numbers))  # noqa: E731
        self.watch = Watch(clock, self.told.append, identity, Senses(machine.ask, self._listen))
        tools = Instruments(clock, Pulse(clock), identity, uplinks=self.watch)
        self.plan = plan(probes)
        self.runner = Runner(self.plan, {one.name: NoWay() for one in self.plan.vantages}, tools)
        self.watch.adopt(self.plan, self.runner.once)

    def _listen(self, *how: object) -> Whisper:
        self.ears.append(Whisper(*how))  # type: ignore[arg-type]
        return self.ears[-1]

    def tell(self, *blips: Blip) -> None:
        """Let the kernel tell that something has changed."""
        self.ears[-1].heard = Heard(is_news=True, blips=blips)
        self.ears[-1].told()

    async def ask(self, one: Probe) -> Observation:
        """Run one probe now."""
        budget = Budget(seconds=one.check.timeout_seconds)
        request = Request(purpose=Purpose.ROUTINE, budget=budget, intended_at_ns=0, slot=0)
        return await self.runner.measure(one, self.runner.attempt(one, request))

    def extras(self) -> list[Observation]:
        return [one for one in self.told if isinstance(one, Observation)]

    def changes(self) -> list[Change]:
        return [one for one in self.told if isinstance(one, Change)]

    def states(self, vantage: str = "wifi") -> list[bool | None]:
        return [one.is_up for one in self.told if isinstance(one, UplinkState) and one.vantage == vantage]


@asynccontextmanager
async def watched(clock: VirtualClock, probes: list[Probe], machine: Interfaces | None = None):
    """Watch while the block runs."""
    scene = Scene(clock, probes, machine or laptop())
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(scene.watch.run())
        await asyncio.sleep(0.5)
        yield scene
        watching.cancel()


def bound(one: Probe, interface: str = "wlan0", host: str = "", address: str | None = None) -> Probe:
    """Let a probe leave by an interface, and its hop be of another name or at an address."""
    hop = replace(one.hop, host=host or one.hop.host, address=address)
    return replace(one, looking=replace(one.looking, way=Interface(name=interface)), hop=hop)


def wifi(*seconds: float, **hop: str) -> Probe:
    return bound(probe("page", *seconds), **hop)


def mobile(*seconds: float) -> Probe:
    return bound(probe("page", *seconds, vantage="mobile"), "wwan0")


def verdict(seen: Observation) -> tuple[Outcome, str, str]:
    return (
        seen.outcome,
        seen.failure.cause if seen.failure else "",
        seen.failure.detail if seen.failure else "",
    )
