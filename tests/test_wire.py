"""The seam to the network: stamps, TCP_INFO, source addresses, and sockets that are always given back."""

import asyncio
import contextlib
import os
import resource
import socket
import ssl
import subprocess
import sys
import time
from typing import Any

import pytest

from probe.abc import SocketOptions
from probe.cause.naming import RESET
from probe.clock import SystemClock
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.steps.handshake import client_context
from probe.vantage.source import Source
from probe.vantage.system import System
from probe.wire.errors import PeerClosed, WireError
from probe.wire.kernel import abilities, parse_tcp_info
from probe.wire.readiness import READ, EpollReadiness, LoopReadiness
from probe.wire.tls import TlsStream
from tests import rig_certificates as certificates
from tests.need import need
from tests.rig import BARE, ask, bench, seconds_of, verdict
from tests.rig_servers import (
    answering,
    black_hole,
    hold,
    name_server,
    ok,
    reset,
    saying,
    take,
    tcp_server,
    tls_server,
)

WAYS = pytest.mark.parametrize("able", [None, BARE], ids=["kernel", "bare"])


async def test_what_the_kernel_knew_at_expiry_is_kept(ca_file, linux) -> None:
    async with bench() as ready:
        with black_hole() as port, tcp_server(hold) as server:
            syn = await ready.ask(Tcp(), port=port, seconds=0.2)
            hello = await ready.ask(
                Tls(), port=server.port, host="localhost", scheme="https", seconds=0.2, ca_file=ca_file
            )

    assert (syn.evidence.tcp.info.state, syn.evidence.tcp.info.segments_in) == ("SYN_SENT", 0)
    info = hello.evidence.tcp.info
    assert (info.state, info.bytes_received) == ("ESTABLISHED", 0)
    assert info.bytes_acked == hello.evidence.tcp.sent_bytes + 1  # the SYN counts as one
    assert hello.evidence.tls.server_name == "localhost"
    assert 0.15 < hello.failure.after_seconds < 0.45


async def test_without_the_kernels_aids_the_evidence_just_lacks_them() -> None:
    with tcp_server(answering(ok())) as server:
        observation = await ask(Http(), port=server.port, able=BARE)

    assert observation.evidence.tcp.info is None
    assert observation.evidence.tcp.received_bytes > 0


@WAYS
async def test_a_source_address_is_where_the_packets_come_from(able) -> None:
    source = Source(address="127.0.0.3")
    with tcp_server(answering(ok())) as server:
        observation = await ask(Http(), port=server.port, way=source, able=able)

    assert [peer[0] for peer in server.peers] == ["127.0.0.3"]
    assert observation.evidence.tcp.source == "127.0.0.3"


async def test_questions_leave_from_the_source_address_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.bind(("127.0.0.1", 0))
        resolver.settimeout(5)
        await ask(
            Dns(),
            host="a.test",
            resolvers=(f"udp://127.0.0.1:{resolver.getsockname()[1]}",),
            way=Source(address="127.0.0.3"),
            seconds=0.05,
        )
        peer = resolver.recvfrom(512)[1]

    assert peer[0] == "127.0.0.3"


@pytest.mark.parametrize(
    ("source", "target", "cause"),
    [
        ("203.0.113.9", "127.0.0.1", "local.interface_down"),
        ("2001:db8::9", "::1", "local.interface_down"),
        ("127.0.0.1", "::1", "local.family_mismatch"),
        ("::1", "127.0.0.1", "local.family_mismatch"),
    ],
)
async def test_an_address_that_is_gone_or_of_the_other_family_is_our_own_trouble(
    source, target, cause
) -> None:
    observation = await ask(Tcp(), port=9, host=target, way=Source(address=source))

    assert verdict(observation) == (cause, "connect")
    assert seconds_of(observation) == {}


EXHAUSTED = """
import asyncio, os, resource, sys
from tests.rig import bench, verdict
from probe.prober.tcp import Tcp
from probe.prober.dns import Dns

async def main():
    async with bench() as ready:
        taken = os.dup(0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken + 1, taken + 1))
        while True:
            try:
                os.dup(0)
            except OSError:
                break
        asked = {"resolvers": ("udp://127.0.0.1:9",)}, {"resolvers": ("system",)}, {"resolvers": ("interface",)}
        for prober, how in ((Tcp(), {}), *((Dns(), {"host": "a.test", **each}) for each in asked)):
            observation = await ready.ask(prober, **how)
            print(*verdict(observation), observation.outcome)

asyncio.run(main())
"""


def test_without_file_descriptors_nobody_else_is_blamed() -> None:
    need(hasattr(resource, "RLIMIT_NOFILE"), "a limit of open files")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", EXHAUSTED], capture_output=True, text=True, timeout=30
    )

    assert ran.stdout.split("\n") == [
        "local.resource connect not_measured",
        "local.resource resolve not_measured",
        *["local.resource None not_measured"] * 2,
        "",
    ], ran.stderr


