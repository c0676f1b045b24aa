"""What the function says of each fault of its own request, under a real Node, and what it never says."""

import contextlib
import gzip
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests import rig_certificates as certificates
from tests.rig_relay import (
    AUDIENCE,
    KEY,
    ORIGIN,
    SECRET,
    TIMEOUT_MS,
    Answer,
    ask,
    bad_tokens,
    bearer,
    function,
    spelt,
)
from tests.rig_servers import (
    Script,
    answering,
    black_hole,
    hold,
    ok,
    request,
    reset,
    saying,
    tcp_server,
    tls_server,
)

MODELS = "/api/v1/models"
CHAT = "/api/v1/chat/completions"


def asked(port: int, *arguments, **options) -> Answer:
    """Ask the function; whatever it answers, neither key nor secret is in it."""
    answer = ask(port, *arguments, **options)
    for hidden in (KEY, SECRET):
        assert hidden not in f"{answer.headers}{answer.body!r}"
    return answer


def behind_tls(script: Script, context=certificates.honest):
    @contextmanager
    def start() -> Iterator[str]:
        with tls_server(context(), script) as server:
            yield f"https://localhost:{server.port}"

    return start


def before_tls(script: Script):
    @contextmanager
    def start() -> Iterator[str]:
        with tcp_server(script) as server:
            yield f"https://localhost:{server.port}"

    return start


@contextmanager
def refusing() -> Iterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        yield f"https://localhost:{bound.getsockname()[1]}"


@contextmanager
def dropping() -> Iterator[str]:
    with black_hole() as port:
        yield f"https://127.0.0.1:{port}"


def take_hello(connection: socket.socket) -> None:
    connection.recv(9)


def alert(number: int) -> bytes:
    return bytes((21, 3, 3, 0, 2, 2, number))


