"""After a suspend every check catches up once, spread, and what was slept through is recorded and blames nobody."""

from collections import Counter

import pytest

from probe.model import MissReason, Outcome, Taint
from tests.repeating import HOUR, Act, lived, many, probe


def test_after_a_suspend_each_check_catches_up_once_and_the_slept_slots_are_recorded():
    work = lived(many(100), ("wait", 10.0), ("suspend", 12 * HOUR), ("wait", 11.0))

    (suspension,) = work.pulse.suspensions_since(0)
    slept = {
        one: grid.latest(suspension.ended_ns) - grid.latest(suspension.began_ns)
        for one, grid in work.timetables.items()
    }
    caught_up = [one for one in work.observations() if work.started_ns(one) >= suspension.ended_ns]
    missed = Counter(dict.fromkeys(slept, 0))
    for miss in work.misses():
        missed[miss.series] += miss.slots
        assert miss.reason is MissReason.SUSPENDED

    assert Counter(one.series for one in caught_up) == Counter(slept.keys())
    assert {one: count - 1 for one, count in slept.items()} == missed
    assert min(slept.values()) >= 11


def test_catching_up_is_spread_over_ten_seconds():
    work = lived(many(200), ("wait", 10.0), ("suspend", 12 * HOUR), ("wait", 11.0))

    (suspension,) = work.pulse.suspensions_since(0)
    after = [work.started_ns(one) - suspension.ended_ns for one in work.observations()]
    seconds = Counter(one // 10**9 for one in after if one >= 0)
    assert set(seconds) == set(range(10))
    assert max(seconds.values()) <= 40


def test_catching_up_is_spread_over_a_shorter_interval():
    work = lived(many(50, interval=2.0), ("wait", 10.0), ("suspend", HOUR), ("wait", 2.2))

    (suspension,) = work.pulse.suspensions_since(0)
    after = [work.started_ns(one) - suspension.ended_ns for one in work.observations()]
    tenths = Counter(one // 200_000_000 for one in after if 0 <= one < 2 * 10**9)
    assert max(tenths.values()) <= 15


def test_a_check_whose_next_slot_is_sooner_waits_for_that_and_starts_on_time():
    work = lived(many(50, interval=10.0), ("wait", 10.0), ("suspend", HOUR), ("wait", 11.0))

    (suspension,) = work.pulse.suspensions_since(0)
    after = [one for one in work.observations() if work.started_ns(one) >= suspension.ended_ns]
    slept = Counter(one.series for one in after if one.lateness_seconds > 0.06)
    on_time = Counter(one.series for one in after if one.lateness_seconds <= 0.06)

    assert set(slept.values()) == {1}
    assert 0 < len(slept) < 50
    assert set(on_time) == set(work.timetables)


def test_no_slot_that_comes_due_after_a_suspend_is_late():
    work = lived(many(50, interval=30.0), ("wait", 61.0), ("suspend", 100.0), ("wait", 31.0))

    (suspension,) = work.pulse.suspensions_since(0)
    for one in work.observations():
        assert one.slot is not None
        if work.timetables[one.series].intended_ns(one.slot) > suspension.ended_ns:
            assert one.lateness_seconds < 0.001


def test_a_laptop_that_only_naps_up_still_catches_up_and_spread():
    naps: list[Act] = [("wait", 3.0), ("suspend", 900.0)] * 4
    work = lived(many(100, interval=24 * HOUR), ("wait", 10.0), ("suspend", 48 * HOUR), *naps, ("wait", 1.0))

    suspensions = work.pulse.suspensions_since(0)
    caught_up = [one for one in work.observations() if one.slot != 0]
    naps_before = Counter(
        sum(nap.ended_ns <= work.started_ns(one) for nap in suspensions) for one in caught_up
    )
    assert {one.series for one in caught_up} == set(work.timetables)
    assert max(naps_before.values()) <= 50


def test_a_loop_that_is_never_on_time_still_probes():
    slow: list[Act] = [("stall", 1.0), ("wait", 0.0)]
    work = lived(many(20, interval=30.0), *slow * 200)

    filled = Counter(one.series for one in work.observations())
    assert min(filled[one] for one in work.timetables) >= 4


def test_a_probe_in_flight_over_a_suspension_blames_nobody():
    probes = [probe(f"check-{number}", 3.0, interval=10.0, timeout=5.0) for number in range(20)]
    work = lived(probes, ("wait", 12.0), ("stall", 7.0), ("wait", 30.0))

    (suspension,) = work.pulse.suspensions_since(0)
    during = [
        one
        for one in work.observations()
        if work.started_ns(one) < suspension.began_ns < work.started_ns(one) + 3 * 10**9
    ]
    assert during
    assert {(one.outcome, one.taints) for one in during} <= {
        (Outcome.NOT_MEASURED, (Taint.SUSPENDED,)),
        (Outcome.OK, (Taint.LATE, Taint.SUSPENDED)),
    }
    assert Outcome.FAILED not in {one.outcome for one in work.observations()}


def test_a_probe_that_begins_when_a_suspension_is_over_is_not_tainted_by_it():
    work = lived(many(50, interval=2.0), ("wait", 5.0), ("stall", 5.0), ("wait", 5.0))

    (suspension,) = work.pulse.suspensions_since(0)
    after = [one for one in work.observations() if work.started_ns(one) >= suspension.ended_ns]
    assert {one.taints for one in after} == {()}


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, -600.0])
def test_a_step_of_the_wall_clock_moves_no_slot(seconds):
    calm = lived(many(20, interval=5.0), ("wait", 30.0))
    stepped = lived(many(20, interval=5.0), ("wait", 12.0), ("step", seconds), ("wait", 18.0))

    assert calm.misses() == stepped.misses() == []
    assert [(one.series, one.slot) for one in calm.observations()] == [
        (one.series, one.slot) for one in stepped.observations()
    ]
    assert max(one.lateness_seconds for one in stepped.observations()) < 0.001
