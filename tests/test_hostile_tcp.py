"""A target that misbehaves below HTTP and TLS: every row of the corpus ends in time, with its own cause and phase."""

import itertools
import time

import pytest

from probe.model import Overrides
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from tests.rig import BARE, ask, bench, seconds_of, verdict
from tests.rig_servers import (
    answering,
    black_hole,
    flooding,
    hold,
    ok,
    request,
    reset,
    saying,
    tcp_server,
)

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
SECONDS = 0.25


def half_close(connection):
    connection.shutdown(1)
    hold(connection)


def close_unread(connection):
    time.sleep(0.05)  # the request has come by now, and closing over it makes the kernel send a RST


def byte_by_byte(connection):
    request(connection)
    for byte in ok(b"x" * 50):
        connection.sendall(bytes([byte]))


def dripping(connection):
    request(connection)
    for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000):
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


HTTP_ROWS = {
    "reset without reading the request": (saying(0.03, then=reset), ("http.reset", "processing")),
    "reset after the request": (answering(then=reset), ("http.reset", "processing")),
    "close with unread data": (close_unread, ("http.reset", "processing")),
    "close after the request": (answering(), ("http.closed", "processing")),
    "half close": (half_close, ("http.closed", "processing")),
    "silence after accept": (hold, ("http.timeout.first_byte", "processing")),
    "silence after the request": (answering(then=hold), ("http.timeout.first_byte", "processing")),
    "reset in the body": (answering(HALF, 0.05, then=reset), ("http.truncated", "transfer")),
    "close in the body": (answering(HALF), ("http.truncated", "transfer")),
    "half close in the body": (answering(HALF, then=half_close), ("http.truncated", "transfer")),
    "silence in the body": (answering(HALF, then=hold), ("http.timeout.body", "transfer")),
    "silence in the head": (answering(b"HTTP/1.1 200 O", then=hold), ("http.timeout.body", "transfer")),
    "one-byte segments": (byte_by_byte, (None, None)),
    "ssh banner": (saying(b"SSH-2.0-OpenSSH_9.2\r\n", then=hold), ("http.protocol", "transfer")),
    "smtp banner": (saying(b"220 mail ESMTP\r\n", then=hold), ("http.protocol", "transfer")),
    "tls alert": (answering(b"\x15\x03\x01\x00\x02\x02\x0a"), ("http.protocol", "transfer")),
    "drip": (dripping, ("http.timeout.body", "transfer")),
}


@pytest.fixture(params=[None, BARE], ids=["kernel", "bare"])
def able(request):
    return request.param


@pytest.mark.parametrize("row", HTTP_ROWS)
async def test_a_broken_answer_has_its_own_cause_and_phase(row, able) -> None:
    script, expected = HTTP_ROWS[row]
    with tcp_server(script) as server, tcp_server(answering(ok())) as honest:
        async with bench(able) as ready:
            hostile = await ready.ask(Http(), port=server.port, seconds=SECONDS)
            after = await ready.ask(Http(), port=honest.port)

    assert expected == verdict(hostile)
    assert verdict(after) == (None, None)


async def test_a_closed_port_refuses(able) -> None:
    with tcp_server(hold) as server:
        port = server.port
    observation = await ask(Tcp(), port=port, able=able)

    assert verdict(observation) == ("tcp.refused", "connect")


async def test_port_zero_is_an_answer_and_no_crash(able) -> None:
    observation = await ask(Tcp(), port=0, able=able, seconds=SECONDS)

    assert verdict(observation)[0].partition(".")[0] == "tcp"


async def test_a_black_hole_ends_at_the_deadline_in_connect(able) -> None:
    with black_hole() as port:
        observation = await ask(Tcp(), port=port, able=able, seconds=SECONDS)

    assert verdict(observation) == ("tcp.timeout", "connect")
    assert seconds_of(observation) == {}
    assert SECONDS <= observation.failure.after_seconds < SECONDS + 0.25


async def test_accept_then_close_is_an_open_port(able) -> None:
    with tcp_server(saying()) as server:
        observation = await ask(Tcp(), port=server.port, able=able)

    assert verdict(observation) == (None, None)


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (saying(then=hold), None),
        (answering(then=reset), "tcp.reset_on_data"),
        (answering(), "tcp.closed"),
        (answering(then=hold), "tcp.silent"),
    ],
    ids=["greets", "resets", "closes", "says nothing"],
)
async def test_what_first_bytes_meet_is_named_as_tcp(script, cause, able) -> None:
    def greeting(connection):
        connection.sendall(b"hello")
        hold(connection)

    with tcp_server(script if cause else greeting) as server:
        observation = await ask(
            Tcp(),
            port=server.port,
            able=able,
            seconds=SECONDS,
            overrides=Overrides(first_bytes=b"garbage\r\n\r\n"),
        )

    assert (cause, "processing" if cause else None) == verdict(observation)


async def test_zero_window_ends_at_the_deadline(able) -> None:
    def never_reads(connection):
        time.sleep(SECONDS + 0.1)

    with tcp_server(never_reads, receive_bytes=2048) as server:
        observation = await ask(
            Http(method="POST", body="x" * 60_000), port=server.port, able=able, seconds=SECONDS
        )

    assert verdict(observation) == ("http.timeout.first_byte", "processing")


async def test_an_early_answer_counts_although_the_upload_was_cut_off(able) -> None:
    def refuses_early(connection):
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        time.sleep(0.02)
        connection.recv(1)  # closing over the rest resets the connection under the answer

    with tcp_server(refuses_early) as server:
        observation = await ask(
            Http(method="POST", body="x" * 60_000, status=(413,)), port=server.port, able=able
        )

    assert verdict(observation) == (None, None)
    assert observation.evidence.http.status == 413


async def test_an_endless_body_stops_at_the_byte_budget(able) -> None:
    script = flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)
    with tcp_server(script) as server:
        observation = await ask(Http(), port=server.port, able=able, received_bytes=300_000)

    assert verdict(observation) == ("http.too_large", "transfer")
    assert observation.evidence.tcp.received_bytes < 300_000 + 2 * 65_536


async def test_a_flood_of_open_connections_leaves_no_socket_behind(able) -> None:
    script = answering(HALF, then=reset)
    with tcp_server(script) as server:
        async with bench(able) as ready:
            seen = [await ready.ask(Http(), port=server.port, seconds=SECONDS) for _ in range(30)]

    assert {("http.truncated", "transfer")} == {verdict(one) for one in seen}


async def test_tls_to_a_port_that_greets_first_is_not_tls(able) -> None:
    with tcp_server(saying(b"2", then=hold)) as server:
        observation = await ask(
            Tls(), port=server.port, host="localhost", scheme="https", able=able, seconds=SECONDS
        )

    assert verdict(observation) == ("tls.not_tls", "tls")
    assert observation.evidence.tls.first_bytes == "32"