TERMINATED = (502, "connection_terminated")
FAULTS = {
    # A label of 64 letters: the resolver refuses it without asking anybody.
    "a name that does not exist": (lambda: contextlib.nullcontext(f"https://{'a' * 64}.invalid"), 502, "dns_error"),
    "refused": (refusing, 502, "connection_refused"),
    "no answer to the connection attempt": (dropping, 504, "connection_timeout"),
    "silent in the handshake": (before_tls(hold), 504, "connection_timeout"),
    "a reset in the handshake": (before_tls(reset), *TERMINATED),
    "a close in the handshake": (before_tls(take_hello), *TERMINATED),
    "not TLS": (before_tls(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")), 502, "tls_protocol_error"),
    "alert 40": (before_tls(saying(alert(40), then=hold)), 502, "tls_alert_received; alert-id=40"),
    "alert 80": (before_tls(saying(alert(80), then=hold)), 502, "tls_alert_received; alert-id=80"),
    "alert 112": (before_tls(saying(alert(112), then=hold)), 502, "tls_alert_received; alert-id=112"),
    "an unknown issuer": (behind_tls(answering(ok()), certificates.untrusted), 502, "tls_certificate_error"),
    "an expired certificate": (behind_tls(answering(ok()), certificates.expired), 502, "tls_certificate_error"),
    "another name": (behind_tls(answering(ok()), lambda: certificates.honest("x.example")), 502, "tls_certificate_error"),
    "silent": (behind_tls(answering(then=hold)), 504, "connection_read_timeout"),
    "a close before the header": (behind_tls(answering()), *TERMINATED),
    "a reset before the header": (behind_tls(answering(then=reset)), *TERMINATED),
    "half a header": (behind_tls(answering(b"HTTP/1.1 200 OK\r\nX: 1")), *TERMINATED),
    "no valid header": (behind_tls(answering(b"HTTP/1.1 2x0 OK\r\n\r\n")), 502, "http_protocol_error"),
    "a header too large": (behind_tls(answering(b"HTTP/1.1 200 OK\r\nX: " + 70_000 * b"x")), 502, "http_response_header_section_size"),
    "an address that is none": (lambda: contextlib.nullcontext("nowhere"), 500, "proxy_internal_error"),
}  # fmt: skip
# Those at which the request had gone out.
SENT = {fault for fault in FAULTS if "header" in fault} | {"silent"}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_its_request_is_told_with_its_kind(fault, ca_file) -> None:
    start, status, error = FAULTS[fault]
    with start() as url, function(ca_file, url) as port, ThreadPoolExecutor() as pool:
        by_anybody = pool.submit(asked, port, MODELS)
        by_hopwatch = pool.submit(asked, port, MODELS, headers=bearer())
        answer, trusted = by_anybody.result(), by_hopwatch.result()

    kind = error.partition(";")[0]
    assert (answer.status, answer.all("proxy-status")) == (status, [f"function; error={error}"])
    assert json.loads(answer.body) == {
        "error": "the API cannot be asked",
        "kind": kind,
        "made_by": "function",
        "hop": "function",
    }
    assert answer.all("x-hopwatch-made-by") == ["function"]
    assert (answer.timing(), trusted.error("function")) == ({}, kind)
    phases = {"total", "attempt"} | ({"connect"} if fault in SENT else set())
    assert set(trusted.timing("function")) == phases
    if status == 504:
        assert trusted.timing("function")["attempt"] >= TIMEOUT_MS - 5


def test_it_answers_by_itself_without_asking_anybody(ca_file) -> None:
    with function(ca_file, "https://localhost:1", VERCEL_REGION="iad1") as port:
        answer = asked(port, "/api/hopwatch/self")

    assert (answer.status, answer.error("function")) == (200, "proxy_internal_response")
    assert json.loads(answer.body) == {"ok": True, "region": "iad1", "made_by": "function", "hop": "function"}


def test_what_the_api_says_is_passed_on_with_what_tells_its_author(ca_file) -> None:
    body = b'{"code":"token_quota_exceeded"}'
    headers = (
        b"Content-Type: application/json\r\nRetry-After: 7\r\nX-RateLimit-Remaining-Tokens-Minute: 0\r\n"
    )
    hidden = b"CF-Ray: 8f-HKG\r\nCF-Error-Type: 1015\r\nSet-Cookie: a=b\r\nServer: cloudflare\r\n"
    with (
        tls_server(
            certificates.honest(), answering(ok(body, headers + hidden).replace(b"200 OK", b"429 No"))
        ) as api,
        function(ca_file, f"https://localhost:{api.port}") as port,
    ):
        answer = asked(port, CHAT, "POST")

    kept = {name: value for name, value in answer.headers if name not in ("date", "connection", "keep-alive")}
    assert (answer.status, answer.body) == (429, body)
    assert kept == {
        "cache-control": "no-store",
        "content-type": "application/json",
        "retry-after": "7",
        "x-ratelimit-remaining-tokens-minute": "0",
        "cf-ray": "8f-HKG",
        "cf-error-type": "1015",
        "proxy-status": "function; received-status=429",
        "vary": "Origin",
        "transfer-encoding": "chunked",
    }


def test_the_api_gets_the_key_and_nothing_that_the_client_sent_beside_the_body(ca_file) -> None:
    heard: list[bytes] = []

    def script(connection: socket.socket) -> None:
        heard.append(request(connection))
        connection.sendall(ok(gzip.compress(b"hello"), b"Content-Encoding: gzip\r\n"))

    private = {"Authorization": "Bearer theirs", "Cookie": "theirs", "X-Forwarded-For": "192.0.2.1"}
    with (
        tls_server(certificates.honest(), script) as api,
        function(ca_file, f"https://localhost:{api.port}") as port,
    ):
        answer = asked(port, f"{CHAT}?query=theirs", "POST", headers=private | bearer())

    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert (f"authorization: Bearer {KEY}".encode() in head, body, answer.body) == (True, b"{}", b"hello")
    assert [word for word in (b"theirs", b"192.0.2.1", b"opwatch") if word in head] == []


def test_a_redirect_is_not_followed(ca_file) -> None:
    away = b"HTTP/1.1 307 Away\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n"
    with behind_tls(answering(away))() as url, function(ca_file, url) as port:
        answer = asked(port, MODELS)

    assert (answer.status, answer.error("function"), answer.all("location")) == (307, None, [])


def test_a_stream_is_passed_on_piece_by_piece_and_breaks_off_where_it_broke(ca_file) -> None:
    pieces = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 0.1, b"3\r\ndef\r\n")
    with (
        tls_server(certificates.honest(), answering(*pieces, then=reset)) as api,
        function(ca_file, f"https://localhost:{api.port}") as port,
    ):
        answer = asked(port, MODELS)

    assert (answer.status, answer.is_whole) == (200, False)
    assert answer.body.startswith(b"abc")


OWN = {
    "another path": ("GET", "/api/v1/files", 404, "http_request_error"),
    "another method": ("GET", CHAT, 405, "http_request_error"),
    "a preflight": ("OPTIONS", CHAT, 204, "proxy_internal_response"),
}


@pytest.fixture(scope="module")
def healthy(ca_file):
    with behind_tls(answering(ok()))() as url, function(ca_file, url) as port:
        asked(port, MODELS)  # the cold start
        yield port


@pytest.mark.parametrize("case", OWN)
def test_what_it_refuses_itself_it_owns(case, healthy) -> None:
    method, path, status, error = OWN[case]
    answer = asked(healthy, path, method)

    assert (answer.status, answer.error("function")) == (status, error)
    assert answer.all("x-hopwatch-made-by") == ["function"]


def test_a_missing_key_is_its_own_fault(ca_file) -> None:
    with function(ca_file, "https://localhost:1", API_KEY="") as port:
        answer = asked(port, MODELS, headers=bearer())

    assert (answer.status, answer.error("function")) == (500, "proxy_configuration_error")
    assert set(answer.timing("function")) == {"total"}


def test_a_token_opens_the_times_of_each_phase(healthy) -> None:
    times = asked(healthy, MODELS, headers=bearer()).timing("function")

    assert set(times) == {"total", "connect", "header"}
    assert 0 <= times["connect"] <= times["header"] <= times["total"]


def test_the_first_request_of_an_instance_says_that_it_was_cold(ca_file) -> None:
    with function(ca_file, "https://localhost:1") as port:
        told = [asked(port, "/api/hopwatch/self", headers=bearer()).all("server-timing") for _ in range(2)]

    assert ["function.cold" in one[0] for one in told] == [True, False]


@pytest.mark.parametrize("wrong", bad_tokens())
def test_no_other_token_opens_anything(wrong, healthy) -> None:
    answer = asked(healthy, MODELS, headers=bearer(bad_tokens()[wrong]))

    assert (answer.status, answer.all("server-timing")) == (200, [])


def test_the_digest_that_is_for_nginx_does_not_open_the_function(healthy) -> None:
    begun, _, signature = bearer()["X-Hopwatch-Token"].rpartition(".")
    other = "B" if signature[0] == "A" else "A"
    answer = asked(healthy, MODELS, headers=bearer(f"{begun}.{other}{signature[1:]}"))

    assert answer.all("server-timing") == []


@pytest.mark.parametrize(("secret", "opened"), [(SECRET[:32], 1), (SECRET[:31], 0), ("", 0)])
def test_a_secret_that_can_be_guessed_opens_nothing(secret, opened, ca_file) -> None:
    token = spelt(secret, AUDIENCE, int(time.time()) + 60)
    with function(ca_file, "https://localhost:1", HOPWATCH_SECRET=secret) as port:
        answer = ask(port, "/api/hopwatch/self", headers=bearer(token))

    assert len(answer.all("server-timing")) == opened


@pytest.mark.parametrize(("origin", "told"), [(ORIGIN, [ORIGIN]), ("https://evil.example", []), ("", [])])
def test_pages_of_allowed_origins_read_its_errors_and_others_nothing(origin, told, healthy) -> None:
    answers = [asked(healthy, path, headers={"Origin": origin}) for path in (MODELS, "/api/none")]

    assert [answer.all("access-control-allow-origin") for answer in answers] == [told] * 2
