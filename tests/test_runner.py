"""Room is bounded per vantage and hop, handed out in turn, and always given back."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.model import Budget, Outcome, Purpose, Request
from probe.plan import Probe
from probe.runner import Rooms
from tests.repeating import HANGS, Work, plan, probe
from tests.virtual import VirtualClock, run

EXTRA = Request(purpose=Purpose.ON_DEMAND, budget=Budget(seconds=1.0), intended_at_ns=11)


class Guests:
    """Who is in a room now, and who was, in order."""

    def __init__(self, *probes: Probe) -> None:
        self.rooms = Rooms(plan(probes))
        self.inside: list[Probe] = []
        self.entered: list[Probe] = []
        self.most: Counter[tuple[str, ...]] = Counter()

    async def stay(self, one: Probe, seconds: float) -> None:
        async with self.rooms.entered(one):
            self.inside.append(one)
            self.entered.append(one)
            self._count()
            try:
                await asyncio.sleep(seconds)
            finally:
                self.inside.remove(one)

    def _count(self) -> None:
        now: Counter[tuple[str, ...]] = Counter((one.series.vantage,) for one in self.inside)
        now += Counter((one.series.vantage, one.series.hop) for one in self.inside)
        self.most |= now

    async def free_for(self, one: Probe) -> int:
        """Count how many places there are for `one` now, by taking them all."""
        taken = 0
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.stay(one, 0.5)) for _ in range(100)]
            await asyncio.sleep(0.1)
            taken = len(self.inside)
            for task in tasks:
                task.cancel()
        return taken


visits = st.lists(
    st.tuples(st.integers(0, 5), st.floats(0, 2), st.floats(0, 3), st.none() | st.floats(0, 5)),
    max_size=40,
)


def chain(concurrency: int) -> Sequence[Probe]:
    return [
        probe(vantage=vantage, hop=hop, concurrency=concurrency)
        for vantage in ("wifi", "mobile")
        for hop in ("direct", "vercel", "static")
    ]


async def visit_all(
    guests: Guests, probes: Sequence[Probe], plans: Sequence[tuple[int, float, float, float | None]]
):
    """Let each guest come, stay, and for some be sent away while it waits or stays."""
    loop = asyncio.get_running_loop()

    async def come(which: int, after: float, seconds: float) -> None:
        await asyncio.sleep(after)
        await guests.stay(probes[which], seconds)

    async with asyncio.TaskGroup() as group:
        for which, after, seconds, cut in plans:
            task = group.create_task(come(which, after, seconds))
            if cut is not None:
                loop.call_later(cut, task.cancel)


@given(visits, st.integers(1, 5))
@settings(deadline=None)
def test_no_vantage_holds_more_than_its_bound_and_no_hop_more_than_half_of_it(plans, bound):
    async def scenario(_: VirtualClock) -> Guests:
        probes = chain(bound)
        guests = Guests(*probes)
        await visit_all(guests, probes, plans)
        return guests

    for place, most in run(scenario).most.items():
        assert most <= (bound if len(place) == 1 else max(1, bound // 2))


@given(visits, st.integers(1, 5))
@settings(deadline=None)
def test_whoever_is_sent_away_waiting_or_inside_leaves_no_place_taken(plans, bound):
    async def scenario(_: VirtualClock) -> tuple[int, ...]:
        probes = chain(bound)
        guests = Guests(*probes)
        await visit_all(guests, probes, plans)
        return tuple([await guests.free_for(one) for one in probes])

    assert set(run(scenario)) == {max(1, bound // 2)}


def test_a_place_is_given_back_when_what_ran_there_raised():
    async def scenario(_: VirtualClock) -> int:
        one = probe(concurrency=2)
        guests = Guests(one)
        with pytest.raises(ZeroDivisionError):
            async with guests.rooms.entered(one):
                raise ZeroDivisionError
        return await guests.free_for(one)

    assert run(scenario) == 1


def test_a_place_granted_to_one_that_is_gone_goes_to_the_next():
    async def scenario(_: VirtualClock) -> list[str]:
        first, second, third = (probe(name, concurrency=2) for name in ("first", "second", "third"))
        guests = Guests(first, second, third)
        async with asyncio.TaskGroup() as group:
            holding = group.create_task(guests.stay(first, 1.0))
            await asyncio.sleep(0.1)
            waiting = group.create_task(guests.stay(second, 1.0))
            group.create_task(guests.stay(third, 1.0))
            await asyncio.sleep(0.1)
            # Both in one turn of the loop: the place is granted to one that will not take it.
            holding.cancel()
            asyncio.get_running_loop().call_soon(waiting.cancel)
        return [one.series.check for one in guests.entered]

    assert run(scenario) == ["first", "third"]


def test_places_at_a_hop_are_taken_in_the_order_of_asking():
    async def scenario(_: VirtualClock) -> list[str]:
        probes = [probe(f"check-{number}", concurrency=2) for number in range(10)]
        guests = Guests(*probes)
        async with asyncio.TaskGroup() as group:
            for one in probes:
                group.create_task(guests.stay(one, 1.0))
        return [one.series.check for one in guests.entered]

    assert run(scenario) == [f"check-{number}" for number in range(10)]


def test_a_queue_for_one_hop_keeps_no_other_hop_waiting():
    async def scenario(clock: VirtualClock) -> float:
        crowd = [probe(f"check-{number}", hop="vercel", concurrency=4) for number in range(50)]
        other = probe(hop="direct", concurrency=4)
        guests = Guests(*crowd, other)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(guests.stay(one, 60.0)) for one in crowd]
            await asyncio.sleep(1.0)
            before = clock.boot_ns()
            await guests.stay(other, 0.0)
            for task in tasks:
                task.cancel()
        return (clock.boot_ns() - before) / 1e9

    assert run(scenario) < 0.001


def test_two_routes_over_one_hop_share_its_room():
    async def scenario(_: VirtualClock) -> int:
        chat, page = (probe(name, concurrency=4) for name in ("chat", "page"))
        guests = Guests(chat, page)
        async with asyncio.TaskGroup() as group:
            for one in (chat, page) * 4:
                group.create_task(guests.stay(one, 1.0))
        return max(guests.most.values())

    assert run(scenario) == 2


def test_an_extra_probe_fills_no_slot_and_tells_nobody_but_who_asked():
    async def scenario(clock: VirtualClock) -> tuple[object, ...]:
        one = probe("check", 0.1)
        work = Work(clock, [one])
        seen = await work.runner.once(one, EXTRA)
        return seen.purpose, seen.slot, seen.intended_at_ns, seen.outcome, work.told

    assert run(scenario) == (Purpose.ON_DEMAND, None, 11, Outcome.OK, [])


def test_an_extra_probe_waits_for_room_like_any_other_and_then_has_its_whole_budget():
    async def scenario(clock: VirtualClock) -> float:
        one = probe("check", HANGS, concurrency=1)
        work = Work(clock, [one])
        began = clock.boot_ns()
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(work.runner.once(one, EXTRA))
        return (clock.boot_ns() - began) / 1e9

    assert run(scenario) == pytest.approx(3.0, abs=0.01)
