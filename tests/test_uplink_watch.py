"""Probes whose network goes end at once and blame nobody, all others go on, and what is back is asked again soon."""

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import structlog.testing

from probe.model import Change, Disturbance, Outcome, Purpose, UplinkState
from probe.plan import Probe
from tests.fake_links import Interfaces
from tests.repeating import HANGS, plan, probe
from tests.rig_uplink import WIFI_OFF, Scene, Whisper, bound, mobile, verdict, watched, wifi
from tests.virtual import run


def test_a_probe_whose_uplink_goes_ends_at_once_and_the_others_go_on() -> None:
    async def scenario(clock):
        hanging, other = wifi(HANGS), mobile(1.0)
        async with watched(clock, [hanging, other]) as scene, asyncio.TaskGroup() as group:
            asked = [group.create_task(scene.ask(one)) for one in (hanging, other)]
            await asyncio.sleep(0.2)
            scene.machine.switch("wlan0", has_carrier=False)
            scene.tell()
        return [task.result() for task in asked]

    ended, gone_on = run(scenario)

    assert verdict(ended) == (Outcome.NOT_MEASURED, "local.interface_down", "wlan0 has no link")
    assert ended.failure.phase == "connect"
    assert ended.elapsed_seconds == pytest.approx(0.2, abs=0.02)
    assert (gone_on.outcome, gone_on.elapsed_seconds) == (Outcome.OK, pytest.approx(1.0, abs=0.01))


@pytest.mark.parametrize(
    ("hop", "is_ended"),
    [
        ({"host": "203.0.113.34"}, False),
        ({"address": "203.0.113.34"}, False),
        ({"host": "127.0.0.1"}, False),
        ({"host": "hk.localhost", "address": "127.0.0.1"}, False),
        ({"host": "2001:db8:f::1"}, True),
        ({"host": "hk.example.net"}, True),
    ],
)
def test_a_probe_that_does_not_need_the_family_that_went_is_left_alone(hop, is_ended) -> None:
    async def scenario(clock):
        asked = wifi(0.5, **hop)
        async with watched(clock, [asked, bound(probe("far"))]) as scene, asyncio.TaskGroup() as group:
            task = group.create_task(scene.ask(asked))
            await asyncio.sleep(0.2)
            scene.machine.held["wlan0"] = scene.machine.held["wlan0"][:1]
            scene.tell()
        return task.result()

    seen = run(scenario)

    assert seen.outcome is (Outcome.NOT_MEASURED if is_ended else Outcome.OK)


def test_a_failure_that_comes_before_the_kernels_word_is_excused_too() -> None:
    async def scenario(clock):
        asked = wifi(-0.5)
        async with watched(clock, [asked]) as scene, asyncio.TaskGroup() as group:
            task = group.create_task(scene.ask(asked))
            await asyncio.sleep(0.3)
            scene.machine.routes = [one for one in scene.machine.routes if one[1] != "wlan0"]
        return task.result()

    assert verdict(run(scenario)) == (
        Outcome.NOT_MEASURED,
        "local.network_changed",
        "the default route of IPv4 by wlan0 went; the probe ended as tcp.refused",
    )


def test_a_flap_too_short_to_be_seen_excuses_what_failed_in_it() -> None:
    async def scenario(clock):
        asked = wifi(-0.5)
        async with watched(clock, [asked]) as scene, asyncio.TaskGroup() as group:
            task = group.create_task(scene.ask(asked))
            await asyncio.sleep(0.3)
            scene.tell(WIFI_OFF)
        return task.result()

    seen = run(scenario)

    assert (seen.outcome, seen.failure.cause) == (Outcome.NOT_MEASURED, "local.interface_down")


@pytest.mark.parametrize(("begins_after", "cause"), [(0.1, "local.network_changed"), (1.2, "tcp.refused")])
def test_a_failure_right_after_the_return_blames_nobody_and_a_later_one_does(begins_after, cause) -> None:
    async def scenario(clock):
        asked = wifi(-0.1)
        async with watched(clock, [asked]) as scene:
            scene.tell(WIFI_OFF)
            await asyncio.sleep(0.07 + begins_after)
            return await scene.ask(asked)

    assert run(scenario).failure.cause == cause


def test_a_probe_that_goes_well_although_something_is_amiss_stays_ok() -> None:
    async def scenario(clock):
        asked = wifi(0.2)
        async with watched(clock, [asked]) as scene:
            scene.machine.switch("wlan0", is_up=False)
            scene.tell()
            await asyncio.sleep(0.1)
            return await scene.ask(asked)

    assert run(scenario).outcome is Outcome.OK


def test_a_flap_is_logged_told_and_recorded_once_and_seen_in_the_state() -> None:
    async def scenario(clock):
        async with watched(clock, [wifi(), mobile()]) as scene:
            scene.machine.switch("wlan0", is_up=False)
            for _ in range(5):
                scene.tell(WIFI_OFF)
                await asyncio.sleep(0.1)
            scene.machine.switch("wlan0", is_up=True)
            for _ in range(5):
                scene.tell()
                await asyncio.sleep(0.01)
            await asyncio.sleep(3)
        return scene

    with structlog.testing.capture_logs() as logs:
        scene = run(scenario)

    assert [(one["event"], one["vantage"]) for one in logs] == [
        ("vantage.lost", "wifi"),
        ("vantage.back", "wifi"),
    ]
    [change] = scene.changes()
    assert (change.vantage, change.what, change.was_down, change.lasted_seconds) == (
        "wifi", Disturbance.LINK, True, pytest.approx(0.5, abs=0.01),
    )  # fmt: skip
    assert (scene.states("wifi"), scene.states("mobile")) == ([True, False, True], [True])


