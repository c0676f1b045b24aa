"""After a reload exactly the new plan's series run; what did not change went on and noticed nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.abc import Dialer
from probe.daemon.fleet import Fleet, difference
from probe.model import Budget, Miss, MissReason, Observation, Outcome, Purpose, Request, Series
from probe.plan import Plan, Probe
from probe.repeat import Repeat
from probe.schedule import Timetable
from tests.repeating import HANGS, NoWay, Takes, Work, plan, probe
from tests.virtual import VirtualClock, run

TAKES = {seconds: Takes((seconds,)) for seconds in (0.1, 3.0, HANGS)}


@st.composite
def probes(draw: st.DrawFn) -> list[Probe]:
    """Choose some of twelve series, each in one of a few variants."""
    chosen = []
    for vantage in ("wifi", "mobile"):
        concurrency = draw(st.sampled_from([1, 4]))
        for hop in ("direct", "vercel"):
            for name in draw(st.sets(st.sampled_from(["a", "b", "c"]))):
                interval, seconds = draw(st.sampled_from([(1.0, 0.1), (5.0, 0.1), (5.0, 3.0), (9.0, HANGS)]))
                one = probe(name, vantage=vantage, hop=hop, interval=interval, concurrency=concurrency)
                chosen.append(replace(one, prober=TAKES[seconds]))
    return chosen


async def forever(_: Probe) -> None:
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Seen:
    """What runs after a step, and what had ended by then of what ran before."""

    tasks: Mapping[Series, asyncio.Task[None]]
    ended: frozenset[Series] = frozenset()


async def running_after(plans: Sequence[Plan]) -> list[Seen]:
    """Follow the plans one after the other; return what ran after each."""
    fleet = Fleet(forever)
    seen: list[Seen] = []
    async with asyncio.TaskGroup() as group:
        running = group.create_task(fleet.run(plans[0].probes))
        await asyncio.sleep(0)
        seen.append(Seen(dict(fleet.tasks)))
        for before, after in pairwise(plans):
            change = difference(before, after)
            await fleet.end(change.ended)
            await fleet.begin(change.begun)
            ended = frozenset(series for series, task in seen[-1].tasks.items() if task.done())
            seen.append(Seen(dict(fleet.tasks), ended))
        running.cancel()
    return seen


def by_series(of: Plan) -> Mapping[Series, Probe]:
    return {one.series: one for one in of.probes}


@given(st.lists(probes(), min_size=2, max_size=5))
def test_the_new_plans_series_run_and_those_that_are_equal_are_the_same_tasks(chosen):
    plans = [plan(one) for one in chosen]
    running = asyncio.run(running_after(plans))

    for (before, after), (was, now) in zip(pairwise(plans), pairwise(running), strict=True):
        old, new = by_series(before), by_series(after)
        went_on = {series for series, task in now.tasks.items() if task is was.tasks.get(series)}
        assert now.tasks.keys() == new.keys()
        assert went_on == {series for series in old if old[series] == new.get(series)}
        assert now.ended == old.keys() - went_on


@given(probes(), probes())
def test_a_difference_is_every_series_once(old, new):
    change = difference(plan(old), plan(new))

    ended, begun = {one.series for one in change.ended}, {one.series for one in change.begun}
    assert {one.series for one in old} - ended == {one.series for one in new} - begun
    assert len({one.series for one in new} - begun) == change.kept


class Reloaded(Work):
    """Probes being repeated, whose plan is exchanged as the daemon does."""

    def __init__(self, clock: VirtualClock, first: Iterable[Probe]) -> None:
        super().__init__(clock, first)
        self.fleet = Fleet(self.begin)
        self.lives: list[tuple[Series, int]] = []

    async def begin(self, one: Probe) -> None:
        origin = self.clock.boot_ns()
        timetable = Timetable(
            key=str(one.series), origin_ns=origin, interval_ns=int(one.check.interval_seconds * 1e9)
        )
        repeat = Repeat(one, timetable, self.runner, next_identity=self._next_identity, report=self.report)
        try:
            await repeat.run()
        finally:
            self.lives.append((one.series, timetable.latest(self.clock.boot_ns()) + 1))

    async def follow(self, wanted: Plan) -> None:
        change = difference(self.plan, wanted)
        await self.fleet.end(change.ended)
        ways: Mapping[str, Dialer] = {vantage.name: NoWay() for vantage in wanted.vantages}
        self.runner.adopt(wanted, ways)
        self.plan = wanted
        await self.fleet.begin(change.begun)

    async def live(self, plans: Iterable[tuple[Plan, float]]) -> "Reloaded":
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self.pulse.run())
            running = group.create_task(self.fleet.run(self.plan.probes))
            await asyncio.sleep(0)
            for wanted, seconds in plans:
                await self.follow(wanted)
                await asyncio.sleep(seconds)
            running.cancel()
            await asyncio.wait([running])
            beating.cancel()
        return self


def lived(first: list[Probe], *plans: tuple[list[Probe], float]) -> Reloaded:
    return run(
        lambda clock: Reloaded(clock, first).live([(plan(wanted), seconds) for wanted, seconds in plans])
    )


def told_slots(work: Work) -> dict[Series, list[list[int]]]:
    """List the slots that were told of, a list for each life of a series: slot 0 begins one."""
    lives: dict[Series, list[list[int]]] = defaultdict(list)
    for one in work.told:
        match one.event:
            case Observation(series=series, slot=int() as slot):
                slots = [slot]
            case Miss(series=series, first_slot=first, slots=count):
                slots = list(range(first, first + count))
            case _:
                continue
        for slot in slots:
            if slot == 0:
                lives[series].append([])
            lives[series][-1].append(slot)
    return lives


@given(st.lists(st.tuples(probes(), st.floats(0.001, 12)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_through_any_reloads_every_slot_that_comes_due_is_told_of_once(history):
    work = lived(history[0][0], *history)

    due: dict[Series, list[list[int]]] = defaultdict(list)
    for series, count in work.lives:
        if count:
            due[series].append(list(range(count)))
    assert due == told_slots(work)


def test_a_probe_in_flight_of_a_series_that_stays_ends_as_if_nothing_had_happened():
    slow, other = probe("slow", 4.0, interval=20.0), probe("other", interval=20.0)
    changed = replace(other, check=replace(other.check, timeout_seconds=1.0))

    undisturbed, disturbed = (
        lived([slow, other], ([slow, other], 3.0), ([slow, after], 15.0)) for after in (other, changed)
    )

    def of_slow(work: Work) -> list[tuple[int | None, float]]:
        return [(one.slot, round(one.elapsed_seconds, 3)) for one in work.observations(slow.series.__eq__)]

    assert of_slow(disturbed) == of_slow(undisturbed) == [(0, 4.0)]


def test_a_series_that_ends_misses_what_was_due_and_nothing_that_was_not():
    hanging = replace(probe("hanging", interval=30.0, timeout=30.0), prober=TAKES[HANGS])
    early = probe("early", interval=30.0)

    work = lived([hanging, early], ([hanging, early], 10.0), ([], 60.0))

    assert [(miss.series, miss.first_slot, miss.slots, miss.reason) for miss in work.misses()] == [
        (hanging.series, 0, 1, MissReason.SHUTDOWN)
    ]


def test_a_changed_interval_begins_a_new_count_within_five_seconds():
    one = probe("check", 0.1, interval=10.0)
    faster = replace(one, check=replace(one.check, interval_seconds=2.0))

    work = lived([one], ([one], 100.0), ([faster], 21.0))

    old, new = told_slots(work)[one.series]
    assert old == list(range(len(old)))
    assert new == list(range(len(new)))
    assert (len(old), len(new)) in [(10, 10), (10, 11), (11, 10), (11, 11)]


def test_whoever_waits_for_room_of_a_vantage_that_stays_keeps_its_place_in_the_queue():
    crowd = [probe(f"check-{number}", 2.0, interval=30.0, concurrency=1) for number in range(5)]
    other = probe("other", vantage="mobile")

    undisturbed, disturbed = (
        lived([*crowd, other], ([*crowd, other], 4.0), (after, 20.0)) for after in ([*crowd, other], crowd)
    )

    order = [one.series for one in undisturbed.observations() if one.series.vantage == "wifi"]
    assert order == [one.series for one in disturbed.observations() if one.series.vantage == "wifi"]
    assert len(order) == 5


def test_an_extra_probe_that_waits_while_its_vantage_goes_is_still_made_from_there():
    async def scenario(clock: VirtualClock) -> Outcome:
        one, other = probe("check", 0.5, concurrency=1), probe(vantage="mobile")
        work = Work(clock, [one, other])
        async with asyncio.TaskGroup() as group:
            request = Request(purpose=Purpose.ON_DEMAND, budget=Budget(seconds=1.0), intended_at_ns=0)
            asked = [group.create_task(work.runner.once(one, request)) for _ in range(2)]
            await asyncio.sleep(0.1)
            work.runner.adopt(plan([other]), {"mobile": NoWay()})
        return asked[1].result().outcome

    assert run(scenario) is Outcome.OK
