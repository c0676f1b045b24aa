"""Sleepers go by the boot clock, and a suspend makes nobody oversleep."""

import asyncio
import time

import pytest

from probe.clock import SystemClock, wall_offset_ns
from tests.virtual import VirtualClock, VirtualLoop, run

pytestmark = pytest.mark.alone

SECOND_NS = 10**9


async def _woken_after(clock: VirtualClock, seconds: float) -> float:
    start = clock.boot_ns()
    await clock.sleep_until(start + int(seconds * 1e9))
    return (clock.boot_ns() - start) / 1e9


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9, 0.001, 59.9, 60.0, 86_400.0])
def test_a_sleeper_wakes_at_its_moment_and_not_before(seconds):
    slept = run(lambda clock: _woken_after(clock, seconds))

    assert max(0.0, seconds) <= slept <= max(0.0, seconds) + 0.001


@pytest.mark.parametrize(("asleep", "expected"), [(3600.0, 3610.0), (100.0, 600.0)])
def test_nobody_oversleeps_a_suspend_while_somebody_else_wakes(asleep, expected):
    async def scenario(clock: VirtualClock) -> float:
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(_beat(clock))
            sleeper = group.create_task(_woken_after(clock, 600.0))
            await asyncio.sleep(10.0)
            clock.suspend(asleep)
            slept = await sleeper
            beating.cancel()
        return slept

    assert run(scenario) == pytest.approx(expected, abs=0.06)


async def _beat(clock: VirtualClock) -> None:
    while True:
        await clock.sleep_until(clock.boot_ns() + SECOND_NS // 20)


def test_a_lonely_sleeper_looks_at_the_clock_once_a_minute():
    async def scenario(clock: VirtualClock) -> float:
        asyncio.get_running_loop().call_later(10.0, clock.suspend, 3600.0)
        return await _woken_after(clock, 600.0)

    assert 3610.0 <= run(scenario) <= 3670.0


def test_a_step_of_the_wall_clock_wakes_nobody():
    async def scenario(clock: VirtualClock) -> float:
        asyncio.get_running_loop().call_later(10.0, clock.step_wall, 3600.0)
        return await _woken_after(clock, 600.0)

    assert run(scenario) == pytest.approx(600.0, abs=0.001)


def test_thousands_of_sleepers_cost_a_turn_a_minute_each_at_most():
    async def scenario(clock: VirtualClock) -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with asyncio.TaskGroup() as group:
            sleepers = [group.create_task(_woken_after(clock, 86_400.0 + number)) for number in range(1000)]
            await asyncio.sleep(1.0)
            before = loop.turns
            await asyncio.sleep(600.0)
            turns = loop.turns - before
            for sleeper in sleepers:
                sleeper.cancel()
        return turns

    assert run(scenario) <= 10_100


def test_a_cancelled_sleeper_is_forgotten():
    async def scenario(clock: VirtualClock) -> int:
        async with asyncio.TaskGroup() as group:
            sleeper = group.create_task(_woken_after(clock, 600.0))
            await asyncio.sleep(1.0)
            sleeper.cancel()
        return len(clock._sleepers)

    assert run(scenario) == 0


def test_the_offset_of_the_wall_clock_is_what_it_was_set_to():
    clock = VirtualClock(wall_ns=7 * SECOND_NS)
    clock.pass_time(5)
    clock.step_wall(-2)

    assert wall_offset_ns(clock) == 5 * SECOND_NS


async def test_the_systems_clock_sleeps_by_the_machines_time():
    clock = SystemClock()
    monotonic, start = time.monotonic_ns(), clock.boot_ns()
    await clock.sleep_until(start + 20_000_000)

    assert clock.boot_ns() - start >= 20_000_000
    assert clock.monotonic_ns() - monotonic >= 20_000_000
    assert abs(clock.wall_ns() - time.time_ns()) < SECOND_NS
