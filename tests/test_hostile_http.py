"""A target that breaks HTTP/1.1, floods, steers elsewhere, or writes what should not be shown."""

import json
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.cause.taxonomy import is_known
from probe.prober.http import Basic, Http
from probe.secret import Secret
from tests.rig import BARE, ask, bench, texts, verdict
from tests.rig_servers import answering, flooding, hold, ok, request, saying, tcp_server

pytestmark = pytest.mark.alone

SECONDS = 0.3
OK = b"HTTP/1.1 200 OK\r\n"
MALFORMED = ("http.protocol", "transfer")


def slow_loris(connection):
    request(connection)
    for byte in ok():
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


ROWS = {
    # the status line
    "no status line": (answering(b"Content-Length: 2\r\n\r\nok"), MALFORMED),
    "HTTP/0.9": (answering(b"<html>hello</html>"), MALFORMED),
    "HTTP/9.9": (answering(b"HTTP/9.9 200 OK\r\n\r\n"), MALFORMED),
    "status 000": (answering(b"HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n"), MALFORMED),
    "status 099": (answering(b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"), MALFORMED),
    "status 1000": (answering(b"HTTP/1.1 1000 High\r\n\r\n"), MALFORMED),
    "status 99999": (answering(b"HTTP/1.1 99999 High\r\n\r\n"), MALFORMED),
    "status -1": (answering(b"HTTP/1.1 -1 Low\r\n\r\n"), MALFORMED),
    "status 999": (answering(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), ("http.status", None)),
    "no reason": (answering(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), (None, None)),
    "100 for ever": (flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), MALFORMED),
    "103 for ever": (flooding(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50), MALFORMED),
    "101 unasked": (answering(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nx"), ("http.status", None)),
    # the head
    "header of 1 MiB": (answering(OK, b"X: " + b"x" * (1 << 20) + b"\r\n\r\n"), MALFORMED),
    "header name of 1 MiB": (answering(OK, b"x" * (1 << 20) + b": x\r\n\r\n"), MALFORMED),
    "100000 headers": (answering(OK, b"a: b\r\n" * 100_000 + b"\r\n"), MALFORMED),
    "endless headers": (flooding(OK, b"a: b\r\n" * 1000), MALFORMED),
    "no colon": (answering(OK, b"nonsense\r\n\r\n"), MALFORMED),
    "NUL in a header": (answering(OK, b"X: a\x00b\r\n\r\n"), MALFORMED),
    "CR only": (answering(b"HTTP/1.1 200 OK\rContent-Length: 0\r\r"), MALFORMED),
    "space before the colon": (answering(OK, b"Content-Length : 2\r\n\r\nok"), MALFORMED),
    "obs-fold": (answering(OK, b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n"), MALFORMED),
    # the length
    "conflicting lengths": (answering(OK, b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"), MALFORMED),
    "length and chunked": (
        answering(OK, b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        MALFORMED,
    ),
    "negative length": (answering(OK, b"Content-Length: -1\r\n\r\n"), MALFORMED),
    "length of 2^64": (answering(OK, b"Content-Length: 18446744073709551616\r\n\r\n"), MALFORMED),
    "length of 2^63": (
        answering(OK, b"Content-Length: 9223372036854775808\r\n\r\nx"),
        ("http.truncated", "transfer"),
    ),
    "chunk of FFFFFFFFFFFFFFFFF": (
        answering(OK, b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
        MALFORMED,
    ),
    "chunk size of nonsense": (answering(OK, b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), MALFORMED),
    "endless chunk extension": (
        flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x=y;" * 4096),
        ("http.too_large", "transfer"),
    ),
    "endless trailers": (
        flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 4096),
        ("http.too_large", "transfer"),
    ),
    "endless chunks of one byte": (
        flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 4096),
        ("http.too_large", "transfer"),
    ),
    "a coding that is not chunked": (answering(OK, b"Transfer-Encoding: identity\r\n\r\nok"), (None, None)),
    # the time
    "slow loris": (slow_loris, ("http.timeout.body", "transfer")),
    "infinite body": (flooding(OK + b"\r\n", b"x" * 65_536), ("http.too_large", "transfer")),
    "response before request": (saying(ok(), then=hold), (None, None)),
    # what follows
    "keep-alive lies": (
        answering(OK, b"Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok"),
        (None, None),
    ),
    "junk after the end": (answering(ok() + b"\x00\x01junk" * 100), (None, None)),
    # other protocols
    "HTTP/2 preface": (saying(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18, then=hold), MALFORMED),
    "server-sent events for ever": (
        flooding(OK + b"Content-Type: text/event-stream\r\n\r\n", b"data: x\n\n" * 1000),
        ("http.too_large", "transfer"),
    ),
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("able", [None, BARE], ids=["kernel", "bare"])
async def test_a_broken_answer_has_its_own_cause_and_phase(row, able) -> None:
    script, expected = ROWS[row]
    # What is too much has to be ended for that and not by a deadline, however busy the machine.
    seconds = 10.0 if expected[0] == "http.too_large" else SECONDS
    with tcp_server(script) as server, tcp_server(answering(ok())) as honest:
        async with bench(able) as ready:
            hostile = await ready.ask(Http(), port=server.port, seconds=seconds)
            after = await ready.ask(Http(), port=honest.port)

    assert expected == verdict(hostile)
    assert verdict(after) == (None, None)


async def test_a_second_answer_does_not_replace_the_first() -> None:
    second = b"HTTP/1.1 500 Not Yours\r\nX-Second: 1\r\nContent-Length: 4\r\n\r\nevil"
    with tcp_server(answering(ok() + second)) as server:
        observation = await ask(Http(body_not_matches=("evil",)), port=server.port)

    assert verdict(observation) == (None, None)
    http = observation.evidence.http
    assert (http.status, http.body_bytes, http.headers) == (200, 2, (("Content-Length", "2"),))


async def test_a_trailer_is_no_header() -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Good: yes\r\n\r\n"
    with tcp_server(answering(OK + chunked)) as server:
        observation = await ask(Http(header_matches={"X-Good": "yes"}), port=server.port)

    assert verdict(observation) == ("http.header", None)


async def test_a_length_behind_two_hundred_headers_still_counts() -> None:
    head = OK + b"A: b\r\n" * 300 + b"Content-Length: 10\r\n\r\nshort"
    with tcp_server(answering(head)) as server:
        observation = await ask(Http(), port=server.port)

    assert verdict(observation) == ("http.truncated", "transfer")


@pytest.mark.parametrize("coding", ["gzip", "br", "x-nonsense", "GZIP, gzip"])
async def test_a_compressed_body_is_not_unpacked(coding) -> None:
    answer = ok(b"\x1f\x8b" + b"\x00" * 100, f"Content-Encoding: {coding}\r\n".encode())
    with tcp_server(answering(answer)) as server:
        unjudged = await ask(Http(), port=server.port)
        judged = await ask(Http(body_matches=("x",)), port=server.port)

    assert verdict(unjudged) == (None, None)
    assert verdict(judged) == ("http.encoding", None)


@pytest.mark.parametrize(
    ("row", "most"),
    [
        ("header of 1 MiB", 1 << 20),
        ("100000 headers", 1 << 20),
        ("infinite body", 2 << 20),
        ("endless trailers", 1 << 20),
    ],
)
async def test_a_flood_costs_little_memory(row, most) -> None:
    with tcp_server(ROWS[row][0]) as server:
        async with bench() as ready:
            await ready.ask(Http(), port=server.port)
            tracemalloc.start()
            observation = await ready.ask(Http(max_body=900_000), port=server.port)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

    assert verdict(observation)[0] in {"http.protocol", "http.too_large"}
    assert peak < most


REDIRECTS = {
    "no location": (b"", "http.redirect_invalid"),
    "empty": (b"Location: \r\n", "http.redirect_invalid"),
    "file": (b"Location: file:///etc/passwd\r\n", "http.redirect_invalid"),
    "javascript": (b"Location: javascript:alert(1)\r\n", "http.redirect_invalid"),
    "ftp": (b"Location: ftp://127.0.0.1/\r\n", "http.redirect_invalid"),
    "user name": (b"Location: http://user:word@127.0.0.1/\r\n", "http.redirect_invalid"),
    "port 99999": (b"Location: http://127.0.0.1:99999/\r\n", "http.redirect_invalid"),
    "port of nonsense": (b"Location: http://127.0.0.1:x/\r\n", "http.redirect_invalid"),
    "broken bracket": (b"Location: http://[::1/\r\n", "http.redirect_invalid"),
    "zone": (b"Location: http://[fe80::1%25lo]/\r\n", "http.redirect_invalid"),
    "no host": (b"Location: https://\r\n", "http.redirect_invalid"),
    "no host, same scheme": (b"Location: http://\r\n", "http.redirect_invalid"),
    "no host but a path": (b"Location: http:///a\r\n", "http.redirect_invalid"),
    "no host and no scheme": (b"Location: ///a\r\n", "http.redirect_invalid"),
    "a port alone": (b"Location: http://:80/a\r\n", "http.redirect_invalid"),
    "empty label": (b"Location: https://a..localhost/\r\n", "http.redirect_invalid"),
    "leading dot": (b"Location: https://.localhost/\r\n", "http.redirect_invalid"),
    "label of 64": (b"Location: https://" + b"a" * 64 + b".localhost/\r\n", "http.redirect_invalid"),
    "decimal address": (b"Location: http://2130706433/\r\n", "http.redirect_invalid"),
    "hexadecimal address": (b"Location: http://0x7f.1/\r\n", "http.redirect_invalid"),
    "backslash": (b"Location: http://good\\.evil/\r\n", "http.redirect_invalid"),
    "umlaut": ("Location: http://b\u00fccher.test/\r\n".encode(), "http.redirect_invalid"),
    "space in the path": (b"Location: /a b\r\n", "http.redirect_invalid"),
    "terminal escape": (b"Location: /\x1b[31m\r\n", "http.protocol"),
    "text that turns around": ("Location: /\u202e\r\n".encode(), "http.redirect_invalid"),
    "loop": (b"Location: /again\r\n", "http.redirect_loop"),
    "network path": (b"Location: //localhost:%d/\r\n", "http.redirect_loop"),
    "relative mess": (b"Location: ../../.././a;b?c=d&e#f\r\n", "http.redirect_loop"),
    "same document": (b"Location: #top\r\n", "http.redirect_loop"),
}


@pytest.mark.parametrize("row", REDIRECTS)
async def test_a_redirect_leads_nowhere_bad(row) -> None:
    location, cause = REDIRECTS[row]

    def script(connection):
        request(connection)
        here = location.replace(b"%d", b"%d" % server.port) if b"%d" in location else location
        connection.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + here + b"\r\n")

    with tcp_server(script) as server:
        observation = await ask(Http(redirects=4), port=server.port)

    assert cause == verdict(observation)[0]
    assert (5 if cause == "http.redirect_loop" else 1) == len(server.peers)


TEXT = "<script>alert(1)</script>\x1b[31m\u202e\u2066\ufeff{{7*7}}%n=cmd()\"'\u0085"


async def test_hostile_text_is_cleaned_everywhere() -> None:
    body = TEXT.encode() * 100_000
    answer = (
        b"HTTP/1.1 500 "
        + b"x" * 100
        + b"\r\nX-Evil: "
        + TEXT.replace("\x1b", "").replace("\x85", "").encode()
    )
    answer += b"\xff\xfe\xed\xa0\x80\r\nContent-Length: %d\r\n\r\n" % len(body)
    with tcp_server(answering(answer, body)) as server:
        observation = await ask(Http(max_body=10 << 20), port=server.port, received_bytes=20 << 20)

    assert verdict(observation) == ("http.status", None)
    assert len(observation.evidence.http.excerpt or "") == 300
    assert "{{7*7}}" in observation.evidence.http.excerpt


KEY = "sk-Canary/0123456789+abcdef"
PASSWORD = "Canary-pass\u00e9-word"
ECHOES = {
    "body": lambda key: (500, b"", f"no such key: {key}".encode()),
    "body in pieces of the cut": lambda key: (500, b"", b"x" * 290 + key.encode()),
    "json": lambda key: (401, b"", json.dumps({"message": key, "type": "x"}).encode()),
    "header": lambda key: (500, f"X-Echo: {key}\r\n".encode(), b""),
    "header name": lambda key: (500, f"X-{key.replace('/', '-')}: 1\r\n".encode(), b""),
    "long header": lambda key: (500, f"X-Echo: {'x' * 1010}{key}\r\n".encode(), b""),
    "redirect path": lambda key: (302, f"Location: /{key}/\r\n".encode(), b""),
    "redirect query": lambda key: (302, f"Location: /?k={key}\r\n".encode(), b""),
    "redirect, percent-encoded": lambda key: (
        302,
        f"Location: /{key.replace('/', '%2F').replace('+', '%2B')}\r\n".encode(),
        b"",
    ),
    "bad redirect": lambda key: (302, f"Location: gopher://{key}/\r\n".encode(), b""),
    "host name": lambda key: (
        302,
        f"Location: http://{key.replace('/', '-').replace('+', '-')}.localhost:1/\r\n".encode(),
        b"",
    ),
    "cookie": lambda key: (500, f"Set-Cookie: k={key}\r\n".encode(), b""),
}


@pytest.mark.parametrize("row", ECHOES)
async def test_a_secret_that_is_echoed_is_told_nowhere(row, monkeypatch) -> None:
    key = KEY.replace("/", "-").replace("+", "-") if row in ("host name", "header name") else KEY
    monkeypatch.setenv("TEST_KEY", key)
    status, headers, body = ECHOES[row](key)
    head = b"HTTP/1.1 %d X\r\n" % status + headers + b"Content-Length: %d\r\n\r\n" % len(body)
    with tcp_server(answering(head + body)) as server:
        observation = await ask(Http(bearer=Secret(env="TEST_KEY"), redirects=2), port=server.port)

    assert observation.failure is not None
    assert not [text for text in texts(observation) if "canary" in text.lower() or key[:6] in text]


async def test_a_password_is_hidden_plain_and_as_a_token(monkeypatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)

    def echo(connection):
        head = request(connection)
        token = head.partition(b"Basic ")[2].partition(b"\r\n")[0]
        body = token + b" " + PASSWORD.encode()
        connection.sendall(b"HTTP/1.1 401 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with tcp_server(echo) as server:
        observation = await ask(
            Http(basic=Basic(user="me", password=Secret(env="TEST_PASSWORD"))), port=server.port
        )

    assert observation.evidence.http.excerpt == "<secret> <secret>"


async def test_the_query_of_a_check_is_told_nowhere() -> None:
    with tcp_server(
        answering(b"HTTP/1.1 404 X\r\nContent-Length: 22\r\n\r\nno /v1?key=canary-1234")
    ) as server:
        observation = await ask(Http(path="/v1?key=canary-1234"), port=server.port)

    assert not [text for text in texts(observation) if "canary" in text]


@pytest.mark.parametrize("value", ["caf\u00e9", "tab\there", "\u20ac", "", "line\nbreak"])
async def test_a_secret_that_no_header_can_carry_is_our_own_trouble(value, monkeypatch) -> None:
    monkeypatch.setenv("TEST_KEY", value)
    with tcp_server(answering(ok())) as server:
        observation = await ask(Http(bearer=Secret(env="TEST_KEY")), port=server.port)

    assert verdict(observation) == ("local.secret", None)
    assert server.peers == []


MUTANTS = (
    ok(),
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + ok(),
    b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 429 Too Many\r\nContent-Length: 45\r\n\r\n{"message":"m","type":"t","code":"queue_full"}',
    b"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: n;error=dns_error\r\n\r\n<center>nginx</center>",
)


@st.composite
def mutants(draw):
    data = bytearray(draw(st.sampled_from(MUTANTS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 4))
        data[at : at + length] = draw(st.binary(max_size=4))
    return bytes(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers=st.lists(mutants() | st.binary(max_size=200), min_size=4, max_size=4))
async def test_any_bytes_give_exactly_one_lawful_observation(answers) -> None:
    async with bench() as ready:
        for answer in answers:
            with tcp_server(answering(answer)) as server:
                observation = await ready.ask(Http(redirects=1), port=server.port, seconds=SECONDS)
            assert observation.failure is None or is_known(observation.failure.cause)
            assert observation.failure is None or observation.failure.cause != "meta.bug"
