"""What is special to a trace by connection attempts."""

import errno
import socket

import pytest

from probe.model import Outcome
from probe.prober.trace import Trace
from probe.wire.quote import is_rewritten
from tests.need import need_tun
from tests.rig import ask, seconds_of, stamps_of
from tests.rig_path import SOURCE, TARGET, Router, World, stage, with_router
from tests.rig_servers import tcp_server
from tests.rig_stage import counts, ended, probe_path, trace_of, who

pytestmark = pytest.mark.alone

QUICK = Trace(wait=0.2, duration=3.0)


@pytest.fixture(scope="module")
def theatre():
    need_tun()
    with stage() as ready:
        yield ready


async def test_the_connection_attempt_itself_is_the_phase(theatre) -> None:
    seen = await probe_path(theatre, World(seconds=0.05), QUICK)

    assert 0.05 <= seconds_of(seen)["connect"] < 0.065
    assert stamps_of(seen) == {"connect": "kernel"}
    assert (seen.evidence.tcp.address, seen.evidence.tcp.source) == (TARGET, SOURCE)
    assert trace_of(seen).answer == "connected"


async def test_a_closed_port_is_an_answer_of_the_target(theatre) -> None:
    seen = await probe_path(theatre, World(tcp="closed"), QUICK)

    assert ended(seen) == (None, "target", 4)
    assert trace_of(seen).answer == "refused"
    assert stamps_of(seen) == {"connect": "user"}


async def test_every_connection_is_closed_by_a_reset(theatre) -> None:
    await probe_path(theatre, World(), QUICK)
    flags = [packet.body[13] for packet in theatre.sent]

    # The plain attempt, and the last distance as often as it is tried.
    assert (flags.count(0x10), flags.count(0x14), flags.count(0x11)) == (4, 4, 0)


async def test_a_lost_first_syn_is_waited_for_as_the_user_would(theatre) -> None:
    seen = await probe_path(
        theatre, with_router(World(), 0, drops=lambda number: number == 0), Trace(wait=0.2)
    )

    assert ended(seen) == (None, "target", 4)
    assert 1.0 < seconds_of(seen)["connect"] < 1.4
    assert stamps_of(seen) == {"connect": "user"}


async def test_a_target_that_answers_only_later_has_answered(theatre) -> None:
    # The plain attempt and its repetition are lost.
    world = with_router(World(), 0, drops=lambda number: number < 2)
    seen = await probe_path(theatre, world, Trace(wait=0.3, duration=4.2))

    assert ended(seen) == (None, "target", 4)
    assert seconds_of(seen)["connect"] < 0.1


async def test_a_translator_is_in_front_of_the_first_quotation_that_is_not_ours(theatre) -> None:
    trace = trace_of(await probe_path(theatre, with_router(World(), 0, rewrites=True), QUICK))

    assert [hop.is_translated for hop in trace.hops] == [None, True, True, None]


async def test_a_silent_port_is_a_failure_with_the_path_as_its_explanation(theatre) -> None:
    seen = await probe_path(theatre, World(tcp="silent"), Trace(wait=0.2, duration=3.0, give_up_after=2))

    assert ended(seen) == ("tcp.timeout", "silence", None)
    assert str(seen.failure.phase) == "connect"
    assert counts(seen) == [(3, 3)] * 3 + [(3, 0)] * 2


async def test_a_long_path_with_silent_stretches_is_found_within_five_seconds(theatre) -> None:
    routers = tuple(
        Router(seconds=0.016 * ttl, is_silent=ttl in (3, 4, 5, 9, 10, 11, 12)) for ttl in range(1, 17)
    )
    seen = await probe_path(theatre, World(routers=routers, seconds=0.28), Trace())

    assert ended(seen) == (None, "target", 17)
    assert seen.elapsed_seconds < 5.2


async def test_a_port_that_somebody_else_uses_is_left_alone(theatre) -> None:
    taken = trace_of(await probe_path(theatre, World(), QUICK)).source_port
    with theatre.open(socket.AF_INET, socket.SOCK_STREAM) as holder:
        holder.bind((SOURCE, taken))
        seen = await probe_path(theatre, World(), QUICK)

    assert (trace_of(seen).source_port, trace_of(seen).flow) == (taken + 1, "stable")


class Chosen:
    """A way out that chooses a port of its own for every socket."""

    proxy = None
    record_types = ("A", "AAAA")

    def __init__(self, theatre):
        self.theatre = theatre

    def open(self, family, kind, protocol=0):
        sock = self.theatre.open(family, kind, protocol)
        sock.bind((SOURCE, 0))
        return sock

    def own_resolvers(self):
        return ()


async def test_a_flow_that_cannot_be_kept_is_said_to_change(theatre) -> None:
    seen = await probe_path(theatre, World(), QUICK, way=Chosen(theatre))

    assert ended(seen) == (None, "target", 4)
    assert (trace_of(seen).flow, trace_of(seen).source_port) == ("per_hop", None)


class Unable:
    """A way out without any route."""

    proxy = None
    record_types = ("A", "AAAA")

    def open(self, family, kind, protocol=0):
        raise OSError(errno.ENETUNREACH, "no way")

    def own_resolvers(self):
        return ()


@pytest.mark.parametrize("prober", [Trace(), Trace(protocol="udp")])
async def test_what_never_left_blames_nobody(prober) -> None:
    seen = await ask(prober, host="198.51.100.1", way=Unable())

    assert (seen.outcome, seen.failure.cause) == (Outcome.NOT_MEASURED, "local.no_route")


async def test_the_way_to_ourselves_is_one_hop() -> None:
    with tcp_server(lambda _connection: None) as server:
        seen = await ask(QUICK, port=server.port)

    assert ended(seen) == (None, "target", 1)
    assert who(seen) == [("127.0.0.1",)]


SYN = bytes.fromhex("6bbe01bb12345678000000005002fa0000000000")


def test_a_quotation_that_is_too_short_tells_nothing() -> None:
    assert [is_rewritten(SYN[:size], SOURCE, TARGET) for size in (0, 8, 19)] == [None, None, None]
