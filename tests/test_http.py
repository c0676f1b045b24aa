"""An HTTP check against servers that keep the rules: statuses, bodies, framing, redirects, rules, requests."""

import base64
import contextlib
import selectors
import socket
import ssl
import time
from typing import Literal

import pytest

from probe.prober.http import Basic, Http
from probe.secret import Secret
from tests import rig_certificates as certificates
from tests.rig import ask, seconds_of, verdict
from tests.rig_servers import answering, hold, ok, request, tcp_server, tls_server

OK = b"HTTP/1.1 200 OK\r\n"
GET: Literal["GET"] = "GET"
HEAD: Literal["HEAD"] = "HEAD"


def status(code, body=b""):
    return answering(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (code, len(body)) + body)


@pytest.mark.parametrize(
    ("code", "accepted", "cause"),
    [
        (200, (), None),
        (201, (), None),
        (299, (), None),
        (300, (), "http.status"),
        (404, (), "http.status"),
        (500, (), "http.status"),
        (200, (200, 404), None),
        (404, (200, 404), None),
        (201, (200, 404), "http.status"),
        (200, (404,), "http.status"),
        (599, (599,), None),
    ],
)
async def test_a_status_is_accepted_or_not(code, accepted, cause) -> None:
    with tcp_server(status(code, b"body")) as server:
        observation = await ask(Http(status=accepted), port=server.port)

    assert verdict(observation) == (cause, None)
    http = observation.evidence.http
    assert (code, "1.1", 4) == (http.status, http.version, http.body_bytes)
    assert set(seconds_of(observation)) == {"connect", "processing", "transfer"}


BODIES = {
    "with a length": (OK + b"Content-Length: 4\r\n\r\nbody", "GET", 4),
    "chunked": (OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbo\r\n\r\n0\r\n\r\n", "GET", 4),
    "chunked with trailers": (
        OK + b"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n4;e=1\r\nbody\r\n0\r\nX: 1\r\nY: 2\r\n\r\n",
        "GET",
        4,
    ),
    "up to the close": (OK + b"\r\nbody", "GET", 4),
    "up to the close, empty": (OK + b"\r\n", "GET", 0),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nbody", "GET", 4),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", 0),
    "204 that says a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", "GET", 0),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 0),
    "HEAD": (OK + b"Content-Length: 9000\r\n\r\n", "HEAD", 0),
    "HEAD, chunked": (OK + b"Transfer-Encoding: chunked\r\n\r\n", "HEAD", 0),
    "HEAD with a body all the same": (OK + b"Content-Length: 4\r\n\r\nbody", "HEAD", 0),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"body"), "GET", 4),
    "103 first": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 1\r\n\r\n" + ok(b"body"),
        "GET",
        4,
    ),
    "102 before HEAD": (b"HTTP/1.1 102 Processing\r\n\r\n" + OK + b"Content-Length: 9\r\n\r\n", "HEAD", 0),
}


LINGERING = [row for row in BODIES if "close" not in row and row != "HTTP/1.0"]


@pytest.mark.parametrize(
    ("row", "lingers"), [*((row, False) for row in BODIES), *((row, True) for row in LINGERING)]
)
async def test_a_body_ends_where_its_framing_says(row, lingers) -> None:
    answer, method, size = BODIES[row]
    with tcp_server(answering(answer, then=hold if lingers else None)) as server:
        observation = await ask(
            Http(method=HEAD if method == HEAD else GET, status=(200, 204, 304)), port=server.port, seconds=1
        )

    assert verdict(observation) == (None, None)
    assert observation.evidence.http.body_bytes == size
    assert "Link" not in dict(observation.evidence.http.headers)


async def test_the_close_that_ends_a_body_is_waited_for_and_timed() -> None:
    with tcp_server(answering(OK + b"\r\nbody", 0.05)) as server:
        observation = await ask(Http(), port=server.port)

    assert verdict(observation) == (None, None)
    assert 0.05 <= seconds_of(observation)["transfer"] < 0.1


@pytest.mark.parametrize(("size", "cause"), [(127, None), (128, None), (129, "http.too_large")])
async def test_a_body_limit_is_exact(size, cause) -> None:
    with tcp_server(answering(ok(b"x" * size))) as server:
        observation = await ask(Http(max_body=128), port=server.port)

    assert cause == verdict(observation)[0]


