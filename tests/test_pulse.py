"""The pulse knows the worst lateness since any moment, and every suspension of a second or more."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.pulse import PERIOD_NS, SUSPENDED_NS, Pulse, Stall
from tests.virtual import VirtualClock, run

MILLISECOND_NS = 1_000_000
PERIOD = PERIOD_NS / 1e9


class Felt:
    """A pulse whose beats come exactly when a test lets them, and all the truth about how late each one was."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.told: list[float] = []
        self.pulse = Pulse(self.clock, self.told.append)
        self.stalls: list[Stall] = []

    def beat(self, late_seconds: float) -> None:
        due_ns = self.clock.boot_ns() + PERIOD_NS
        self.clock.pass_time(PERIOD + late_seconds)
        self.pulse.beat()
        self.stalls.append(Stall(due_ns, self.clock.boot_ns()))

    def worst_since_ns(self, boot_ns: int) -> int:
        return max(
            (late.ended_ns - max(late.began_ns, boot_ns) for late in self.stalls if late.ended_ns > boot_ns),
            default=0,
        )


lags = (
    st.floats(0, 0.002)
    | st.floats(0, 0.1)
    | st.floats(0, 20)
    | st.sampled_from([0.0, 0.5, 0.95, 1.0, 3600.0])
)


@given(st.lists(lags, max_size=40), st.data())
@settings(deadline=None)
def test_the_worst_lateness_since_any_moment_is_known_to_the_millisecond(lateness, data):
    felt = Felt()
    began = felt.clock.boot_ns()
    for seconds in lateness:
        felt.beat(seconds)
    since = data.draw(st.integers(began, felt.clock.boot_ns()))

    told = felt.pulse.lag_since_ns(since)
    assert told <= felt.worst_since_ns(since) <= told + MILLISECOND_NS


@given(st.lists(lags, max_size=40), st.data())
@settings(deadline=None)
def test_every_suspension_is_known_from_the_last_beat_before_to_the_first_after(lateness, data):
    felt = Felt()
    began = felt.clock.boot_ns()
    for seconds in lateness:
        felt.beat(seconds)
    since = data.draw(st.integers(began, felt.clock.boot_ns()))

    expected = tuple(
        Stall(late.began_ns - PERIOD_NS, late.ended_ns)
        for late in felt.stalls
        if late.lasted_ns >= SUSPENDED_NS - PERIOD_NS and late.ended_ns > since
    )
    assert expected == felt.pulse.suspensions_since(since)


def test_hours_of_constant_lag_hide_no_earlier_suspension():
    felt = Felt()
    before = felt.clock.boot_ns()
    felt.beat(2.0)
    for number in range(100_000):
        felt.beat(0.002 + number % 100 / 1000)

    assert felt.pulse.suspended_since(before)
    assert felt.pulse.lag_since_ns(before) == 2_000_000_000


def test_hours_of_constant_lag_take_no_memory():
    felt = Felt()
    for number in range(100_000):
        felt.beat(0.002 + number % 100 / 1000)

    assert len(felt.pulse._late) <= 100


def test_lateness_that_was_over_is_none_of_a_probe_that_began_after_it():
    felt = Felt()
    felt.beat(2.0)

    assert (
        felt.pulse.lag_since_ns(felt.clock.boot_ns()),
        felt.pulse.suspended_since(felt.clock.boot_ns()),
    ) == (0, False)


def test_a_probe_that_begins_before_the_late_beat_counts_only_what_it_saw_of_the_lateness():
    felt = Felt()
    felt.clock.pass_time(2.0)
    began = felt.clock.boot_ns()
    felt.clock.pass_time(0.010)
    felt.pulse.beat()

    assert (felt.pulse.lag_since_ns(began), felt.pulse.suspended_since(began)) == (10 * MILLISECOND_NS, False)


def test_a_beat_that_is_overdue_counts_before_it_comes():
    felt = Felt()
    before = felt.clock.boot_ns()
    felt.clock.pass_time(PERIOD + 2.0)

    assert (2_000_000_000, (Stall(before, felt.clock.boot_ns()),)) == (
        felt.pulse.lag_since_ns(before),
        felt.pulse.suspensions_since(before),
    )


@pytest.mark.parametrize("after_the_beat", [0.0, 0.2, 0.5, 0.999])
def test_a_second_without_a_turn_is_always_a_suspension(after_the_beat):
    async def scenario(clock: VirtualClock) -> bool:
        pulse = Pulse(clock)
        before = clock.boot_ns()
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.run())
            await asyncio.sleep(10 * PERIOD + after_the_beat * PERIOD)
            clock.pass_time(1.0)
            await asyncio.sleep(PERIOD)
            beating.cancel()
        return pulse.suspended_since(before)

    assert run(scenario)


@pytest.mark.parametrize("after_the_beat", [0.0, 0.5, 0.999])
def test_nine_tenths_of_a_second_are_none(after_the_beat):
    async def scenario(clock: VirtualClock) -> bool:
        pulse = Pulse(clock)
        before = clock.boot_ns()
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.run())
            await asyncio.sleep(10 * PERIOD + after_the_beat * PERIOD)
            clock.pass_time(0.9)
            await asyncio.sleep(PERIOD)
            beating.cancel()
        return pulse.suspended_since(before)

    assert not run(scenario)


def test_a_suspended_machine_is_felt_although_its_timers_stood_still():
    async def scenario(clock: VirtualClock) -> tuple[Stall, ...]:
        pulse = Pulse(clock)
        before = clock.boot_ns()
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.run())
            await asyncio.sleep(1.0)
            clock.suspend(3600)
            await asyncio.sleep(1.0)
            beating.cancel()
        return pulse.suspensions_since(before)

    (felt,) = run(scenario)
    assert 3600 <= felt.lasted_ns / 1e9 <= 3600 + 2 * PERIOD


def test_every_beat_is_told_how_late_it_was():
    felt = Felt()
    for seconds in (0.0, 0.25, 0.0):
        felt.beat(seconds)

    assert felt.told == [0.0, 0.25, 0.0]


def test_a_calm_loop_beats_fifty_times_a_second():
    async def scenario(clock: VirtualClock) -> list[float]:
        told: list[float] = []
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(Pulse(clock, told.append).run())
            await asyncio.sleep(10.01)
            beating.cancel()
        return told

    told = run(scenario)
    assert (len(told), max(told) < 0.001) == (500, True)
