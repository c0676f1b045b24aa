"""Nobody else's host is asked more often than once a second, whoever in the process asks, and all have their turn."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.attempt import Attempt
from probe.courtesy import SPACING_NS, Courtesy, demand, foreign_hosts, is_own
from probe.model import Budget, Cost, Hop, Layer, MissReason, Purpose, Request
from probe.plan import Probe
from tests.repeating import Work, all_slots, lived, plan, probe
from tests.virtual import VirtualClock, run

FOREIGN = "api.example.net"
NOTHING = Budget(seconds=1.0)


def foreign(one: Probe, host: str = FOREIGN) -> Probe:
    """Let a check ask somebody else's host."""
    return replace(one, hop=replace(one.hop, host=host))


@dataclass(frozen=True, slots=True)
class Names:
    """A prober that asks resolvers and no host."""

    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS,)
    by_proxy: ClassVar[bool] = False

    async def __call__(self, attempt: Attempt) -> None:
        await asyncio.sleep(0)

    def cost(self, hop: Hop) -> Cost:
        return Cost()


@pytest.mark.parametrize(
    ("host", "address", "mine", "own"),
    [
        ("api.example.net", None, False, False),
        ("203.0.113.9", None, False, False),
        ("2001:db8::9", None, False, False),
        ("10.0.0.1", None, False, False),
        ("test.example.net", None, False, False),
        ("localhost.example.net", None, False, False),
        ("api.example.net", None, True, True),
        ("127.0.0.1", None, False, True),
        ("127.9.8.7", None, False, True),
        ("::1", None, False, True),
        ("localhost", None, False, True),
        ("api.localhost", None, False, True),
        ("hk-vps.lab.test", None, False, True),
        ("api.example.net", "127.0.0.1", False, True),
        ("api.example.net", "203.0.113.9", False, False),
        ("127.0.0.1", "203.0.113.9", False, False),
        ("hk-vps.lab.test", "203.0.113.9", False, True),
        ("hk-vps.lab.test.", "203.0.113.9", False, True),
        ("api.localhost", "203.0.113.9", False, True),
        ("test.example.net", "203.0.113.9", False, False),
    ],
)
def test_a_host_is_the_users_own_when_he_says_so_or_it_can_be_nobody_elses(host, address, mine, own):
    hop = Hop(name="hop", scheme="https", host=host, port=443, address=address, mine=mine)

    assert is_own(hop) is own


def test_what_is_said_of_a_host_at_one_hop_holds_for_all_hops_on_it():
    chat, page = foreign(probe(hop="chat")), foreign(probe(hop="page"))
    mine = replace(page, hop=replace(page.hop, mine=True))

    assert [foreign_hosts(plan([chat, page])), foreign_hosts(plan([chat, mine]))] == [{FOREIGN}, frozenset()]


def test_demand_adds_up_checks_hops_and_vantages_of_a_host_and_leaves_out_who_only_asks_its_name():
    probes = [
        foreign(probe("a", vantage="wifi", interval=2.0)),
        foreign(probe("b", vantage="mobile", interval=4.0)),
        foreign(probe("c", hop="vercel", interval=4.0)),
        foreign(probe("d", hop="static", interval=5.0), "other.example"),
        replace(foreign(probe("name", interval=1.0)), prober=Names()),
        probe("own", hop="vps", interval=1.0),
    ]

    assert demand(plan(probes)) == {FOREIGN: 1.0, "other.example": 0.2}


async def ask_all(clock: VirtualClock, askers: Sequence[tuple[str, float]]) -> list[tuple[str, int]]:
    """Ask for a turn at each host at its time; return who had one when, in order."""
    probes = {host: foreign(probe(hop=host), host) for host, _ in askers}
    courtesy = Courtesy(plan(probes.values()), clock)
    turns: list[tuple[str, int]] = []

    async def ask(host: str, at: float) -> None:
        await asyncio.sleep(at)
        await courtesy.turn(probes[host])
        turns.append((host, clock.boot_ns()))

    async with asyncio.TaskGroup() as group:
        for host, at in askers:
            group.create_task(ask(host, at))
    return turns


hosts = st.sampled_from(["a.example", "b.example"])


@given(st.lists(st.tuples(hosts, st.floats(0, 8)), max_size=12))
@settings(deadline=None)
def test_turns_at_one_host_are_a_second_apart_and_no_host_waits_for_another(askers):
    turns = run(lambda clock: ask_all(clock, askers))

    assert Counter(host for host, _ in turns) == Counter(host for host, _ in askers)
    for host in {host for host, _ in askers}:
        times = [at for one, at in turns if one == host]
        assert all(later - sooner >= SPACING_NS for sooner, later in pairwise(times))
        last = max(at for one, at in askers if one == host)
        assert times[-1] - 10**15 <= (last + len(times)) * 1e9 + 1e6


