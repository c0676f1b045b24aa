"""An HTTP check that speaks HTTP/2 with servers that keep the rules: what is agreed on, asked, answered and kept."""

from typing import Literal

import pytest

from probe.prober.http import Http
from probe.secret import Secret
from tests.rig import ask, seconds_of, verdict
from tests.rig_http2 import (
    ACKED,
    ALTSVC,
    CONTINUATION,
    DATA,
    END_STREAM,
    HEADERS,
    HELLO,
    PADDED,
    PONG,
    PRIORITIZED,
    PRIORITY,
    answer,
    answering_h2,
    asked,
    block,
    chooses,
    data,
    dripping,
    frame,
    goaway,
    head,
    linger,
    reset_stream,
    settings,
    window,
)
from tests.rig_servers import answering, ok, tcp_server, tls_server

GET: Literal["GET"] = "GET"
HEAD: Literal["HEAD"] = "HEAD"
HONEST = answering_h2(HELLO, ACKED, answer())
OLD = answering(ok())


@pytest.mark.parametrize(
    ("protocol", "offered", "script", "expected"),
    [
        ("auto", ("h2",), HONEST, (None, "2", "h2")),
        ("auto", ("http/1.1",), OLD, (None, "1.1", "http/1.1")),
        ("auto", (), OLD, (None, "1.1", None)),
        ("http/2", ("h2",), HONEST, (None, "2", "h2")),
        ("http/2", ("http/1.1",), OLD, ("http.version", None, "http/1.1")),
        ("http/2", (), OLD, ("http.version", None, None)),
        ("http/1.1", ("h2", "http/1.1"), OLD, (None, "1.1", "http/1.1")),
        ("http/1.1", (), OLD, (None, "1.1", None)),
    ],
)
async def test_the_server_chooses_of_what_is_offered(protocol, offered, script, expected, ca_file) -> None:
    with tls_server(chooses(*offered), script) as server:
        observation = await ask(
            Http(protocol=protocol), port=server.port, host="localhost", scheme="https", ca_file=ca_file
        )

    http, tls = observation.evidence.http, observation.evidence.tls
    assert expected == (verdict(observation)[0], http.version if http else None, tls.alpn)


@pytest.mark.parametrize(
    ("protocol", "script", "version"),
    [("auto", OLD, "1.1"), ("http/1.1", OLD, "1.1"), ("http/2", HONEST, "2")],
)
async def test_without_tls_http2_is_spoken_on_demand_only(protocol, script, version) -> None:
    with tcp_server(script) as server:
        observation = await ask(Http(protocol=protocol), port=server.port)

    assert (verdict(observation), version) == ((None, None), observation.evidence.http.version)


