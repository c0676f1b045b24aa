"""What the relay's nginx says of each fault of its upstream, to anybody and to whoever has a token."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import dns.rcode
import pytest

from tests import rig_certificates as certificates
from tests.rig_dns import says
from tests.rig_relay import ROOT, TIMEOUT_MS, ask, bearer, relay
from tests.rig_servers import (
    Reply,
    Script,
    answering,
    black_hole,
    hold,
    name_server,
    ok,
    reset,
    saying,
    tcp_server,
    tls_server,
)

# Its address as the relay is told it, and what the relay's resolver answers.
Upstream = tuple[str, Reply]
HERE = says("A 127.0.0.1")
ALERT_40 = bytes.fromhex("15030300020228")


def behind_tls(script: Script, name: str = "localhost"):
    @contextmanager
    def start() -> Iterator[Upstream]:
        with tls_server(certificates.honest(), script) as server:
            yield f"{name}:{server.port}", HERE

    return start


def before_tls(script: Script):
    @contextmanager
    def start() -> Iterator[Upstream]:
        with tcp_server(script) as server:
            yield f"localhost:{server.port}", HERE

    return start


def resolved_by(reply: Reply):
    return lambda: contextlib.nullcontext(("localhost:1", reply))


@contextmanager
def refusing() -> Iterator[Upstream]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        yield f"localhost:{bound.getsockname()[1]}", HERE


@contextmanager
def dropping() -> Iterator[Upstream]:
    with black_hole() as port:
        yield f"localhost:{port}", HERE


@contextmanager
def untrusted() -> Iterator[Upstream]:
    with tls_server(certificates.untrusted(), answering(ok())) as server:
        yield f"localhost:{server.port}", HERE


def after_hello(then: Script) -> Script:
    def script(connection: socket.socket) -> None:
        connection.recv(1000)
        then(connection)

    return script


PHASES = {
    "dns_error": {"total"},
    "destination_unavailable": {"total", "attempt"},
    "connection_timeout": {"total", "attempt"},
    "connection_terminated": {"total", "connect", "attempt"},
    "http_protocol_error": {"total", "connect", "attempt"},
    "connection_read_timeout": {"total", "connect", "attempt"},
    # The second look's connection, without TLS.
    "tls_protocol_error": {"total", "connect", "attempt"},
}

# A server that speaks first may do so before nginx notes that the second look's connection is up.
EITHER_WAY = {"an alert before anything was said": {"connect"}}

# By the line of config/relay/README.md: the status and the error that any request sees, and what the second look tells.
FAULTS = {
    "its name cannot be resolved": {
        "NXDOMAIN": (resolved_by(says(rcode=dns.rcode.NXDOMAIN)), 502, "dns_error", "dns_error"),
        "SERVFAIL": (resolved_by(says(rcode=dns.rcode.SERVFAIL)), 502, "dns_error", "dns_error"),
        "no address": (resolved_by(says()), 502, "dns_error", "dns_error"),
        "a silent resolver": (resolved_by(lambda query: ()), 502, "dns_error", "dns_error"),
    },
    "connection refused, or an ICMP error": {
        "refused": (refusing, 502, "destination_unavailable", "destination_unavailable"),
    },
    "no answer to the connection attempt": {
        "a black hole": (dropping, 504, "connection_timeout", "connection_timeout"),
    },
    "TLS alert, wrong certificate, or closed in the handshake": {
        "an alert": (before_tls(after_hello(saying(ALERT_40, then=hold))), 502, "destination_unavailable", "tls_protocol_error"),
        "an alert before anything was said": (before_tls(saying(ALERT_40, then=hold)), 502, "destination_unavailable", "tls_protocol_error"),
        "another name": (behind_tls(answering(ok()), "other.example"), 502, "destination_unavailable", "tls_protocol_error"),
        "an unknown issuer": (untrusted, 502, "destination_unavailable", "tls_protocol_error"),
        "a reset": (before_tls(after_hello(reset)), 502, "destination_unavailable", "tls_protocol_error"),
        "a close": (before_tls(after_hello(socket.socket.close)), 502, "destination_unavailable", "tls_protocol_error"),
    },
    "silent in the handshake": {
        "silent": (before_tls(hold), 504, "connection_timeout", "tls_protocol_error"),
    },
    "closed or reset before the response began": {
        "a close": (behind_tls(answering()), 502, "connection_terminated", "connection_terminated"),
        "a reset": (behind_tls(answering(then=reset)), 502, "connection_terminated", "connection_terminated"),
    },
    "closed in the header, or no valid header": {
        "half a header": (behind_tls(answering(b"HTTP/1.1 200 OK\r\nX: 1")), 502, "http_protocol_error", "http_protocol_error"),
        "no valid header": (behind_tls(answering(b"HTTP/1.1 200 OK\r\nX\0: 1\r\n\r\n")), 502, "http_protocol_error", "http_protocol_error"),
        "a header too large": (behind_tls(answering(b"HTTP/1.1 200 OK\r\nX: " + 70_000 * b"x")), 502, "http_protocol_error", "http_protocol_error"),
    },
    "silent, or a header that never ends": {
        "silent": (behind_tls(answering(then=hold)), 504, "connection_read_timeout", "connection_read_timeout"),
        "half a header": (behind_tls(answering(b"HTTP/1.1 200", then=hold)), 504, "connection_read_timeout", "connection_read_timeout"),
    },
}  # fmt: skip


@contextmanager
def relay_before(folder, start, **options):
    with (
        start() as (upstream, reply),
        name_server(reply) as resolver,
        relay(folder, upstream, resolver, **options) as running,
    ):
        yield running


@pytest.mark.parametrize(
    ("row", "fault"), [(row, fault) for row, faults in FAULTS.items() for fault in faults]
)
def test_each_fault_of_the_upstream_is_told_as_deep_as_nginx_knows(row, fault, tmp_path) -> None:
    start, status, error, looked = FAULTS[row][fault]
    with relay_before(tmp_path, start) as running, ThreadPoolExecutor() as pool:
        by_anybody = pool.submit(ask, running.plain, "/api/v1/models")
        trusted = pool.submit(ask, running.plain, "/api/v1/models", headers=bearer())
        look = pool.submit(ask, running.plain, "/hopwatch/upstream", "HEAD", headers=bearer())
        answers = [one.result() for one in (by_anybody, trusted, look)]

    assert [status] * 3 == [one.status for one in answers]
    assert [error, error, looked] == [one.error() for one in answers]
    phases = [set(), PHASES[error], PHASES[looked] - EITHER_WAY.get(fault, set())]
    assert phases == [set(one.timing()) - EITHER_WAY.get(fault, set()) for one in answers]
    if status == 504 or fault == "a silent resolver":
        assert answers[1].timing()["total"] >= TIMEOUT_MS - 5


def test_the_readmes_table_of_faults_is_what_is_tested() -> None:
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \| `(\w+)` \|$", text, re.MULTILINE)

    assert {row: (error, looked) for row, error, looked in rows} == {
        row: (error, looked) for row, faults in FAULTS.items() for _, _, error, looked in faults.values()
    }


def test_a_response_that_came_is_passed_on_without_an_error_whatever_its_status(tmp_path) -> None:
    script = answering(b"HTTP/1.1 504 Gateway Timeout\r\nX-Vercel-Error: X\r\nContent-Length: 2\r\n\r\nno")
    with relay_before(tmp_path, behind_tls(script)) as running:
        plain = ask(running.plain)
        trusted = ask(running.plain, headers=bearer())
        looked = ask(running.plain, "/hopwatch/upstream", "HEAD", headers=bearer())

    assert (plain.status, plain.body, plain.all("x-vercel-error")) == (504, b"no", ["X"])
    assert plain.all("proxy-status") == ["relay; received-status=504"]
    assert [trusted.error(), looked.error()] == [None, None]
    assert {"total", "connect", "header"} == set(trusted.timing()) == set(looked.timing())


def test_the_hops_behind_come_first_in_the_lists(tmp_path) -> None:
    head = b"Proxy-Status: function; error=dns_error\r\nServer-Timing: function.total;dur=7\r\n"
    with relay_before(tmp_path, behind_tls(answering(ok(headers=head)))) as running:
        answer = ask(running.plain, headers=bearer())

    assert [line.partition(";")[0] for line in answer.all("proxy-status")] == ["function", "relay"]
    assert [line.partition(";")[0] for line in answer.all("server-timing")] == [
        "function.total",
        "relay.total",
    ]


def test_times_are_milliseconds(tmp_path) -> None:
    patient = "location /patient { proxy_read_timeout 5s; proxy_pass https://$hopwatch_upstream; }"
    with relay_before(tmp_path, behind_tls(answering(1.05, ok())), server=patient) as running:
        told = ask(running.plain, "/patient", headers=bearer()).timing()

    assert 1040 <= told["header"] <= told["total"] + 5 < 5000
    assert 0 <= told["connect"] <= told["header"] - 1000


def test_several_attempts_are_told_and_the_last_one_counts(tmp_path) -> None:
    two = says("A 127.0.0.2", "A 127.0.0.1")
    with (
        tls_server(certificates.honest(), answering(ok())) as server,
        name_server(two) as resolver,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        told = {ask(running.plain, headers=bearer()).all("proxy-status")[0] for _ in range(8)}

    at = f'relay; received-status=200; next-hop="127.0.0.1:{server.port}"'
    assert {f'{at}; details="attempts 502, 200"'} == told - {at}


def test_a_group_whose_servers_are_all_marked_down_is_unavailable(tmp_path) -> None:
    with refusing() as (upstream, _):
        port = upstream.rpartition(":")[2]
        group = f"upstream group {{ server 127.0.0.1:{port}; server 127.0.0.2:{port}; }}"
        server = "location /group { proxy_pass http://group; }"
        with relay(tmp_path, upstream, "127.0.0.1:1", server=server, http=group) as running:
            first, second = (ask(running.plain, "/group", headers=bearer()) for _ in range(2))

    assert [first.error(), second.error()] == ["destination_unavailable"] * 2
    assert ("attempts 502, 502" in first.all("proxy-status")[0], "no live upstreams" in running.errors()) == (
        True,
        True,
    )
    assert second.all("proxy-status") == ["relay; error=destination_unavailable"]


def test_a_body_that_was_cut_short_is_told_by_the_log_only(tmp_path) -> None:
    script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    with relay_before(tmp_path, behind_tls(script)) as running:
        answer = ask(running.plain, "/path?query=private")

    line = (running.folder / "hopwatch.log").read_text()
    logged = json.loads(line)
    assert (answer.status, answer.error(), answer.body, answer.is_whole) == (200, None, b"abc", False)
    assert (logged["received"], logged["promised"]) == ("3", "100")
    assert [
        private
        for private in ("query", "127.0.0.1:", "User-Agent")
        if private in line.replace(logged["upstream"], "")
    ] == []


PIECES = {
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "of a length": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc",
    "to the end": b"HTTP/1.1 200 OK\r\n\r\nabc",
}


@pytest.mark.parametrize("body", PIECES)
def test_a_stream_is_not_held_back(body, tmp_path) -> None:
    with (
        relay_before(tmp_path, behind_tls(answering(PIECES[body], then=hold))) as running,
        socket.create_connection(("127.0.0.1", running.plain), 5) as client,
    ):
        begun = time.monotonic()
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        seen = b""
        while b"abc" not in seen:
            more = client.recv(65_536)
            assert more, seen

            seen += more
        seconds = time.monotonic() - begun

    # When the upstream's silence is over, what was held back would come too.
    assert seconds < TIMEOUT_MS / 1000


def test_the_handshake_names_the_upstream(tmp_path) -> None:
    context = certificates.honest()
    named: list[str | None] = []
    context.sni_callback = lambda sock, name, its: named.append(name)
    with (
        tls_server(context, answering(ok())) as server,
        name_server(HERE) as resolver,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        ask(running.plain)

    assert named == ["localhost"]


def test_the_upstream_cannot_send_nginx_elsewhere(tmp_path) -> None:
    script = answering(ok(headers=b"X-Accel-Redirect: /hopwatch/self\r\nX-Accel-Limit-Rate: 1\r\n"))
    with relay_before(tmp_path, behind_tls(script)) as running:
        answer = ask(running.plain)

    assert (answer.body, answer.error()) == (b"ok", None)


def test_the_upstream_hears_its_own_name_and_no_more_than_the_client_said(tmp_path) -> None:
    heard: list[bytes] = []

    def script(connection: socket.socket) -> None:
        heard.append(connection.recv(65_536))
        connection.sendall(ok())

    with relay_before(tmp_path, behind_tls(script)) as running:
        ask(running.plain, "/a%2Fb?c=%0d%0a", headers={"X-Own": "1"})
        ask(running.plain, "/hopwatch/upstream", "HEAD", headers=bearer() | {"Cookie": "private"})

    first, second = (one.split(b"\r\n") for one in heard)
    host = b"Host: localhost:"
    assert (first[0], second[0]) == (b"GET /a%2Fb?c=%0d%0a HTTP/1.1", b"HEAD / HTTP/1.1")
    assert [any(line.startswith(host) for line in lines) for lines in (first, second)] == [True, True]
    assert (b"X-Own: 1" in first, any(b"private" in line for line in second)) == (True, False)
