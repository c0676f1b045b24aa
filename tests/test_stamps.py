"""The kernel's stamps give the phases exactly, however late we look; where they cannot, the figure says so."""

import socket
import sys
import threading
import time

import pytest

from probe.abc import SocketOptions
from probe.clock import SystemClock
from probe.model import Stamp, Taint
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.vantage.system import System
from tests import rig_certificates as certificates
from tests.rig import BARE, ask, bench, seconds_of, stamps_of, verdict
from tests.rig_dns import response
from tests.rig_servers import (
    hold,
    name_server,
    ok,
    saying,
    take,
    tcp_server,
    tls_server,
)
from tests.stalling import stalled

pytestmark = pytest.mark.alone

WAYS = pytest.mark.parametrize("able", [None, BARE], ids=["kernel", "bare"])


def in_parts(*parts):
    """Take a request and answer in parts, each after its pause."""

    def script(connection):
        take(connection, 20)
        for pause, part in parts:
            time.sleep(pause)
            connection.sendall(part)
        hold(connection)

    return script


WHOLE = ok(b"x" * 400)
ONE_PART = in_parts((0.03, WHOLE))
TWO_PARTS = in_parts((0.03, WHOLE[:200]), (0.02, WHOLE[200:]))


async def ask_all(ready, ca_file, script):
    """Ask servers whose delays are known, by every prober that waits; return the observations by kind."""
    seen = {}
    with (
        tcp_server(script) as plain,
        tls_server(certificates.honest(), script) as secure,
        name_server(lambda query: [0.03, response(query, "A 127.0.0.1")]) as resolver,
    ):
        seen["http"] = await ready.ask(Http(), port=plain.port)
        seen["https"] = await ready.ask(
            Http(), port=secure.port, host="localhost", scheme="https", ca_file=ca_file
        )
        seen["dns"] = await ready.ask(Dns(), host="a.test", resolvers=(resolver,))
    return seen


def wait(kind, observation):
    """Return the phase in which the server waits 30 ms."""
    return seconds_of(observation)["resolve" if kind == "dns" else "processing"]


@WAYS
async def test_phases_are_the_servers_delays(able, ca_file) -> None:
    async with bench(able) as ready:
        seen = await ask_all(ready, ca_file, TWO_PARTS)
        # A busy machine may wake the server late: the better of two rounds is judged.
        again = await ask_all(ready, ca_file, TWO_PARTS)

    for kind in seen:
        assert 0.03 <= min(wait(kind, seen[kind]), wait(kind, again[kind])) < 0.04
    for kind in ("http", "https"):
        assert 0.018 <= min(seconds_of(one[kind])["transfer"] for one in (seen, again)) < 0.03
    assert set(seconds_of(seen["http"])) == {"connect", "processing", "transfer"}
    assert set(seconds_of(seen["https"])) == {"connect", "tls", "processing", "transfer"}
    stamp = "user" if able or sys.platform != "linux" else "kernel"
    assert {one for observation in seen.values() for one in stamps_of(observation).values()} == {stamp}


async def test_a_blocked_loop_does_not_move_what_the_kernel_stamped(ca_file, linux) -> None:
    async with bench() as ready, stalled():
        rounds = [await ask_all(ready, ca_file, ONE_PART) for _ in range(5)]

    seen = [(kind, one) for each in rounds for kind, one in each.items()]
    wrong = [
        (kind, wait(kind, one), one.taints)
        for kind, one in seen
        if one.taints or not 0.03 <= wait(kind, one) < 0.045
    ]
    # A busy machine may wake the server late, or take the processor from us within the call that sends.
    assert len(wrong) <= 1, wrong
    assert {stamp for _, one in seen for stamp in stamps_of(one).values()} == {"kernel"}
    assert max(seconds_of(one)["connect"] for kind, one in seen if kind != "dns") < 0.02
    assert max(one.lag_seconds for _, one in seen) > 0.02


async def test_what_the_kernel_joined_before_we_looked_is_late_or_right(ca_file, linux) -> None:
    async with bench() as ready, stalled():
        rounds = [await ask_all(ready, ca_file, TWO_PARTS) for _ in range(4)]

    wrong = [
        (kind, wait(kind, one))
        for seen in rounds
        for kind, one in seen.items()
        if Taint.LATE not in one.taints and not 0.03 <= wait(kind, one) < 0.045
    ]
    assert wrong == []


async def test_a_blocked_loop_taints_what_it_stamped_itself(ca_file) -> None:
    async with bench(BARE) as ready, stalled():
        seen = await ask_all(ready, ca_file, ONE_PART)

    assert {one.taints for one in seen.values()} == {(Taint.LATE,)}


async def test_a_stamp_is_never_later_than_the_reading_nor_before_the_socket(linux) -> None:
    clock = SystemClock()
    async with bench() as ready:
        with tcp_server(saying(b"hello", then=hold)) as server:
            began = clock.monotonic_ns()
            connection = ready.network.tcp("127.0.0.1", System().open, SocketOptions())
            await connection.connect("127.0.0.1", server.port)
            received = await connection.receive(100)
            connection.close()

    assert received.stamp is Stamp.KERNEL
    assert began < received.at_ns <= received.read_ns <= clock.monotonic_ns()
    assert connection.lag_ns == received.read_ns - received.at_ns


async def test_connect_is_the_kernels_own_sample(linux) -> None:
    async with bench() as ready, stalled():
        with tcp_server(hold) as server:
            observation = await ready.ask(Tcp(), port=server.port)

    info = observation.evidence.tcp.info
    assert {"connect": info.rtt_seconds} == seconds_of(observation)
    assert stamps_of(observation) == {"connect": "kernel"}
    assert info.state in {"ESTABLISHED", "CLOSE_WAIT"}


async def test_a_lost_syn_is_flagged_and_the_whole_wait_told(linux) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))

        def make_room():
            time.sleep(0.3)
            while not done.is_set():
                listener.settimeout(0.05)
                try:
                    listener.accept()[0].close()
                except TimeoutError:
                    continue

        done = threading.Event()
        room = threading.Thread(target=make_room)
        room.start()
        try:
            observation = await ask(Tcp(), port=port, seconds=4)
        finally:
            done.set()
            room.join()
            for one in waiting:
                one.close()

    assert verdict(observation) == (None, None)
    assert stamps_of(observation) == {"connect": "user"}
    assert seconds_of(observation)["connect"] > 0.9
    assert observation.evidence.tcp.info.total_retransmits >= 1