def test_what_is_lost_when_the_watch_ends_is_recorded_without_a_return() -> None:
    async def scenario(clock):
        async with watched(clock, [wifi()]) as scene:
            scene.machine.remove("wlan0")
            scene.tell()
            await asyncio.sleep(0.1)
        return scene

    [change] = run(scenario).changes()

    assert (change.detail, change.back_at_ns, change.lasted_seconds) == ("wlan0 was removed", None, None)


def flapping(times: int, apart: float, probes: list[Probe]) -> Scene:
    async def scenario(clock):
        async with watched(clock, probes) as scene:
            for _ in range(times):
                scene.tell(WIFI_OFF)
                await asyncio.sleep(apart)
        return scene

    scene: Scene = run(scenario)
    return scene


def test_what_is_back_is_asked_once_each_hop_first_and_other_vantages_are_not() -> None:
    checks = [("a", "near"), ("b", "near"), ("a", "far"), ("c", "near")]
    asked = [bound(probe(name, hop=hop, interval=3600)) for name, hop in checks]
    scene = flapping(1, 2, [*asked, mobile()])

    assert [(one.series.hop, one.series.check) for one in scene.extras()] == [
        ("near", "a"), ("far", "a"), ("near", "b"), ("near", "c"),
    ]  # fmt: skip
    assert {(one.purpose, one.slot, one.series.vantage) for one in scene.extras()} == {
        (Purpose.CONFIRM, None, "wifi")
    }
    back = scene.changes()[0].back_at_ns
    assert back is not None
    assert all((one.started_at_ns - back) / 1e9 < 1 for one in scene.extras())


@pytest.mark.parametrize(("is_metered", "asked"), [(False, 12), (True, 3)])
def test_a_network_that_flaps_for_a_minute_is_asked_a_bounded_number_of_times(is_metered, asked) -> None:
    one = bound(probe("page", interval=3600))
    vantage = replace(one.looking.vantage, metered=is_metered)
    scene = flapping(40, 1.4, [replace(one, looking=replace(one.looking, vantage=vantage))])

    assert (len(scene.changes()), len(scene.extras())) == (40, asked)


def test_no_more_than_sixteen_are_asked_and_none_that_asks_by_itself_at_once() -> None:
    many = [bound(probe(f"check-{number}", interval=3600)) for number in range(30)]
    quick = bound(probe("quick", interval=0.5))

    assert [one.series.check for one in flapping(1, 5, [quick, *many]).extras()] == [
        f"check-{number}" for number in range(16)
    ]


def test_asking_again_ends_when_the_network_is_gone_again() -> None:
    async def scenario(clock):
        async with watched(clock, [bound(probe("page", HANGS, interval=3600, timeout=60))]) as scene:
            scene.tell(WIFI_OFF)
            await asyncio.sleep(0.5)
            scene.machine.remove("wlan0")
            scene.tell()
            await asyncio.sleep(1)
            return scene.extras(), len(asyncio.all_tasks())

    extras, tasks = run(scenario)

    assert extras == []
    assert tasks <= 4


def test_where_nothing_is_told_looking_each_second_does() -> None:
    class Deaf(Whisper):
        is_deaf = True

    async def scenario(clock):
        async with watched(clock, [wifi()]) as scene:
            scene.ears[0].__class__ = Deaf
            await asyncio.sleep(6)  # until it looks again and finds itself deaf
            scene.machine.switch("wlan0", has_carrier=False)
            await asyncio.sleep(1.1)
            return scene.states()

    assert run(scenario) == [True, False]


def test_a_network_that_nobody_may_look_into_has_no_state_and_excuses_nothing() -> None:
    class Closed(Interfaces):
        @contextmanager
        def ask(self, opening: object) -> Iterator[Interfaces]:
            raise PermissionError(errno.EPERM, "Operation not permitted")
            yield self

    async def scenario(clock):
        asked = wifi(-0.1)
        async with watched(clock, [asked], Closed()) as scene:
            return await scene.ask(asked), scene.told

    seen, told = run(scenario)

    assert seen.failure.cause == "tcp.refused"
    assert told == []


def test_another_plan_begins_and_ends_watches_and_leaves_the_others_alone() -> None:
    async def scenario(clock):
        one = wifi()
        async with watched(clock, [one]) as scene:
            scene.machine.switch("wlan0", has_carrier=False)
            scene.tell()
            await asyncio.sleep(0.1)
            scene.watch.adopt(plan([one, mobile()]), scene.runner.once)
            await asyncio.sleep(0.1)
            both = list(scene.told)
            scene.watch.adopt(plan([mobile()]), scene.runner.once)
            return both, scene

    both, scene = run(scenario)

    assert [(one.vantage, one.is_up) for one in both if isinstance(one, UplinkState)] == [
        ("wifi", True),
        ("wifi", False),
        ("mobile", True),
    ]
    assert [one for one in both if isinstance(one, Change)] == []
    assert [(one.vantage, one.back_at_ns) for one in scene.changes()] == [("wifi", None)]


@pytest.mark.parametrize("hop", [{"host": "127.0.0.1"}, {"host": "hk.localhost"}, {"address": "::1"}])
def test_a_vantage_whose_hops_are_all_on_this_machine_is_not_watched(hop) -> None:
    async def scenario(clock):
        async with watched(clock, [wifi(**hop)]) as scene:
            scene.machine.remove("wlan0")
            await asyncio.sleep(6)
            return scene.told

    assert run(scenario) == []