@pytest.mark.parametrize(
    ("rules", "cause"),
    [
        ({"body_matches": ("hello",)}, None),
        ({"body_matches": ("absent",)}, "http.body"),
        ({"body_matches": ("hello", "absent")}, "http.body"),
        ({"body_not_matches": ("absent",)}, None),
        ({"body_not_matches": ("hello",)}, "http.body"),
        ({"body_matches": ("gr\u00fc\u00df",)}, None),
        ({"header_matches": {"x-twice": "^two$"}}, None),
        ({"header_matches": {"X-TWICE": "^three$"}}, "http.header"),
        ({"header_matches": {"X-Missing": "."}}, "http.header"),
        ({"header_not_matches": {"X-Missing": "."}}, None),
        ({"header_not_matches": {"X-Twice": "two"}}, "http.header"),
        ({"body_matches": (r"^(h+)+$",), "status": (200,)}, "http.body"),
    ],
)
async def test_a_content_rule_is_judged(rules, cause) -> None:
    answer = ok("hello gr\u00fc\u00df dich".encode(), b"X-Twice: one\r\nX-Twice: two\r\n")
    with tcp_server(answering(answer)) as server:
        observation = await ask(Http(**rules), port=server.port)

    assert verdict(observation) == (cause, None)


async def test_a_rule_that_explodes_ends_and_blames_nobody() -> None:
    with tcp_server(answering(ok(b"a" * 4000 + b"!"))) as server:
        observation = await ask(Http(body_matches=(r"^(a|aa)+$",)), port=server.port)

    assert verdict(observation) in {("meta.rule_timeout", None), ("http.body", None)}
    assert observation.elapsed_seconds < 0.5


async def written(prober, **how):
    """Return the request that `prober` writes."""
    got = []

    def script(connection):
        got.append(request(connection))
        connection.sendall(ok())

    with tcp_server(script) as server:
        how = {"host": "127.0.0.1"} | how
        observation = await ask(prober, port=server.port, **how)
    assert verdict(observation) == (None, None)
    head, _, body = got[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    return line, dict(header.split(": ", 1) for header in headers), body


async def test_a_request_is_written_as_configured(monkeypatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-1234")
    line, headers, body = await written(
        Http(
            method="POST",
            path="/v1/x?y=z",
            body="gr\u00fc\u00df",
            bearer=Secret(env="TEST_KEY"),
            headers={"accept": "text/plain", "X-Key": Secret(env="TEST_KEY"), "user-agent": "me"},
        )
    )

    assert line == "POST /v1/x?y=z HTTP/1.1"
    assert body == "gr\u00fc\u00df".encode()
    assert headers.pop("Host").startswith("127.0.0.1:")
    assert headers == {
        "Accept-Encoding": "identity",
        "accept": "text/plain",
        "user-agent": "me",
        "X-Key": "sk-1234",
        "Authorization": "Bearer sk-1234",
        "Content-Length": "6",
        "Connection": "close",
    }


async def test_a_post_without_a_body_says_so() -> None:
    assert (await written(Http(method="POST")))[1]["Content-Length"] == "0"
    assert "Content-Length" not in (await written(Http()))[1]


async def test_a_password_is_sent_as_rfc_7617_says(monkeypatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "p\u00e4ss:word")
    _, headers, _ = await written(Http(basic=Basic(user="me", password=Secret(env="TEST_PASSWORD"))))

    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == "me:p\u00e4ss:word".encode()


async def test_a_literal_ipv6_host_is_bracketed() -> None:
    got = []

    def script(connection):
        got.append(request(connection))
        connection.sendall(ok())

    with tcp_server(script, host="::1") as server:
        observation = await ask(Http(), host="::1", port=server.port)

    assert verdict(observation) == (None, None)
    assert b"Host: [::1]:%d\r\n" % server.port in got[0]


# TLS below it


def delaying(target, seconds):
    """Relay to `target`, each piece `seconds` later."""

    def script(connection):
        with (
            socket.create_connection(("127.0.0.1", target)) as upstream,
            selectors.DefaultSelector() as selector,
        ):
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, upstream)
            selector.register(upstream, selectors.EVENT_READ, connection)
            while True:
                for key, _ in selector.select(5):
                    data = key.fileobj.recv(65_536)
                    if not data:
                        return
                    time.sleep(seconds)
                    with contextlib.suppress(OSError):
                        key.data.sendall(data)

    return script


@pytest.mark.parametrize(("version", "trips"), [(ssl.TLSVersion.TLSv1_2, 2), (ssl.TLSVersion.TLSv1_3, 1)])
async def test_the_tls_phase_is_the_round_trips_of_its_version(version, trips, ca_file) -> None:
    context = certificates.honest()
    context.minimum_version = context.maximum_version = version
    with tls_server(context, answering(ok())) as server, tcp_server(delaying(server.port, 0.02)) as relay:
        observation = await ask(Http(), port=relay.port, host="localhost", scheme="https", ca_file=ca_file)

    seconds = seconds_of(observation)
    assert verdict(observation) == (None, None)
    assert trips * 0.04 <= seconds["tls"] < trips * 0.04 + 0.03
    assert 0.04 <= seconds["processing"] < 0.09
    assert observation.evidence.tls.version == version.name.replace("_", ".")
