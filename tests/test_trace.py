"""Both kinds of trace on paths that a test describes: who is where, what is silence, where it ends."""

import pytest

from probe.prober.trace import Trace
from tests.need import need_tun
from tests.rig_path import TARGET, TARGET6, Router, World, address_of, stage, with_router
from tests.rig_stage import counts, ended, probe_path, trace_of, who

PLAIN = World()
ROUTERS = [(address_of(0),), (address_of(1),), (address_of(2),)]
KINDS = ["tcp", "udp"]


@pytest.fixture(scope="module")
def theatre():
    need_tun()
    with stage() as ready:
        yield ready


def quick(protocol, **options):
    return Trace(**({"protocol": protocol, "wait": 0.2, "duration": 3.0} | options))


@pytest.mark.parametrize("protocol", KINDS)
async def test_each_router_and_the_target_are_where_they_are(theatre, protocol) -> None:
    seen = await probe_path(theatre, PLAIN, quick(protocol))

    assert ended(seen) == (None, "target", 4)
    assert who(seen) == [*ROUTERS, (TARGET,)]
    assert counts(seen) == [(3, 3)] * 4
    assert trace_of(seen).flow == "stable"


@pytest.mark.parametrize("protocol", KINDS)
async def test_ipv6_is_traced_alike(theatre, protocol) -> None:
    seen = await probe_path(theatre, PLAIN, quick(protocol), TARGET6)

    assert ended(seen) == (None, "target", 4)
    assert who(seen) == [*((address_of(place, is_ipv6=True),) for place in range(3)), (TARGET6,)]


@pytest.mark.parametrize("protocol", KINDS)
async def test_round_trips_are_those_of_the_path_by_the_kernels_clock(theatre, protocol) -> None:
    world = World(routers=tuple(Router(seconds=seconds) for seconds in (0.02, 0.04, 0.06)), seconds=0.08)
    trace = trace_of(await probe_path(theatre, world, quick(protocol)))

    found = [min(hop.seconds) for hop in trace.hops]
    # The path's player runs on the same loop as the probe and may be late, never early.
    assert all(0 <= got - told < 0.015 for got, told in zip(found, (0.02, 0.04, 0.06, 0.08), strict=True))
    assert {hop.stamp.value for hop in trace.hops} == {"kernel"}


@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize("target", [TARGET, TARGET6])
async def test_all_packets_are_of_one_flow_and_so_are_those_of_the_next_trace(
    theatre, protocol, target
) -> None:
    flows = set()
    for _ in range(2):
        seen = await probe_path(theatre, PLAIN, quick(protocol), target)
        flows |= {(packet.source, packet.target, packet.ports, packet.label) for packet in theatre.sent}
        assert trace_of(seen).source_port == next(iter(flows))[2][0]

    assert len(flows) == 1


@pytest.mark.parametrize("protocol", KINDS)
async def test_routers_that_share_load_by_ports_are_seen_as_one_path(theatre, protocol) -> None:
    world = with_router(with_router(PLAIN, 1, parallel=4), 2, parallel=3)
    first = await probe_path(theatre, world, quick(protocol))
    again = await probe_path(theatre, world, quick(protocol))

    assert [len(addresses) for addresses in who(first)] == [1, 1, 1, 1]
    assert who(first) == who(again)


@pytest.mark.parametrize("protocol", KINDS)
async def test_a_router_that_never_speaks_is_silent_and_not_the_end(theatre, protocol) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 1, is_silent=True), quick(protocol))

    assert ended(seen) == (None, "target", 4)
    assert who(seen) == [ROUTERS[0], (), ROUTERS[2], (TARGET,)]
    assert counts(seen) == [(3, 3), (3, 0), (3, 3), (3, 3)]


@pytest.mark.parametrize("protocol", KINDS)
async def test_a_router_that_limits_its_answers_loses_nothing(theatre, protocol) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 1, answers=1), quick(protocol))

    assert ended(seen) == (None, "target", 4)
    assert counts(seen) == [(3, 3), (3, 1), (3, 3), (3, 3)]


