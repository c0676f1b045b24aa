"""What the kernel knew of a connection when a probe failed: each way to be silent has its own signature."""

import errno

import pytest

from probe.abc import SocketOptions
from probe.model import Overrides
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.wire.errors import WireError
from probe.wire.readiness import READ, is_ready
from tests.internet.net import Internet
from tests.need import need_namespaces
from tests.rig import ANYWHERE, ask, bench, verdict
from tests.rig_servers import answering, hold, reset, saying, tcp_server

pytestmark = pytest.mark.alone

FAMILIES = pytest.mark.parametrize("family", [4, 6])


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


async def probe(net, prober, *, family=4, port=443, seconds=1.0, **overrides):
    """Ask the page's host from the vantage."""
    address = net.address("static", None, family)
    with net.inside("v-wifi"):
        return await ask(
            prober,
            host="page.lab.test",
            scheme="https" if port == 443 else "http",
            port=port,
            ca_file=str(net.ca_file),
            seconds=seconds,
            overrides=Overrides(address=address, **overrides),
        )


@FAMILIES
async def test_a_syn_that_nobody_answers_was_sent_and_nothing_came(net, family) -> None:
    with net.under({"kind": "blackhole", "node": "r-wifi", "part": "syn", "ports": [443]}):
        observation = await probe(net, Tcp(), family=family, seconds=1.5)

    info = observation.evidence.tcp.info
    assert verdict(observation) == ("tcp.timeout", "connect")
    assert (info.state, info.segments_in, info.total_retransmits) == ("SYN_SENT", 0, 1)
    assert info.quiet_seconds is None


@FAMILIES
async def test_a_hello_that_vanishes_is_unacknowledged_at_expiry(net, family) -> None:
    with net.under({"kind": "blackhole", "node": "r-wifi", "part": "data", "ports": [443]}):
        observation = await probe(net, Tls(), family=family)

    info = observation.evidence.tcp.info
    assert verdict(observation) == ("tls.timeout", "tls")
    assert (info.state, info.bytes_acked, info.bytes_received, info.unsent_bytes) == ("ESTABLISHED", 1, 0, 0)
    assert info.unacked_segments >= 1
    assert 1 <= info.total_retransmits < info.data_segments_out


@FAMILIES
async def test_large_answers_that_vanish_leave_a_gap_and_small_segments_mend_it(net, family) -> None:
    with net.under({"kind": "mtu", "node": "r-wifi", "mtu": 1400}):
        hole = await probe(net, Http(path="/bytes/2000"), family=family, port=80)
        small = await probe(net, Http(path="/bytes/2000"), family=family, port=80, mss_bytes=1200)

    info = hole.evidence.tcp.info
    assert verdict(hole) == ("http.timeout.first_byte", "processing")
    assert (info.bytes_acked, info.bytes_received) == (1 + hole.evidence.tcp.sent_bytes, 0)
    assert info.out_of_order_segments >= 1
    assert verdict(small) == (None, None)
    assert small.evidence.tcp.info.mss_bytes <= 1200


async def test_a_reset_leaves_what_had_been_acknowledged_and_the_round_trip(linux) -> None:
    with tcp_server(answering(0.05, then=reset)) as server:
        observation = await ask(Http(), port=server.port)

    tcp = observation.evidence.tcp
    assert verdict(observation) == ("http.reset", "processing")
    assert (tcp.info.state, tcp.info.bytes_acked) == ("CLOSE", 1 + tcp.sent_bytes)
    assert tcp.info.min_rtt_seconds > 0


async def test_a_silent_peer_is_told_with_how_long_nothing_came(linux) -> None:
    with tcp_server(
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 0.01, b"x", then=hold)
    ) as server:
        observation = await ask(Http(), port=server.port, seconds=0.4)

    assert verdict(observation) == ("http.timeout.body", "transfer")
    assert 0.3 < observation.evidence.tcp.info.quiet_seconds <= 0.41


async def test_garbage_is_told_with_whether_it_was_acknowledged(linux) -> None:
    with tcp_server(saying(b"what?", then=hold)) as server:
        observation = await ask(Tcp(), port=server.port, overrides=Overrides(first_bytes=b"garbage"))

    tcp = observation.evidence.tcp
    assert verdict(observation) == (None, None)
    assert (tcp.info.bytes_acked, tcp.first_bytes) == (1 + len(b"garbage"), b"what?".hex())


async def test_a_reset_is_no_end_in_order_although_somebody_has_looked_for_more_bytes(linux) -> None:
    async with bench() as ready:
        with tcp_server(saying(0.05, then=reset)) as server:
            connection = ready.network.tcp("127.0.0.1", ANYWHERE.open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            while not is_ready(connection._sock.fileno(), READ):
                pass
            crowded = connection.is_crowded()
            with pytest.raises(WireError) as caught:
                await connection.receive(1)
            connection.close()

    assert (crowded, caught.value.errno) == (False, errno.ECONNRESET)


async def test_small_segments_can_be_had_by_ipv6_too(linux) -> None:
    with tcp_server(hold, host="::1") as server:
        observation = await ask(Tcp(), host="::1", port=server.port, overrides=Overrides(mss_bytes=1200))

    assert verdict(observation) == (None, None)
    assert observation.evidence.tcp.info.mss_bytes <= 1200
