"""While a vantage ails its probes are not measured, once a minute it is found out whether it still does, and then all counts again."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.daemon.wellbeing import Wellbeing
from probe.followup import Followups
from probe.health import Healths
from probe.measure import Instruments
from probe.model import (
    Budget,
    Cost,
    Event,
    Finding,
    Health,
    Hop,
    Http,
    Identity,
    Layer,
    Level,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Request,
    Verdict,
)
from probe.plan import Probe
from probe.runner import Runner
from tests.repeating import NoWay, Work, probe
from tests.virtual import VirtualClock, run


@dataclass(frozen=True, slots=True)
class Fails:
    """A prober that ends with this cause; "" is an answer. The list may be changed meanwhile."""

    layers: ClassVar[tuple[Layer, ...]] = (Layer.TCP, Layer.LOCAL)
    by_proxy: ClassVar[bool] = True
    cause: list[str] = field(default_factory=lambda: [""])

    async def __call__(self, attempt: Attempt) -> None:
        with attempt.phase(Phase.CONNECT):
            await asyncio.sleep(0.05)
            if self.cause[0]:
                raise ProbeFailed(self.cause[0], "made up")
        attempt.http = Http(url="http://a.test/", status=200)

    def cost(self, hop: Hop) -> Cost:
        return Cost()


class World(Work):
    """Checks at work whose vantage may ail; an examination finds what the world is like."""

    def __init__(self, clock: VirtualClock, *names: str, interval: float = 10.0) -> None:
        self.cause = [""]
        self.found = "local.cut_off"
        self.examined: list[Observation] = []
        super().__init__(clock, [self._probe(name, interval) for name in names])
        numbers = itertools.count(1000)
        self._number = lambda: Identity(agent="a", epoch="e", seq=next(numbers))
        self.healths = Healths(["wifi"], clock)
        tools = Instruments(clock, self.pulse, self._next_identity, excuses=(self.healths.excused,))
        self.runner = Runner(self.plan, {"wifi": NoWay()}, tools)
        self.wellbeing = Wellbeing(self.healths, clock, self.report, self._number)
        self.followups = Followups(
            self.plan, self.runner, self.report, examine=self.examine, health=self.healths
        )

    def _probe(self, name: str, interval: float) -> Probe:
        return replace(probe(name, hop=name, interval=interval), prober=Fails(self.cause))

    def report(self, event: Event) -> None:
        super().report(event)
        self.wellbeing.take(event)
        self.followups.consider(event)

    async def examine(self, _: Probe, seen: Observation) -> frozenset[str]:
        self.examined.append(seen)
        await asyncio.sleep(1.0)
        self.report(
            Finding(
                identity=self._number(),
                series=seen.series,
                verdict=Verdict.DOWN,
                causes=(self.found,),
                rule="local.cut-off" if self.found.startswith("local.") else "tcp.address",
                level=Level.SCORED,
                element="access[wifi]",
                detail="found so",
                parents=(seen.identity,),
                recorded_at_ns=self.clock.wall_ns(),
            )
        )
        return frozenset()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self.followups.run())
            async with super().going_on():
                yield
            following.cancel()

    def told_of(self, kind: type[Health]) -> list[tuple[str, ...]]:
        return [
            tuple(one.cause for one in told.event.ailments)
            for told in self.told
            if isinstance(told.event, kind)
        ]

    def outcomes(self) -> list[str]:
        """What the probes of the schedule came to, in order."""
        return [
            one.failure.cause if one.failure else "ok"
            for one in self.observations()
            if one.purpose is Purpose.ROUTINE
        ]


async def lasting(world: World, *history: tuple[str, float]) -> None:
    """Let the checks end so, each for so long."""
    async with world.going_on():
        for cause, seconds in history:
            world.cause[0] = cause
            await asyncio.sleep(seconds)


def lived(*history: tuple[str, float], names: Iterable[str] = ("a",), found: str = "local.cut_off") -> World:
    async def scenario(clock: VirtualClock) -> World:
        world = World(clock, *names)
        world.found = found
        await lasting(world, *history)
        return world

    return run(scenario)


def test_the_first_failure_counts_and_those_after_it_are_the_vantages():
    outcomes = lived(("tcp.timeout", 45.0)).outcomes()

    assert outcomes == ["tcp.timeout", *["local.cut_off"] * (len(outcomes) - 1)]
    assert len(outcomes) >= 4


def test_it_is_looked_into_once_a_minute_whatever_the_number_of_checks():
    world = lived(("tcp.timeout", 300.0), names=("a", "b", "c", "d"))

    excused = [one for one in world.examined if one.outcome is Outcome.NOT_MEASURED]
    assert 3 <= len(excused) <= 4
    assert all(one.failure.ended_as == "tcp.timeout" for one in excused)


def test_what_ends_is_over_with_the_next_answer_and_recorded_when_it_changes():
    world = lived(("tcp.timeout", 45.0), ("", 30.0))

    assert world.told_of(Health) == [("local.cut_off",), ()]
    assert world.outcomes()[-2:] == ["ok", "ok"]


def test_a_hop_that_fails_behind_it_is_not_hidden_for_longer_than_a_minute_and_an_interval():
    async def scenario(clock: VirtualClock) -> World:
        world = World(clock, "a")
        async with world.going_on():
            world.cause[0] = "tcp.timeout"
            await asyncio.sleep(45.0)
            world.found = "tcp.timeout.ip"  # the network is back, and now it is the hop
            await asyncio.sleep(80.0)
        return world

    world = run(scenario)
    assert world.told_of(Health) == [("local.cut_off",), ()]
    assert world.outcomes()[-1] == "tcp.timeout"


def test_what_an_ailment_does_not_explain_counts_at_once():
    world = lived(("tcp.timeout", 25.0), ("tls.reset", 25.0))

    assert world.outcomes()[-2:] == ["tls.reset", "tls.reset"]


def test_own_trouble_that_an_error_tells_is_looked_into_when_it_begins_and_not_while_it_lasts():
    world = lived(("", 15.0), ("local.interface_down", 300.0), ("", 15.0), ("local.interface_down", 30.0))

    causes = [one.failure.cause for one in world.examined if one.failure]
    assert causes == ["local.interface_down"] * 2


def test_own_trouble_that_is_no_news_is_not_looked_into():
    world = lived(("local.family_mismatch", 30.0), ("meta.late", 30.0))

    assert world.examined == []


def test_a_control_is_told_as_it_ended_because_it_is_evidence():
    async def scenario(clock: VirtualClock) -> list[str]:
        world = World(clock, "a")
        await lasting(world, ("tcp.timeout", 15.0))
        told = []
        for purpose in (Purpose.CONTROL, Purpose.CONFIRM):
            request = Request(purpose=purpose, budget=Budget(seconds=5.0), intended_at_ns=0)
            told.append((await world.runner.once(world.plan.probes[0], request)).failure.cause)
        return told

    assert run(scenario) == ["tcp.timeout", "local.cut_off"]


def test_slow_checks_are_looked_into_again_although_they_fail_as_before():
    async def scenario(clock: VirtualClock) -> World:
        world = World(clock, "a", interval=200.0)
        await lasting(world, ("tcp.timeout", 900.0))
        return world

    world = run(scenario)
    assert set(world.outcomes()) == {"tcp.timeout"}  # nothing is known that is fresh enough to excuse it
    assert len(world.examined) == len(world.outcomes())
    assert world.told_of(Health) == [("local.cut_off",)]


def test_nothing_more_is_sent_about_a_failure_that_an_ailment_explains():
    world = lived(("tcp.timeout", 45.0))
    hop = lived(("tcp.timeout", 45.0), found="tcp.timeout.ip")

    extras = [[one for one in each.observations() if one.purpose is Purpose.CONFIRM] for each in (world, hop)]
    assert [len(one) for one in extras] == [0, 1]
