"""A network that is not there when the watch begins, or comes for the first time, or whose namespace goes."""

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from probe.model import Disturbance, Outcome, UplinkState
from probe.vantage.netns import Netns
from probe.vantage.source import Source
from probe.vantage.system import System
from probe.wire.errors import RefusedError
from tests.fake_links import Interfaces, laptop
from tests.repeating import probe
from tests.rig_uplink import bound, verdict, watched
from tests.virtual import run


def by(way, *seconds: float, **hop: str):
    one = bound(probe("page", *seconds), **hop)
    return replace(one, looking=replace(one.looking, way=way))


def without_a_link():
    """Return a machine whose routes lead into an interface that nothing is plugged into, as Linux leaves them."""
    machine = laptop()
    machine.remove("wwan0")
    machine.switch("wlan0", has_carrier=False)
    return machine


def refused_from_the_start(machine, way, **hop: str):
    async def scenario(clock):
        asked = by(way, -0.2, **hop)
        async with watched(clock, [asked, by(way)], machine) as scene:
            await asyncio.sleep(5)
            return await scene.ask(asked)

    return run(scenario)


@pytest.mark.parametrize("way", [System(), Source(address="198.18.5.2")])
def test_a_link_that_was_missing_before_the_watch_began_blames_no_hop(way) -> None:
    assert verdict(refused_from_the_start(without_a_link(), way)) == (
        Outcome.NOT_MEASURED,
        "local.interface_down",
        "wlan0 has no link; the probe ended as tcp.refused",
    )


@pytest.mark.parametrize(
    ("host", "cause"), [("2001:db8:f::1", "tcp.refused"), ("203.0.113.34", "local.interface_down")]
)
def test_only_the_family_that_leads_into_the_missing_link_is_excused(host, cause) -> None:
    machine = laptop()
    machine.switch("wlan0", has_carrier=False)
    machine.routes = [one for one in machine.routes if one[:2] != (10, "wlan0")]

    assert refused_from_the_start(machine, System(), host=host).failure.cause == cause


def test_without_a_default_route_a_neighbour_that_fails_is_to_blame() -> None:
    machine = laptop()
    machine.routes.clear()

    assert refused_from_the_start(machine, System(), host="198.18.5.9").failure.cause == "tcp.refused"


@pytest.mark.parametrize(("begins_after", "cause"), [(0.1, "local.network_changed"), (1.2, "tcp.refused")])
def test_a_failure_right_after_the_first_coming_blames_nobody_and_a_later_one_does(
    begins_after, cause
) -> None:
    async def scenario(clock):
        asked = by(System(), -0.1)
        async with watched(clock, [asked], without_a_link()) as scene:
            scene.machine.switch("wlan0", has_carrier=True)
            scene.tell()
            await asyncio.sleep(begins_after)
            return await scene.ask(asked)

    assert run(scenario).failure.cause == cause


def test_a_namespace_that_is_taken_away_is_down_until_it_is_there_again() -> None:
    class Namespace(Interfaces):
        is_there = True

        @contextmanager
        def ask(self, opening: object) -> Iterator[Interfaces]:
            if not self.is_there:
                raise RefusedError(errno.ENOENT, "local.interface_down", "there is no network namespace vpn")
            yield self

    async def scenario(clock):
        machine = Namespace()
        machine.add("tun0", "192.0.2.7", gateway="192.0.2.1")
        async with watched(clock, [by(Netns(name="vpn"))], machine) as scene:
            for machine.is_there in (False, True):
                await asyncio.sleep(6)
        return scene

    scene = run(scenario)

    states = [one for one in scene.told if isinstance(one, UplinkState)]
    assert [one.is_up for one in states] == [True, False, True]
    assert states[1].detail == "there is no network namespace vpn"
    assert [(one.what, one.was_down) for one in scene.changes()] == [(Disturbance.INTERFACE, True)]