BODY = "content-length", "4"
ANSWERS = {
    "plain": (head("200", BODY) + data(b"body", last=True), "GET", 4),
    "without a length": (head() + data(b"body", last=True), "GET", 4),
    "in pieces": (head("200", BODY) + data(b"bo") + data() + data(b"dy") + data(last=True), "GET", 4),
    "padded": (
        frame(HEADERS, b"\x03" + block((":status", "200")) + b"\0\0\0", 0x4 | PADDED, 1)
        + frame(DATA, b"\x02body\0\0", PADDED | END_STREAM, 1),
        "GET",
        4,
    ),
    "with a priority": (
        frame(HEADERS, b"\x00\x00\x00\x00\x10" + block((":status", "200")), 0x4 | PRIORITIZED, 1)
        + data(b"body", last=True),
        "GET",
        4,
    ),
    "head in parts": (
        frame(HEADERS, b"", 0, 1)
        + frame(CONTINUATION, block((":status", "200")), 0, 1)
        + frame(CONTINUATION, block(("x", "y")), 0x4, 1)
        + data(b"body", last=True),
        "GET",
        4,
    ),
    "trailers": (head() + data(b"body") + frame(HEADERS, block(("x-end", "1")), 0x5, 1), "GET", 4),
    "no body": (head(flags=0x5), "GET", 0),
    "204": (head("204", flags=0x5), "GET", 0),
    "204 that says a length": (head("204", BODY, flags=0x5), "GET", 0),
    "304": (head("304", BODY, flags=0x5), "GET", 0),
    "304 with an empty frame": (head("304", BODY) + data(last=True), "GET", 0),
    "HEAD": (head("200", ("content-length", "9000"), flags=0x5), "HEAD", 0),
    "HEAD with an empty frame": (head("200", BODY) + data(last=True), "HEAD", 0),
    "103 first": (head("103", ("link", "</x>")) + answer(b"body"), "GET", 4),
    "much said before": (
        settings((1, 0), (3, 1), (6, 100), (8, 1), (9, 1), (0xFAFA, 7)) + PONG * 20 + window(1, 1)
        + frame(PRIORITY, b"\x00\x00\x00\x00\x10", 0, 5) + frame(0xFA, b"grease") + frame(ALTSVC, b"\x00\x00x")
        + answer(b"body"),
        "GET",
        4,
    ),
    "much said amid": (head() + PONG + settings() + data(b"bo") + window(1) + data(b"dy", last=True), "GET", 4),
    "a graceful end announced": (goaway() + answer(b"body"), "GET", 4),
    "a graceful end after this one": (head() + goaway(1) + data(b"body", last=True), "GET", 4),
    "more behind it": (answer(b"body") + reset_stream(0) + goaway(1, 11) + b"nonsense", "GET", 4),
}  # fmt: skip


@pytest.mark.parametrize("row", ANSWERS)
@pytest.mark.parametrize("deliver", [answering_h2, dripping])
async def test_an_answer_ends_where_its_stream_does(row, deliver) -> None:
    said, method, size = ANSWERS[row]
    with tcp_server(deliver(HELLO + ACKED + said)) as server:
        observation = await ask(
            Http(method=HEAD if method == HEAD else GET, status=(200, 204, 304), protocol="http/2"),
            port=server.port,
            seconds=3,
        )

    http = observation.evidence.http
    assert verdict(observation) == (None, None)
    assert ("2", size) == (http.version, http.body_bytes)
    assert {"link", "x-end"}.isdisjoint(dict(http.headers))
    assert set(seconds_of(observation)) == {"connect", "processing", "transfer"}


async def test_headers_and_body_are_judged_as_ever() -> None:
    said = answer(b"hello", ("x-twice", "one"), ("x-twice", "two"))
    with tcp_server(answering_h2(HELLO, said)) as server:
        right = Http(protocol="http/2", body_matches=("^hello$",), header_matches={"X-Twice": "^two$"})
        wrong = Http(protocol="http/2", body_not_matches=("hello",))
        seen = [await ask(one, port=server.port) for one in (right, wrong)]

    assert [verdict(one) for one in seen] == [(None, None), ("http.body", None)]
    expected = (("content-length", "5"), ("x-twice", "one"), ("x-twice", "two"))
    assert expected == seen[0].evidence.http.headers


async def test_a_status_is_told_by_its_author_as_ever() -> None:
    page = b"<html><center>nginx</center></html>"
    with tcp_server(answering_h2(HELLO, answer(page, status="502"))) as server:
        observation = await ask(Http(protocol="http/2"), port=server.port)

    assert verdict(observation) == ("relay.upstream", None)


@pytest.mark.parametrize(("size", "cause"), [(127, None), (128, None), (129, "http.too_large")])
async def test_a_body_limit_is_exact(size, cause) -> None:
    with tcp_server(answering_h2(HELLO, answer(b"x" * size))) as server:
        observation = await ask(Http(max_body=128, protocol="http/2"), port=server.port)

    assert cause == verdict(observation)[0]