@WAYS
async def test_a_send_larger_than_the_buffers_is_completed(able) -> None:
    size = 6_000_000
    got = []

    def slow_reader(connection):
        time.sleep(0.1)
        got.append(take(connection, size))

    async with bench(able) as ready:
        with tcp_server(slow_reader, receive_bytes=4096) as server:
            connection = ready.network.tcp("127.0.0.1", System().open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            sent = await connection.send(b"ab" * (size // 2))
            with pytest.raises(PeerClosed):
                await connection.receive(1)
            connection.close()

    assert [b"ab" * (size // 2)] == got
    assert size == connection.sent_bytes
    assert sent.before_ns <= sent.after_ns


@WAYS
async def test_after_a_half_close_we_can_still_send(able) -> None:
    got = []

    def half_closed(connection):
        connection.shutdown(socket.SHUT_WR)
        got.append(take(connection, 5))

    async with bench(able) as ready:
        with tcp_server(half_closed) as server:
            connection = ready.network.tcp("127.0.0.1", System().open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            with pytest.raises(PeerClosed):
                await connection.receive(10)
            await connection.send(b"hello")
            connection.close()

    assert got == [b"hello"]


@WAYS
async def test_a_send_after_a_reset_says_so(able) -> None:
    async with bench(able) as ready:
        with tcp_server(saying(0.05, then=reset)) as server:
            connection = ready.network.tcp("127.0.0.1", System().open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            while not connection.is_ready():
                await asyncio.sleep(0.002)
            with pytest.raises(WireError) as raised:
                await connection.send(b"hello")
            connection.close()

    assert raised.value.errno in RESET
    assert connection.info() is None or connection.info().state == "CLOSE"


@WAYS
@pytest.mark.parametrize("place", ["resolve", "connect", "tls", "processing", "transfer"])
async def test_cancellation_leaves_no_socket(able, place, ca_file) -> None:
    with (
        name_server(lambda query: []) as resolver,
        black_hole() as dropping,
        tcp_server(hold) as silent,
        tcp_server(answering(ok()[:-1], then=hold)) as half,
    ):
        places: dict[str, dict[str, Any]] = {
            "resolve": {"host": "a.test", "resolvers": (resolver,)},
            "connect": {"port": dropping},
            "tls": {"port": silent.port, "scheme": "https", "ca_file": ca_file},
            "processing": {"port": silent.port},
            "transfer": {"port": half.port},
        }
        async with bench(able) as ready:
            attempt = ready.attempt(**{"host": "localhost", **places[place]})
            asking = asyncio.create_task(ready.measure(Http(), attempt))
            while attempt.phase_open != place:
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.02)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

            assert ready.network.opened
            assert ready.network.still_open() == 0


@pytest.mark.parametrize("context", [certificates.honest, certificates.expired, certificates.untrusted])
async def test_the_chain_as_sent_is_there_whether_it_verifies_or_not(context, ca_file) -> None:
    """Before Python 3.13 the call that returns it is private; this pins it."""
    clock = SystemClock()
    async with bench() as ready:
        with tls_server(context(), hold) as server:
            connection = ready.network.tcp("127.0.0.1", System().open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            tls = TlsStream(connection, client_context(ca_file, ()), "localhost", clock)
            with contextlib.suppress(ssl.SSLCertVerificationError):
                await tls.handshake()
            chain = tls.chain()
            tls.close()

    assert len(chain) == 1
    assert chain[0][:2] == b"\x30\x82"  # a DER sequence


@pytest.mark.parametrize("make", [EpollReadiness, LoopReadiness])
async def test_many_sockets_wait_at_once_and_each_for_itself(make) -> None:
    need(make is LoopReadiness or sys.platform == "linux", "epoll")
    readiness = make(asyncio.get_running_loop())
    pairs = [socket.socketpair() for _ in range(40)]
    woken = []

    async def wait(number):
        await readiness.wait(pairs[number][0].fileno(), READ)
        woken.append(number)

    waiting = [asyncio.create_task(wait(number)) for number in range(40)]
    await asyncio.sleep(0)
    for number in (7, 3):
        pairs[number][1].send(b"x")
        await asyncio.sleep(0.02)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    readiness.close()
    for pair in pairs:
        for end in pair:
            end.close()

    assert woken == [7, 3]


def test_a_shorter_tcp_info_of_an_older_kernel_has_fewer_fields() -> None:
    raw = bytearray(os.urandom(256))
    raw[0], raw[148:152] = 1, b"\xff\xff\xff\xff"
    whole, older, oldest = (
        parse_tcp_info(bytes(raw)),
        parse_tcp_info(bytes(raw[:148])),
        parse_tcp_info(bytes(raw[:104])),
    )

    assert whole is not None
    assert older is not None
    assert oldest is not None
    assert (whole.state, whole.min_rtt_seconds, older.out_of_order_segments) == ("ESTABLISHED", None, None)
    assert (older.segments_in, None) == (whole.segments_in, oldest.segments_in)
    assert parse_tcp_info(bytes(raw[:103])) is None


def test_abilities_are_those_of_the_platform() -> None:
    able = abilities()

    assert (sys.platform == "linux") == able.stamps == able.epoll
