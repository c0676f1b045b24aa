"""What is special to a trace by datagrams: the largest packet, and targets that answer little or nothing."""

from dataclasses import replace

import pytest

from probe.model import Outcome, PathMtu
from probe.prober.trace import Trace
from tests.need import need_tun
from tests.rig import BARE, ask, seconds_of, stamps_of
from tests.rig_path import SOURCE, TARGET6, World, address_of, stage, with_router
from tests.rig_stage import counts, ended, probe_path, trace_of

QUICK = Trace(protocol="udp", wait=0.2, duration=4.0)
PLAIN = World()


@pytest.fixture(scope="module")
def theatre():
    need_tun()
    with stage() as ready:
        yield ready


async def test_the_round_trip_to_the_target_is_the_phase(theatre) -> None:
    seen = await probe_path(theatre, World(seconds=0.05), QUICK)

    assert 0.05 <= seconds_of(seen)["echo"] < 0.065
    assert stamps_of(seen) == {"echo": "kernel"}
    assert (trace_of(seen).answer, trace_of(seen).source) == ("port_closed", SOURCE)


async def test_a_service_that_answers_is_the_target_too(theatre) -> None:
    seen = await probe_path(theatre, World(udp="answers"), QUICK)

    assert ended(seen) == (None, "target", 4)
    assert trace_of(seen).answer == "replied"


async def test_a_target_that_is_silent_proves_nothing(theatre) -> None:
    prober = Trace(protocol="udp", wait=0.2, give_up_after=3)
    seen = await probe_path(theatre, World(udp="silent"), prober)

    assert (seen.outcome, *ended(seen)) == (Outcome.NOT_MEASURED, "meta.insufficient", "silence", None)
    assert counts(seen) == [(3, 3)] * 3 + [(3, 0)] * 3


async def test_a_link_that_takes_all_is_found_with_one_packet(theatre) -> None:
    trace = trace_of(await probe_path(theatre, PLAIN, QUICK))

    assert trace.mtu == PathMtu(bytes=1500)
    assert trace.packets == 4 * 3 + 1


@pytest.mark.parametrize("target", [None, TARGET6])
async def test_a_router_that_refuses_a_large_packet_is_named(theatre, target) -> None:
    world = with_router(with_router(PLAIN, 0, mtu=1480), 2, mtu=1400)
    seen = await probe_path(theatre, world, QUICK, *([target] if target else []))

    assert trace_of(seen).mtu == PathMtu(bytes=1400, told_by=address_of(2, is_ipv6=target is not None))


async def test_a_hole_for_large_packets_is_narrowed_down(theatre) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 1, mtu=1413, tells_mtu=False), QUICK)
    mtu = trace_of(seen).mtu

    assert seen.outcome is Outcome.OK
    assert mtu.told_by is None
    assert 1360 <= mtu.bytes <= 1413 < mtu.vanished_bytes <= 1440


async def test_silence_about_size_is_no_hole_where_small_packets_are_lost_too(theatre) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 1, drops=lambda number: number % 2 == 0), QUICK)

    assert trace_of(seen).mtu is None or trace_of(seen).mtu.vanished_bytes is None


@pytest.mark.parametrize("answers", [1, 2, 3])
async def test_a_target_that_limits_its_answers_has_no_hole(theatre, answers) -> None:
    seen = await probe_path(theatre, World(udp_answers=answers), QUICK)

    assert ended(seen)[:2] == (None, "target")
    assert trace_of(seen).mtu in (None, PathMtu(bytes=1500))


@pytest.mark.parametrize("refill", [0.05, 0.1, 0.2, 0.3])
async def test_a_target_that_answers_again_after_a_while_has_no_hole_either(theatre, refill) -> None:
    seen = await probe_path(theatre, World(udp_answers=1, udp_refill=refill), QUICK)

    assert ended(seen)[:2] == (None, "target")
    assert trace_of(seen).mtu in (None, PathMtu(bytes=1500))


async def test_a_hole_is_found_although_the_target_limits_its_answers(theatre) -> None:
    world = replace(with_router(PLAIN, 1, mtu=1413, tells_mtu=False), udp_answers=4, udp_refill=0.3)
    mtu = trace_of(await probe_path(theatre, world, QUICK)).mtu

    assert mtu is not None
    assert mtu.bytes <= 1413 < (mtu.vanished_bytes or 0)


@pytest.mark.parametrize("udp", ["closed", "answers"])
async def test_a_flood_of_answers_is_one_answer_each(theatre, udp) -> None:
    seen = await probe_path(theatre, World(udp=udp, copies=300), QUICK)

    assert ended(seen) == (None, "target", 4)
    assert all(answered <= sent for sent, answered in counts(seen))
    assert seen.elapsed_seconds < 4.2


async def test_ourselves_take_any_size_so_that_nothing_is_known_of_it() -> None:
    seen = await ask(QUICK)

    assert ended(seen) == (None, "target", 1)
    assert trace_of(seen).mtu is None


async def test_without_the_kernels_aids_our_own_clock_is_said_to_have_ended_it() -> None:
    seen = await ask(QUICK, able=BARE)

    assert ended(seen) == (None, "target", 1)
    assert stamps_of(seen) == {"echo": "user"}