async def requested(prober, **how):
    """Return the request that `prober` sends."""
    got = []

    def script(connection):
        got.append(asked(connection))
        connection.sendall(HELLO + answer())
        linger(connection)

    with tcp_server(script) as server:
        observation = await ask(prober, port=server.port, **how)
    assert verdict(observation) == (None, None)
    return got[0]


async def test_a_request_is_said_in_http2s_own_way(monkeypatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-1234")
    request = await requested(
        Http(
            method="POST",
            path="/v1/x?y=z",
            body="gr\u00fc\u00df",
            bearer=Secret(env="TEST_KEY"),
            protocol="http/2",
            headers={
                "Accept": "text/plain",
                "X-Key": Secret(env="TEST_KEY"),
                "Keep-Alive": "timeout=5",
                "Proxy-Connection": "close",
                "HTTP2-Settings": "AAA",
            },
        )
    )

    fields = dict(request.fields)
    assert fields.pop(":authority").startswith("127.0.0.1:")
    assert fields.pop("user-agent").startswith("hopwatch/")
    assert fields == {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/v1/x?y=z",
        "accept": "text/plain",
        "accept-encoding": "identity",
        "x-key": "sk-1234",
        "authorization": "Bearer sk-1234",
        "content-length": "6",
    }
    assert request.body == "gr\u00fc\u00df".encode()
    secret = {str(field[0]) for field in request.fields if not field.indexable}
    assert {"x-key", "authorization"} == secret


async def test_a_request_without_a_body_ends_with_its_head() -> None:
    request = await requested(Http(protocol="http/2"))

    assert [seen[:3] for seen in request.frames if seen[2]] == [(HEADERS, 0x5, 1)]
    assert "content-length" not in dict(request.fields)
    assert (await requested(Http(method="POST", protocol="http/2")))["content-length"] == "0"


def opens_slowly(sizes):
    """Take a request whose body must wait for our window, which opens bit by bit, and answer when it is whole."""

    def script(connection):
        connection.sendall(settings((4, 100), (5, 16_384)))
        for size in sizes:
            connection.sendall(window(size) + window(size, 1))
        got = asked(connection)
        connection.sendall(answer(str(len(got.body)).encode()))
        linger(connection)

    return script


async def test_a_large_body_waits_for_the_servers_window() -> None:
    body = "x" * 65_536
    with tcp_server(opens_slowly([1, 20_000, 40_000, 40_000])) as server:
        observation = await ask(
            Http(method="POST", body=body, protocol="http/2", body_matches=("^65536$",)), port=server.port
        )

    assert verdict(observation) == (None, None)


async def test_a_window_that_never_opens_is_a_deadline() -> None:
    with tcp_server(opens_slowly([])) as server:
        observation = await ask(
            Http(method="POST", body="x" * 65_536, protocol="http/2"), port=server.port, seconds=0.3
        )

    assert verdict(observation) == ("http.timeout.first_byte", "processing")


async def test_an_answer_before_the_body_was_taken_is_an_answer() -> None:
    def script(connection):
        connection.recv(1000)
        connection.sendall(settings((4, 0)) + head("413", flags=0x5) + reset_stream(0))
        linger(connection)

    with tcp_server(script) as server:
        observation = await ask(
            Http(method="POST", body="x" * 65_536, protocol="http/2", status=(413,)), port=server.port
        )

    assert verdict(observation) == (None, None)


async def test_a_redirect_is_asked_anew_in_the_same_way(ca_file) -> None:
    def script(connection):
        path = asked(connection)[":path"]
        moved = head("302", ("location", "/there"), flags=0x5)
        connection.sendall(HELLO + (answer() if path == "/there" else moved))
        linger(connection)

    with tls_server(chooses("h2"), script) as server:
        observation = await ask(
            Http(redirects=1, protocol="auto"),
            port=server.port,
            host="localhost",
            scheme="https",
            ca_file=ca_file,
        )

    http = observation.evidence.http
    assert verdict(observation) == (None, None)
    assert (http.version, http.url.rpartition("/")[2], len(http.redirects)) == ("2", "there", 1)
