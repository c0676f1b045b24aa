"""Slots come in order, on time, spread and jittered, and the timetable always knows which one is due."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.schedule import CATCH_UP_NS, WARM_UP_NS, Timetable, fraction

SECOND_NS = 10**9
DAY_NS = 86_400 * SECOND_NS
YEAR_NS = 365 * DAY_NS
JITTER = 0.05
intervals = st.integers(SECOND_NS, 30 * DAY_NS) | st.sampled_from([SECOND_NS, 30 * SECOND_NS, DAY_NS])
timetables = st.builds(
    Timetable, key=st.text(max_size=20), origin_ns=st.integers(0, 100 * YEAR_NS), interval_ns=intervals
)
slots = st.integers(0, 10) | st.integers(0, 10**9)


def timetable(key: object, interval_seconds: float, origin_ns: int = 0) -> Timetable:
    return Timetable(key=str(key), origin_ns=origin_ns, interval_ns=int(interval_seconds * SECOND_NS))


@given(timetables, slots)
def test_slots_are_an_interval_apart_but_for_the_jitter(grid, slot):
    gap = grid.intended_ns(slot + 2) - grid.intended_ns(slot + 1)

    assert abs(gap - grid.interval_ns) <= JITTER * grid.interval_ns + 1


@given(timetables)
def test_slot_one_is_half_an_interval_to_an_interval_and_a_half_after_slot_zero(grid):
    gap = grid.intended_ns(1) - grid.intended_ns(0)

    assert 0.5 * grid.interval_ns <= gap <= (1.5 + JITTER) * grid.interval_ns


@given(timetables)
def test_slot_zero_is_within_the_warm_up_and_the_first_interval(grid):
    assert 0 <= grid.intended_ns(0) - grid.origin_ns <= min(WARM_UP_NS, grid.interval_ns)


@given(timetables, slots, st.integers(-3, 3) | st.integers(-30 * DAY_NS, 30 * DAY_NS))
def test_the_latest_slot_is_the_last_one_intended_by_now(grid, slot, off_ns):
    now = grid.intended_ns(slot) + off_ns
    latest = grid.latest(now)

    assert latest >= -1
    assert latest == -1 or grid.intended_ns(latest) <= now
    assert grid.intended_ns(latest + 1) > now


@given(timetables)
def test_before_slot_zero_no_slot_is_due(grid):
    assert [grid.latest(grid.intended_ns(0) - 1), grid.latest(grid.intended_ns(0))] == [-1, 0]


@given(intervals, slots, st.integers(0, 100 * YEAR_NS))
def test_years_of_uptime_move_no_slot_by_a_nanosecond(interval_ns, slot, origin_ns):
    young = Timetable(key="wifi/chat/direct/reach", origin_ns=0, interval_ns=interval_ns)
    old = Timetable(key="wifi/chat/direct/reach", origin_ns=origin_ns, interval_ns=interval_ns)

    assert young.intended_ns(slot) + origin_ns == old.intended_ns(slot)


@given(timetables, slots)
def test_the_same_series_has_the_same_grid_every_time(grid, slot):
    again = Timetable(key=grid.key, origin_ns=grid.origin_ns, interval_ns=grid.interval_ns)

    assert grid.intended_ns(slot) == again.intended_ns(slot)


def test_the_grid_of_a_series_is_the_same_in_every_release():
    known = timetable("wifi/chat/direct/reach", 30)

    assert [known.intended_ns(slot) for slot in range(4)] == [
        3_913_567_816,
        23_531_824_109,
        53_756_855_672,
        82_710_620_194,
    ]


@pytest.mark.parametrize("interval_seconds", [1, 30, 3600, 86_400])
@pytest.mark.parametrize("slot", [1, 2, 1000])
def test_no_tenth_of_the_interval_holds_more_than_double_its_share(interval_seconds, slot):
    grids = [timetable(f"wifi/route/hop-{number}/check", interval_seconds) for number in range(1000)]
    shares = [0] * 10
    for grid in grids:
        shares[grid.intended_ns(slot) % grid.interval_ns * 10 // grid.interval_ns] += 1

    assert max(shares) <= 200


def test_the_warm_up_is_spread_too():
    starts = [timetable(f"wifi/route/hop-{number}/check", 3600).intended_ns(0) for number in range(1000)]

    assert max(sum(start * 10 // WARM_UP_NS == tenth for start in starts) for tenth in range(10)) <= 200


def test_the_jitter_differs_from_slot_to_slot():
    grid = timetable("wifi/chat/direct/reach", 30)
    gaps = {later - earlier for earlier, later in pairwise(map(grid.intended_ns, range(1, 101)))}

    assert len(gaps) == 99


@given(timetables, st.integers(0, 200 * YEAR_NS))
def test_the_catch_up_comes_within_ten_seconds_or_the_interval(grid, resumed_ns):
    assert 0 <= grid.catch_up_ns(resumed_ns) - resumed_ns <= min(CATCH_UP_NS, grid.interval_ns)


def test_catching_up_is_spread():
    starts = [timetable(f"wifi/route/hop-{number}/check", 3600).catch_up_ns(0) for number in range(1000)]

    assert max(sum(start * 10 // CATCH_UP_NS == tenth for start in starts) for tenth in range(10)) <= 200


@given(st.lists(st.text() | st.integers(), max_size=3))
@settings(max_examples=200)
def test_a_fraction_is_less_than_one(words):
    assert 0 <= fraction(*words) < 1
