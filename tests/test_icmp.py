"""Pings on a path that a test describes: each packet counted once, for what became of it."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from probe.model import Icmp as Told
from probe.model import Outcome, Ping
from probe.prober.icmp import Icmp
from probe.steps.pings import Pings, Volley
from tests.internet import namespace
from tests.need import need_tun
from tests.rig import BARE, ask, bench, seconds_of, stamps_of, verdict
from tests.rig_path import SOURCE, SOURCE6, TARGET, TARGET6, Echo, World, address_of, stage, with_router
from tests.rig_stage import probe_path

QUICK = Icmp(count=5, spacing=0.03, wait=0.2)


@pytest.fixture(scope="module")
def theatre():
    need_tun()
    with stage() as ready:
        yield ready


async def pinged(theatre, echoes, prober=QUICK, **how) -> Ping:
    ping = (await probe_path(theatre, World(echoes=echoes), prober, **how)).evidence.ping
    assert ping is not None
    return ping


def tally(ping):
    """What became of the packets: received, lost, late, and what came too often, too late, or from nowhere."""
    return ping.received, ping.lost, ping.late, ping.duplicates, ping.reordered, ping.mismatched


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("target", "source"), [(TARGET, SOURCE), (TARGET6, SOURCE6)])
async def test_the_median_round_trip_is_the_phase(theatre, raw, target, source) -> None:
    seen = await probe_path(theatre, World(seconds=0.03), Icmp(count=3, spacing=0.03, raw=raw), target)
    ping = seen.evidence.ping

    assert seen.outcome is Outcome.OK
    assert 0.03 <= seconds_of(seen)["echo"] < 0.045
    assert stamps_of(seen) == {"echo": "kernel"}
    assert (ping.source, ping.socket, ping.sent, tally(ping)) == (
        source,
        "raw" if raw else "ping",
        3,
        (3, 0, 0, 0, 0, 0),
    )
    assert [(one.number, one.ttl) for one in ping.replies] == [(0, 61), (1, 61), (2, 61)]


async def test_packets_are_of_the_size_and_distance_asked_for(theatre) -> None:
    await probe_path(theatre, World(), Icmp(count=3, spacing=0.05, size=100))

    assert [len(packet.raw) for packet in theatre.sent] == [128, 128, 128]


async def test_lost_packets_are_counted_and_one_reply_is_enough(theatre) -> None:
    ping = await pinged(theatre, lambda number: [Echo()] if number == 3 else [])

    assert (ping.sent, tally(ping)) == (5, (1, 4, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("max_loss", "expected"), [(39, ("icmp.loss", None)), (40, (None, None)), (0, ("icmp.loss", None))]
)
async def test_more_loss_than_allowed_is_a_failure(theatre, max_loss, expected) -> None:
    prober = Icmp(count=5, spacing=0.03, wait=0.2, max_loss=max_loss)
    seen = await probe_path(
        theatre, World(echoes=lambda number: [] if number in (1, 3) else [Echo()]), prober
    )

    assert verdict(seen) == expected
    assert "echo" in seconds_of(seen)


async def test_a_late_reply_is_late_and_not_lost(theatre) -> None:
    ping = await pinged(theatre, lambda number: [Echo(after=0.22 if number == 0 else 0)])

    assert tally(ping) == (5, 0, 1, 0, 1, 0)
    assert ping.replies[0].seconds > 0.22


async def test_a_second_reply_to_one_packet_is_a_duplicate(theatre) -> None:
    ping = await pinged(theatre, lambda number: [Echo(), Echo(after=0.01)] if number == 1 else [Echo()])

    assert tally(ping) == (5, 0, 0, 1, 0, 0)


async def test_a_reply_that_was_overtaken_is_reordered(theatre) -> None:
    ping = await pinged(theatre, lambda number: [Echo(after=0.05 if number == 1 else 0)])

    assert tally(ping) == (5, 0, 0, 0, 1, 0)


STRAYS = {
    "with another payload": Echo(change=lambda rest: rest[:-1] + b"?"),
    "cut short": Echo(change=lambda rest: rest[:-1]),
    "under another number": Echo(change=lambda rest: rest[:2] + bytes([rest[2] ^ 0x55]) + rest[3:]),
    "from somebody else": Echo(sender="203.0.113.10"),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
async def test_what_answers_nothing_is_no_reply_and_is_counted(theatre, stray) -> None:
    seen = await probe_path(
        theatre, World(echoes=lambda _number: [stray]), Icmp(count=2, spacing=0.03, wait=0.2)
    )

    assert verdict(seen) == ("icmp.timeout", "echo")
    assert tally(seen.evidence.ping) == (0, 2, 0, 0, 0, 2)
    assert "2 packets came that answer none" in seen.failure.detail


async def test_a_raw_socket_hears_no_replies_to_others(theatre) -> None:
    stray = Echo(change=lambda rest: bytes([rest[0] ^ 0x55]) + rest[1:])
    ping = await pinged(theatre, lambda _number: [stray, Echo()], Icmp(count=2, spacing=0.03, raw=True))

    assert tally(ping)[:3] == (2, 0, 0)
    assert ping.mismatched == 2


async def test_numbers_go_on_behind_the_last_there_is(theatre) -> None:
    volley = Volley(count=5, spacing_seconds=0.02, size_bytes=56, wait_seconds=0.2)
    with theatre.playing(World(echoes=lambda number: [] if number == 1 else [Echo(), Echo(after=0.001)])):
        async with bench() as ready:
            attempt = ready.attempt(host=TARGET, way=theatre)
            echoes = attempt.dialer.echo(TARGET)
            attempt.keep_feeler(echoes)
            pings = Pings(attempt, echoes, volley, first_sequence=0xFFFE)
            await pings.run()
            ping = pings.evidence(TARGET, raw=False)
            attempt.close()

    assert [packet.body[6:8].hex() for packet in theatre.sent] == ["fffe", "ffff", "0000", "0001", "0002"]
    assert tally(ping)[:3] == (4, 1, 0)


@contextmanager
def no_ping_sockets(theatre):
    """The system allows no group to ping without privilege, as many do."""
    switch = Path("/proc/sys/net/ipv4/ping_group_range")
    with namespace.inside(theatre.name):
        allowed = switch.read_text()
        switch.write_text("1 0")
    try:
        yield
    finally:
        with namespace.inside(theatre.name):
            switch.write_text(allowed)


async def test_a_system_that_forbids_pings_is_told_with_the_one_command_that_mends_it(theatre) -> None:
    with no_ping_sockets(theatre):
        seen = await probe_path(theatre, World(), QUICK)

    assert (seen.outcome, verdict(seen)) == (Outcome.NOT_MEASURED, ("local.ping_refused", "echo"))
    assert f'sysctl -w net.ipv4.ping_group_range="{os.getgid()} {os.getgid()}"' in seen.failure.detail


async def test_a_raw_socket_pings_where_ping_sockets_are_forbidden(theatre) -> None:
    with no_ping_sockets(theatre):
        ping = await pinged(theatre, lambda _number: [Echo()], Icmp(count=2, spacing=0.03, raw=True))

    assert tally(ping) == (2, 0, 0, 0, 0, 0)


REFUSALS = [
    ((3, 1), TARGET, "icmp.unreachable"),
    ((3, 13), TARGET, "icmp.unreachable.admin"),
    ((3, 10), TARGET, "icmp.unreachable.admin"),
    ((1, 0), TARGET6, "icmp.unreachable"),
    ((1, 1), TARGET6, "icmp.unreachable.admin"),
]


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("word", "target", "cause"), REFUSALS)
async def test_a_refusal_names_who_said_it_and_ends_the_waiting(theatre, raw, word, target, cause) -> None:
    world = with_router(World(), 1, refuses=word)
    seen = await probe_path(theatre, world, Icmp(count=2, spacing=0.03, raw=raw), target)
    sender = address_of(1, is_ipv6=target == TARGET6)

    assert verdict(seen) == (cause, "echo")
    assert sender in seen.failure.detail
    assert seen.evidence.ping.errors == (Told(sender=sender, type=word[0], code=word[1], count=2),)
    assert seen.elapsed_seconds < 0.3


async def test_a_circle_is_told_by_the_router_that_gives_up(theatre) -> None:
    assert verdict(await probe_path(theatre, World(circle=2), QUICK)) == ("icmp.unreachable.loop", "echo")


async def test_a_packet_that_does_not_fit_is_told_with_the_size_that_does(theatre) -> None:
    seen = await probe_path(
        theatre, with_router(World(), 1, mtu=1400), Icmp(count=2, spacing=0.03, size=1450)
    )

    assert verdict(seen) == ("icmp.too_big", "echo")
    assert "1400 bytes fit" in seen.failure.detail


async def test_a_packet_that_our_own_link_does_not_take_blames_nobody(theatre) -> None:
    seen = await probe_path(theatre, World(), Icmp(count=1, size=1480))

    assert verdict(seen) == ("local.unsupported", "echo")


async def test_packets_that_there_is_no_time_to_wait_for_are_not_sent(theatre) -> None:
    ping = await pinged(theatre, lambda _number: [Echo()], Icmp(count=50, spacing=0.1, wait=0.3), seconds=1.0)

    assert 3 <= ping.sent <= 8
    assert (ping.received, ping.lost, ping.in_flight) == (ping.sent, 0, 0)


async def test_the_waiting_is_cut_so_that_all_packets_fit_into_the_timeout(theatre) -> None:
    seen = await probe_path(
        theatre, World(echoes=lambda _number: []), Icmp(count=5, spacing=0.1, wait=5.0), seconds=1.0
    )
    ping = seen.evidence.ping

    assert verdict(seen) == ("icmp.timeout", "echo")
    assert (ping.sent, ping.received, ping.lost, ping.in_flight) == (5, 0, 5, 0)


async def test_the_counts_of_random_loss_are_those_that_were_injected(theatre) -> None:
    # 30 %, by a rule that both sides know.
    lost = {number for number in range(60) if number * 7 % 10 < 3}
    prober = Icmp(count=60, spacing=0.01, wait=0.2)
    ping = await pinged(theatre, lambda number: [] if number in lost else [Echo()], prober)

    assert (ping.sent, ping.received, ping.lost) == (60, 60 - len(lost), len(lost))
    assert {one.number for one in ping.replies} == set(range(60)) - lost


@pytest.mark.parametrize("able", [None, BARE])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_ourselves_answer(theatre, host, able) -> None:
    seen = await ask(Icmp(count=2, spacing=0.03), able=able, host=host, way=theatre)

    assert (seen.outcome, seen.evidence.ping.received) == (Outcome.OK, 2)
