"""A series that turns is looked at again at once, by few probes that are linked to it and disturb nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.followup import Extra, Followup, Followups
from probe.model import (
    AddressFamily,
    Cost,
    Event,
    Hop,
    Layer,
    MissReason,
    Observation,
    Outcome,
    Overrides,
    Phase,
    Purpose,
)
from probe.plan import Probe
from tests.repeating import HANGS, Work, plan, probe
from tests.virtual import VirtualClock, run

MINUTE_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Script:
    """A prober that comes to each of these in turn, then to the last for good; "" is an answer."""

    layers: ClassVar[tuple[Layer, ...]] = (Layer.TCP, Layer.TLS)
    by_proxy: ClassVar[bool] = True
    causes: tuple[str, ...]
    asked: list[Attempt] = field(default_factory=list, compare=False)

    async def __call__(self, attempt: Attempt) -> None:
        # Extra probes find what the schedule's own last found.
        if attempt.request.purpose is Purpose.ROUTINE or not self.asked:
            self.asked.append(attempt)
        with attempt.phase(Phase.CONNECT):
            await asyncio.sleep(0.05)
            if cause := self.causes[min(len(self.asked), len(self.causes)) - 1]:
                raise ProbeFailed(cause, "made up")

    def cost(self, hop: Hop) -> Cost:
        return Cost()


def scripted(name: str, *causes: str, **where) -> Probe:
    return replace(probe(name, **where), prober=Script(causes))


def of_family(one: Probe, family: AddressFamily) -> Probe:
    return replace(one, check=replace(one.check, family=family))


def trace(name: str = "path", seconds: float = 0.5, **where) -> Probe:
    one = probe(name, seconds, interval=3600.0, **where)
    return replace(one, check=replace(one.check, kind="trace"))


class Watch(Work):
    """Probes being repeated, and what turns followed up."""

    def __init__(self, clock: VirtualClock, probes: Iterable[Probe]) -> None:
        super().__init__(clock, probes)
        self.followups = Followups(self.plan, self.runner, self.report)

    def report(self, event: Event) -> None:
        super().report(event)
        self.followups.consider(event)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self.followups.run())
            async with super().going_on():
                yield
            following.cancel()

    def extras(self) -> list[Observation]:
        return [one for one in self.observations() if one.purpose is not Purpose.ROUTINE]

    def routine(self) -> list[Observation]:
        return [one for one in self.observations() if one.purpose is Purpose.ROUTINE]


def watched(probes: Sequence[Probe], seconds: float) -> Watch:
    async def scenario(clock: VirtualClock) -> Watch:
        watch = Watch(clock, probes)
        async with watch.going_on():
            await asyncio.sleep(seconds)
        return watch

    return run(scenario)


def test_a_failure_is_asked_again_and_the_way_to_the_hop_traced_from_the_same_vantage():
    probes = [
        scripted("port", "", "tcp.refused"),
        trace("path"),
        trace("elsewhere", hop="vercel"),
        trace("mobile", vantage="mobile"),
        probe("other", 0.1),
    ]

    watch = watched(probes, 19.0)

    failed = next(one for one in watch.routine() if one.outcome is Outcome.FAILED)
    assert [(one.series.vantage, one.series.check, one.purpose, one.parent) for one in watch.extras()] == [
        ("wifi", "port", Purpose.CONFIRM, failed.identity),
        ("wifi", "path", Purpose.CONFIRM, failed.identity),
    ]
    first = watch.extras()[0]
    assert (first.outcome, first.slot) == (Outcome.FAILED, None)
    assert first.started_at_ns - failed.started_at_ns < 10**8


@pytest.mark.parametrize(
    ("asked", "traced"),
    [
        (AddressFamily.ANY, ["any", "ipv4"]),
        (AddressFamily.IPV4, ["any", "ipv4"]),
        (AddressFamily.IPV6, ["ipv6"]),
    ],
)
def test_the_way_is_traced_by_the_family_that_failed_however_it_is_spelt(asked, traced):
    traces = [of_family(trace(family.value), family) for family in AddressFamily]

    watch = watched([of_family(scripted("port", "tcp.refused"), asked), *traces], 19.0)

    assert [one.series.check for one in watch.extras()] == ["port", *traced]


def test_the_failure_itself_is_told_first_and_the_schedule_is_not_moved():
    probes = [scripted("port", "", "tcp.refused"), trace("path", 3.0)]

    with_them, without = watched(probes, 60.0), watched([probes[0], probes[1]], 60.0)
    order = [one.purpose for one in with_them.observations() if one.outcome is Outcome.FAILED]

    assert order[0] is Purpose.ROUTINE
    assert [(one.series, one.slot) for one in with_them.routine()] == [
        (one.series, one.slot) for one in without.routine()
    ]


@pytest.mark.parametrize(
    ("causes", "turns"),
    [
        (("",), 0),
        (("tcp.refused",), 1),
        (("", "tcp.refused"), 1),
        (("tcp.refused", ""), 2),
        (("tcp.refused", "tls.reset"), 2),
        (("local.no_route",), 0),
        (("", "local.no_route", ""), 0),
        (("tcp.refused", "local.no_route", "tcp.refused"), 1),
        (("tcp.refused", "local.no_route", ""), 2),
    ],
)
def test_to_fail_to_answer_again_and_to_fail_otherwise_are_turns_and_own_trouble_is_none(causes, turns):
    watch = watched([scripted("port", *causes, interval=100.0)], 1000.0)

    assert len(watch.extras()) == turns


def test_a_trace_that_several_routes_share_runs_once_and_of_many_only_three():
    same = [trace("path"), trace("path-again")]
    same[1] = replace(same[1], prober=same[0].prober)
    many = [trace(f"path-{number}", 0.1 * number) for number in range(1, 9)]

    counts = [
        len(watched([scripted("port", "tcp.refused"), *traces], 9.0).extras()) for traces in (same, many)
    ]

    assert counts == [2, 4]


def test_a_flapping_target_is_followed_once_a_minute():
    watch = watched([scripted("port", *["", "tcp.refused"] * 1000, interval=1.0, timeout=0.9)], 600.0)

    assert len(watch.extras()) == 10


def test_where_bytes_cost_money_it_is_once_in_ten_minutes():
    one = scripted("port", *["", "tcp.refused"] * 1000, interval=1.0, timeout=0.9)
    looking = replace(one.looking, vantage=replace(one.looking.vantage, metered=True))

    assert len(watched([replace(one, looking=looking)], 1790.0).extras()) == 3


causes = st.lists(
    st.sampled_from(["", "tcp.refused", "tls.reset", "local.no_route"]), min_size=1, max_size=40
)


@st.composite
def flapping(draw: st.DrawFn) -> list[Probe]:
    count = draw(st.integers(1, 14))
    checks = [
        scripted(
            f"check-{number}",
            *draw(causes),
            vantage=draw(st.sampled_from(["wifi", "mobile"])),
            hop=draw(st.sampled_from([f"hop-{hop}" for hop in range(9)])),
            interval=draw(st.sampled_from([1.0, 5.0, 30.0])),
            timeout=0.9,
        )
        for number in range(count)
    ]
    return [*checks, *(trace(f"trace-{hop}", 2.0, hop=f"hop-{hop}") for hop in range(3))]


@given(flapping())
@settings(deadline=None, max_examples=15)
def test_whatever_targets_do_follow_ups_stay_as_few_and_as_small(probes):
    watch = watched(probes, 130.0)

    parents = {one.identity: one for one in watch.routine()}
    sizes = Counter(one.parent for one in watch.extras())
    begun = [one for identity, one in parents.items() if identity in sizes]
    assert max(sizes.values(), default=0) <= 4
    for place in {(one.series.vantage, one.series.hop) for one in begun}:
        times = [one.started_at_ns for one in begun if (one.series.vantage, one.series.hop) == place]
        # A probe began up to its time-out before it turned its series.
        assert all(later - sooner >= MINUTE_NS - 10**9 for sooner, later in pairwise(times))
    for vantage in ("wifi", "mobile"):
        times = [one.started_at_ns for one in begun if one.series.vantage == vantage]
        assert all(
            later - sooner >= MINUTE_NS - 10**9 for sooner, later in zip(times, times[6:], strict=False)
        )


def test_no_room_is_taken_from_the_schedule_nor_by_it():
    busy = [probe(f"busy-{number}", 0.9, interval=1.0, timeout=0.95, concurrency=1) for number in range(2)]
    turning = scripted("port", "tcp.refused", interval=30.0, concurrency=1, hop="vercel")
    slow = trace("path", HANGS, hop="vercel", concurrency=1)

    crowded = watched([*busy, turning, slow], 30.0)
    alone = watched([turning, slow], 300.0)

    assert len(crowded.extras()) == 2
    assert MissReason.OVERLOAD not in alone.missed()


def test_a_vantage_whose_follow_ups_are_slow_has_no_more_than_four_under_way():
    probes = [
        one
        for hop in range(6)
        for one in (
            scripted("port", "tcp.refused", hop=f"hop-{hop}"),
            trace("path", HANGS, hop=f"hop-{hop}", timeout=60.0),
        )
    ]

    assert len({one.parent for one in watched(probes, 50.0).extras()}) == 4


def test_an_extra_probe_does_otherwise_than_its_check_as_it_is_told():
    async def scenario(clock: VirtualClock) -> object:
        one = scripted("port", "")
        watch = Watch(clock, [one])
        parent = watch.runner._tools.next_identity()
        overrides = Overrides(server_name="www.example", ttl=3)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(watch.followups.run())
            await asyncio.sleep(0)
            extra = Extra(probe=one, purpose=Purpose.CONTROL, overrides=overrides)
            watch.followups.begin(Followup(parent=parent, extras=(extra,)))
            await asyncio.sleep(1)
            running.cancel()
        assert isinstance(one.prober, Script)
        (asked,) = one.prober.asked
        (seen,) = watch.extras()
        return asked.request.overrides == overrides, seen.purpose, seen.parent == parent

    assert run(scenario) == (True, Purpose.CONTROL, True)


def test_what_another_plan_has_no_more_is_no_longer_followed_up():
    async def scenario(clock: VirtualClock) -> tuple[int, int]:
        kept, gone = scripted("port", "tcp.refused"), scripted("port", "tcp.refused", hop="vercel")
        slow = [trace("path", HANGS, timeout=600.0), trace("path", HANGS, hop="vercel", timeout=600.0)]
        watch = Watch(clock, [kept, gone, *slow])
        async with watch.going_on():
            await asyncio.sleep(20)
            before = len(watch.followups._under_way)
            await watch.followups.end([gone, slow[1]])
            watch.followups.adopt(plan([kept, slow[0]]))
            return before, len(watch.followups._under_way)

    assert run(scenario) == (2, 1)


class Examined(Watch):
    """What is looked into, by whom it was seen and when."""

    def __init__(self, clock: VirtualClock, probes: Iterable[Probe]) -> None:
        super().__init__(clock, probes)
        self.looked: list[tuple[int, Observation]] = []
        self.followups = Followups(
            self.plan, self.runner, self.report, examine=self.examine, is_odd=lambda seen: bool(seen.taints)
        )

    async def examine(self, _: Probe, seen: Observation) -> frozenset[str]:
        self.looked.append((self.clock.boot_ns(), seen))
        return frozenset()


def examined(probes: Sequence[Probe], seconds: float) -> Examined:
    async def scenario(clock: VirtualClock) -> Examined:
        watch = Examined(clock, probes)
        async with watch.going_on():
            await asyncio.sleep(seconds)
        return watch

    return run(scenario)


def test_a_failure_is_looked_into_at_once_and_every_ten_minutes_while_it_lasts():
    looked = examined([scripted("port", "tcp.refused")], 1500.0).looked

    assert [round((at_ns - looked[0][0]) / MINUTE_NS) for at_ns, _ in looked] == [0, 10, 20]


def test_what_the_bounds_leave_unconfirmed_is_looked_into_all_the_same():
    probes = [scripted(f"port-{number}", "tcp.refused") for number in range(10)]

    watch = examined(probes, 9.0)

    assert {seen.series for _, seen in watch.looked} == {one.series for one in probes}
    assert len(watch.extras()) == 1


def test_an_answer_is_not_looked_into():
    looked = examined([scripted("port", "", "tcp.refused", "")], 35.0).looked

    assert [seen.outcome for _, seen in looked] == [Outcome.FAILED]