def test_an_own_host_is_never_waited_for():
    async def scenario(clock: VirtualClock) -> int:
        one = probe(hop="vps")
        courtesy = Courtesy(plan([one]), clock)
        began = clock.boot_ns()
        for _ in range(100):
            await courtesy.turn(one)
        return clock.boot_ns() - began

    assert run(scenario) == 0


def test_who_leaves_the_queue_takes_no_turn_with_it():
    async def scenario(clock: VirtualClock) -> float:
        one = foreign(probe())
        courtesy = Courtesy(plan([one]), clock)
        await courtesy.turn(one)
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(courtesy.turn(one)) for _ in range(50)]
            await asyncio.sleep(0.5)
            for task in waiting:
                task.cancel()
        began = clock.boot_ns()
        await courtesy.turn(one)
        return (clock.boot_ns() - began) / 1e9

    assert run(scenario) == pytest.approx(0.5, abs=0.01)


def test_another_plan_makes_no_host_be_asked_sooner():
    async def scenario(clock: VirtualClock) -> float:
        one, other = foreign(probe()), foreign(probe(), "other.example")
        courtesy = Courtesy(plan([one]), clock)
        await courtesy.turn(one)
        courtesy.adopt(plan([other]))
        courtesy.adopt(plan([one]))
        began = clock.boot_ns()
        await courtesy.turn(one)
        return (clock.boot_ns() - began) / 1e9

    assert run(scenario) == pytest.approx(1.0, abs=0.01)


def starts(work: Work) -> list[int]:
    return sorted(work.started_ns(one) for one in work.observations())


def test_series_of_one_host_are_asked_a_second_apart_from_all_vantages_and_their_wait_shows():
    probes = [
        foreign(probe(f"check-{number}", 0.05, vantage=vantage, interval=12.0))
        for number in range(4)
        for vantage in ("wifi", "mobile", "wired")
    ]

    work = lived(probes, ("wait", 300.0))

    assert all(later - sooner >= SPACING_NS for sooner, later in pairwise(starts(work)))
    assert max(one.lateness_seconds for one in work.observations()) > 0.5
    assert set(work.missed()) <= {MissReason.COURTESY, MissReason.SHUTDOWN}


def test_slots_that_a_wait_for_the_turn_overtakes_are_missed_for_courtesy_and_all_series_have_their_share():
    probes = [foreign(probe(f"check-{number}", 0.05, interval=1.0, timeout=0.9)) for number in range(3)]

    work = lived(probes, ("wait", 120.0))

    assert set(work.missed()) <= {MissReason.COURTESY, MissReason.SHUTDOWN}
    assert work.missed()[MissReason.COURTESY] > 200
    assert all_slots(work) == work.slots()
    counts = Counter(one.series for one in work.observations())
    assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(counts.values()) == pytest.approx(120, abs=5)


visits = st.lists(st.tuples(st.sampled_from([1.0, 2.0, 5.0]), st.booleans()), min_size=1, max_size=6)


@given(visits, st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_slots_are_observations_and_misses_each_once_whoever_waits_for_whom(kinds, concurrency):
    probes = [
        foreign(one) if is_foreign else one
        for number, (interval, is_foreign) in enumerate(kinds)
        for one in [probe(f"check-{number}", 0.3, interval=interval, timeout=0.9, concurrency=concurrency)]
    ]

    work = lived(probes, ("wait", 20.0), ("suspend", 30.0), ("wait", 20.0))

    assert all_slots(work) == work.slots()


@pytest.mark.parametrize("purpose", [Purpose.ON_DEMAND, Purpose.CONFIRM, Purpose.CONTROL])
def test_extra_probes_wait_for_their_turn_like_any_other_and_say_how_long(purpose):
    async def scenario(clock: VirtualClock) -> list[float]:
        one = foreign(probe("check", 0.1))
        work = Work(clock, [one])
        request = Request(purpose=purpose, budget=NOTHING, intended_at_ns=clock.wall_ns())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work.runner.once(one, request)) for _ in range(3)]
        return sorted(task.result().lateness_seconds for task in tasks)

    assert run(scenario) == [
        pytest.approx(0, abs=0.01),
        pytest.approx(1, abs=0.01),
        pytest.approx(2, abs=0.01),
    ]


def test_who_only_resolves_a_hosts_name_waits_for_nobody():
    async def scenario(clock: VirtualClock) -> int:
        name, port = replace(foreign(probe("name")), prober=Names()), foreign(probe("port"))
        courtesy = Courtesy(plan([name, port]), clock)
        await courtesy.turn(port)
        began = clock.boot_ns()
        for _ in range(10):
            await courtesy.turn(name)
        return clock.boot_ns() - began

    assert run(scenario) == 0