@pytest.mark.parametrize("protocol", KINDS)
async def test_routers_that_quote_no_payload_are_told_apart(theatre, protocol) -> None:
    world = World(routers=(Router(), Router(quotes=8), Router(quotes=8), Router(), Router(quotes=8)))
    seen = await probe_path(theatre, world, quick(protocol))

    assert ended(seen) == (None, "target", 6)
    assert who(seen) == [*((address_of(place),) for place in range(5)), (TARGET,)]


@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize(
    ("refuses", "by_tcp", "by_udp"),
    [
        ((3, 1), "tcp.unreachable", "icmp.unreachable"),
        ((3, 0), "tcp.unreachable", "icmp.unreachable"),
        ((3, 13), "tcp.unreachable.admin", "meta.insufficient"),
        ((3, 9), "tcp.unreachable.admin", "meta.insufficient"),
        ((3, 3), "tcp.unreachable", "meta.insufficient"),
    ],
)
async def test_a_refusal_names_who_said_it(theatre, protocol, refuses, by_tcp, by_udp) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 2, refuses=refuses), quick(protocol))
    trace = trace_of(seen)

    assert ended(seen) == ({"tcp": by_tcp, "udp": by_udp}[protocol], "refused", None)
    assert address_of(2) in seen.failure.detail
    last = trace.hops[-1].errors[0]
    assert (last.sender, (last.type, last.code)) == (address_of(2), refuses)


@pytest.mark.parametrize("protocol", KINDS)
async def test_ipv6_refusals_are_read_by_their_own_numbers(theatre, protocol) -> None:
    seen = await probe_path(theatre, with_router(PLAIN, 2, refuses=(1, 1)), quick(protocol), TARGET6)

    assert ended(seen)[0] == {"tcp": "tcp.unreachable.admin", "udp": "meta.insufficient"}[protocol]
    assert address_of(2, is_ipv6=True) in seen.failure.detail


@pytest.mark.parametrize("protocol", KINDS)
async def test_packets_that_run_in_a_circle_are_seen_to(theatre, protocol) -> None:
    seen = await probe_path(theatre, World(circle=2), quick(protocol))

    cause = {"tcp": "tcp.unreachable.loop", "udp": "icmp.unreachable.loop"}[protocol]
    assert ended(seen) == (cause, "circle", None)
    assert seen.failure.detail == f"the packets run between {address_of(1)}, {address_of(2)}"


@pytest.mark.parametrize("protocol", KINDS)
async def test_a_black_hole_is_behind_the_last_router_that_answers(theatre, protocol) -> None:
    world = with_router(PLAIN, 1, drops=lambda _number: True)
    seen = await probe_path(theatre, world, quick(protocol))

    # Silence after datagrams proves nothing; a connection attempt without an answer has failed.
    assert ended(seen) == ({"tcp": "tcp.timeout", "udp": "meta.insufficient"}[protocol], "silence", None)
    assert f"the last router that answered is {address_of(1)} at distance 2" in seen.failure.detail


@pytest.mark.parametrize("protocol", KINDS)
async def test_a_trace_ends_in_time_and_what_is_in_flight_is_not_silent(theatre, protocol) -> None:
    world = World(routers=tuple(Router(seconds=0.25) for _ in range(30)), seconds=0.25)
    seen = await probe_path(theatre, world, quick(protocol, wait=2.0, duration=1.2))

    assert seen.elapsed_seconds < 1.4
    assert trace_of(seen).ended == "time"
    assert all(sent == answered for sent, answered in counts(seen))


@pytest.mark.parametrize("protocol", KINDS)
async def test_no_more_packets_leave_than_allowed(theatre, protocol) -> None:
    world = World(routers=tuple(Router(seconds=0.001) for _ in range(20)), seconds=0.001)
    seen = await probe_path(theatre, world, quick(protocol, packets=30, tries=10))
    # Of a handshake the acknowledgement and the reset come on top.
    first = [packet for packet in theatre.sent if protocol == "udp" or packet.body[13] == 0x02]

    assert trace_of(seen).packets <= 30
    assert len(first) <= 30 + (protocol == "tcp")


@pytest.mark.parametrize("protocol", KINDS)
async def test_the_path_ends_at_the_farthest_hop_that_may_be_asked(theatre, protocol) -> None:
    seen = await probe_path(theatre, PLAIN, quick(protocol, max_hops=2))

    assert who(seen) == ROUTERS[:2]
    assert trace_of(seen).ended == "hops"
