"""Every slot that comes due ends as one observation or in a recorded miss, whatever happens to loop, machine and clock."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.model import Miss, MissReason, Pending
from probe.plan import Probe
from probe.schedule import WARM_UP_NS
from tests.repeating import HANGS, HOUR, Work, all_slots, lived, many, probe
from tests.virtual import VirtualClock, VirtualLoop, run

seconds_taken = st.sampled_from([0.0, 0.01, 0.5, 3.0, 9.0, 40.0, -0.2, -7.0, HANGS])


@st.composite
def series(draw: st.DrawFn, number: int) -> Probe:
    interval = draw(st.sampled_from([1.0, 2.5, 5.0, 30.0, HOUR]))
    return probe(
        f"check-{number}",
        *draw(st.lists(seconds_taken, min_size=1, max_size=4)),
        vantage=draw(st.sampled_from(["wifi", "mobile"])),
        hop=draw(st.sampled_from(["direct", "vercel", "static"])),
        interval=interval,
        timeout=draw(st.sampled_from([0.01, 1.0, min(interval, 10.0), 60.0])),
        concurrency=draw(st.sampled_from([1, 2, 8])),
    )


plans = st.integers(1, 8).flatmap(lambda count: st.tuples(*(series(number) for number in range(count))))
acts = st.one_of(
    st.tuples(st.just("wait"), st.floats(0, 20)),
    st.tuples(st.just("stall"), st.floats(0, 2) | st.floats(0, 60)),
    st.tuples(st.just("suspend"), st.floats(0, 60) | st.floats(0, 24 * HOUR)),
    st.tuples(st.just("step"), st.floats(-HOUR, HOUR)),
)


@given(plans, st.lists(acts, max_size=10))
@settings(deadline=None, max_examples=150)
def test_slots_are_observations_and_misses_each_once_and_in_order(probes, history):
    work = lived(probes, *history)

    assert all_slots(work) == work.slots()


@given(plans, st.lists(acts, max_size=10))
@settings(deadline=None, max_examples=50)
def test_no_probe_starts_before_its_slot_nor_when_the_next_one_is_due(probes, history):
    work = lived(probes, *history)

    for one in work.observations():
        grid = work.timetables[one.series]
        assert one.slot is not None
        assert grid.intended_ns(one.slot) <= work.started_ns(one) < grid.intended_ns(one.slot + 1)


@given(plans, st.lists(acts, max_size=10))
@settings(deadline=None, max_examples=50)
def test_a_slot_is_missed_as_suspended_only_when_it_came_due_in_a_suspension(probes, history):
    work = lived(probes, *history)

    suspensions = work.pulse.suspensions_since(0)
    for miss in work.misses():
        grid = work.timetables[miss.series]
        for slot in {miss.first_slot, miss.first_slot + miss.slots - 1}:
            due = grid.intended_ns(slot)
            slept = any(one.began_ns <= due <= one.ended_ns for one in suspensions)
            assert slept == (miss.reason is MissReason.SUSPENDED)


def test_lateness_is_counted_from_the_intended_start():
    one = probe(interval=10.0)

    async def scenario(clock: VirtualClock) -> Work:
        work = Work(clock, [one])
        async with work.going_on():
            await clock.sleep_until(work.timetables[one.series].intended_ns(1) - 100_000_000)
            clock.pass_time(0.5)
            await asyncio.sleep(1.0)
        return work

    work = run(scenario)
    _, late = work.observations()
    assert late.lateness_seconds == pytest.approx(0.4, abs=0.001)
    intended_wall_ns = (
        work.clock.wall_ns() - work.clock.boot_ns() + work.timetables[one.series].intended_ns(1)
    )
    assert (late.intended_at_ns, late.slot) == (intended_wall_ns, 1)
    assert late.started_at_ns - late.intended_at_ns == pytest.approx(0.4e9, abs=1e6)


def test_slots_that_pass_while_a_probe_is_out_are_overrun():
    work = lived([probe("check", 12.0, interval=5.0, timeout=60.0)], ("wait", 100.0))

    assert set(work.missed()) <= {MissReason.OVERRUN, MissReason.SHUTDOWN}
    assert work.missed()[MissReason.OVERRUN] >= 9


def test_slots_that_pass_in_less_than_a_suspension_are_late():
    work = lived([probe("check", 0.001, interval=0.2)], ("wait", 5.05), ("stall", 0.9), ("wait", 1.0))

    assert work.missed() == {MissReason.LATE: 3}


def test_neighbouring_slots_with_one_reason_are_one_record():
    work = lived([probe("check", interval=2.5)], ("wait", 10.0), ("suspend", HOUR), ("wait", 10.0))

    assert [(miss.reason, miss.slots > 1400) for miss in work.misses()] == [(MissReason.SUSPENDED, True)]


def test_a_miss_is_labelled_with_the_wall_time_of_its_first_slot():
    work = lived([probe("check", interval=2.5)], ("wait", 10.0), ("suspend", HOUR), ("wait", 10.0))

    (miss,) = work.misses()
    intended = work.timetables[miss.series].intended_ns(miss.first_slot)
    assert miss.intended_at_ns == intended + work.clock.wall_ns() - work.clock.boot_ns()


def test_too_many_checks_for_their_room_take_turns():
    probes = [
        probe(f"check-{number}", HANGS, interval=10.0, timeout=10.0, concurrency=2) for number in range(5)
    ]
    work = lived(probes, ("wait", 300.0))

    turns = Counter(one.series for one in work.observations())
    assert set(turns.values()) <= {5, 6}
    assert set(work.missed()) == {MissReason.OVERLOAD, MissReason.SHUTDOWN}


def test_a_slot_without_room_is_recorded_when_the_next_one_comes_due():
    probes = [
        probe(f"check-{number}", 55.0, interval=5.0, timeout=60.0, concurrency=1) for number in range(3)
    ]
    work = lived(probes, ("wait", 50.0))

    overloaded = 0
    for told in work.told:
        match told.event:
            case Miss(reason=MissReason.OVERLOAD) as miss:
                following = work.timetables[miss.series].intended_ns(miss.first_slot + 1)
                assert (miss.slots, told.at_ns - following < 1_000_000) == (1, True)
                overloaded += 1
            case _:
                pass
    assert overloaded >= 16


def test_a_black_hole_at_one_hop_starves_no_other():
    dead = [probe(f"dead-{number}", HANGS, hop="vercel", interval=5.0, concurrency=4) for number in range(20)]
    well = [probe(f"well-{number}", 0.1, hop="direct", interval=5.0, concurrency=4) for number in range(4)]
    work = lived([*dead, *well], ("wait", 100.0))

    served = work.observations(lambda one: one.hop == "direct")
    assert len(served) >= 4 * 19
    assert max(one.lateness_seconds for one in served) < 0.25
    assert {miss.series.hop for miss in work.misses()} == {"vercel"}


def test_a_black_hole_behind_one_vantage_starves_no_other():
    dead = [probe(f"dead-{number}", HANGS, vantage="mobile", interval=5.0) for number in range(50)]
    well = [probe(f"well-{number}", 0.1, vantage="wifi", interval=5.0) for number in range(4)]
    work = lived([*dead, *well], ("wait", 100.0))

    served = work.observations(lambda one: one.vantage == "wifi")
    assert max(one.lateness_seconds for one in served) < 0.001
    assert {miss.series.vantage for miss in work.misses()} == {"mobile"}


def test_a_shutdown_records_the_probe_in_flight_and_takes_no_time():
    async def scenario(clock: VirtualClock) -> tuple[Work, int]:
        work = Work(clock, [probe("check", HANGS, interval=10.0, timeout=10.0)])
        async with work.going_on():
            await asyncio.sleep(12.0)
            before = clock.boot_ns()
        return work, clock.boot_ns() - before

    work, took_ns = run(scenario)
    assert work.missed() == {MissReason.SHUTDOWN: 1}
    assert took_ns < 1_000_000


def test_a_shutdown_between_slots_records_nothing():
    work = lived([probe("check", 0.1, interval=10.0)], ("wait", 9.9))

    assert ([one.slot for one in work.observations()], work.missed()) == ([0], {})


def test_a_shutdown_records_those_who_wait_for_room():
    probes = [
        probe(f"check-{number}", HANGS, interval=10.0, timeout=10.0, concurrency=1) for number in range(4)
    ]
    work = lived(probes, ("wait", 9.9))

    assert work.missed() == {MissReason.SHUTDOWN: 4}


def test_a_shutdown_before_the_catch_up_leaves_the_slept_slots_suspended():
    work = lived(many(20), ("wait", 10.0), ("suspend", 12 * HOUR))

    assert {MissReason.SUSPENDED} == set(work.missed())
    assert all_slots(work) == work.slots()


def test_a_probe_out_for_longer_than_usual_is_told_of_once_with_its_phase():
    work = lived([probe("check", 4.0, interval=20.0)], ("wait", 19.0))

    pending = [told.event for told in work.told if isinstance(told.event, Pending)]
    assert [(one.slot, one.phase) for one in pending] == [(0, "connect")]
    assert pending[0].elapsed_seconds == pytest.approx(1.0, abs=0.001)


def test_what_is_usual_is_learnt_from_the_probes_that_went_well():
    work = lived([probe("check", 0.6, 0.5, 4.0, interval=10.0)], ("wait", 35.0))

    pending = [told.event for told in work.told if isinstance(told.event, Pending)]
    assert [(one.slot, round(one.elapsed_seconds, 2)) for one in pending] == [(2, 1.8)]


@pytest.mark.parametrize("seconds", [0.9, -0.9])
def test_a_probe_that_ends_in_its_usual_time_is_not_told_of(seconds):
    work = lived([probe("check", seconds, interval=10.0)], ("wait", 30.0))

    assert [told for told in work.told if isinstance(told.event, Pending)] == []


@pytest.mark.parametrize("act", ["stall", "suspend"])
def test_a_probe_that_takes_long_because_we_stood_still_is_not_told_of(act):
    async def scenario(clock: VirtualClock) -> Work:
        work = Work(clock, [one])
        async with work.going_on():
            await clock.sleep_until(work.timetables[one.series].intended_ns(0) + 100_000_000)
            clock.pass_time(3.0) if act == "stall" else clock.suspend(3.0)
            await asyncio.sleep(4.5)
        return work

    one = probe("check", 4.0, interval=20.0)
    assert [told for told in run(scenario).told if isinstance(told.event, Pending)] == []


def test_a_probe_cut_off_by_a_shutdown_is_not_told_of_later():
    async def scenario(clock: VirtualClock) -> Work:
        work = Work(clock, [one])
        async with work.going_on():
            await clock.sleep_until(work.timetables[one.series].intended_ns(0) + 500_000_000)
        await asyncio.sleep(10.0)
        return work

    one = probe("check", HANGS, interval=5.0)
    assert run(scenario).missed() == {MissReason.SHUTDOWN: 1}
    assert len(run(scenario).told) == 1


def test_a_thousand_idle_series_leave_the_loop_in_peace():
    async def scenario(clock: VirtualClock) -> tuple[Work, int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        work = Work(clock, many(1000, interval=24 * HOUR))
        async with work.going_on():
            await asyncio.sleep(2 * WARM_UP_NS / 1e9)
            before = loop.turns
            await asyncio.sleep(60.0)
            turns = loop.turns - before
        return work, turns

    work, turns = run(scenario)
    assert all_slots(work) == work.slots()
    # Fifty beats a second take three turns each, and every series looks at the clock once.
    assert turns <= 60 * 50 * 3 + 2 * 1000


def test_the_first_answers_come_within_the_warm_up():
    work = lived(many(100, interval=24 * HOUR), ("wait", WARM_UP_NS / 1e9 + 0.2))

    assert set(work.timetables) == {one.series for one in work.observations()}
