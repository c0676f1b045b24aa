"""A target that misbehaves in or under TLS: its own cause, the certificates kept, nothing of it let through."""

import asyncio
import contextlib
import ssl
import time
import tracemalloc

import pytest

from probe.cause.taxonomy import ALERTS
from probe.prober.http import Http
from probe.prober.tls import Tls
from tests import rig_certificates as certificates
from tests.rig import BARE, ask, bench, seconds_of, verdict
from tests.rig_servers import answering, hold, ok, raw, request, reset, saying, tcp_server, tls_server

SECONDS = 0.3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def ca_file(folder):
    return certificates.trust_file(folder)


def records(kind, *payloads):
    return b"".join(bytes([kind, 3, 3]) + len(one).to_bytes(2, "big") + one for one in payloads)


def message(kind, body, length=None):
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3, "big") + body


def server_hello(*, extensions=b"", cipher=b"\xc0\x2f"):
    """A plain TLS 1.2 ServerHello, which OpenSSL takes without any key."""
    extensions += b"\xff\x01\x00\x01\x00"  # renegotiation_info, or OpenSSL goes no further (RFC 5746)
    tail = len(extensions).to_bytes(2, "big") + extensions
    return records(22, message(2, b"\x03\x03" + b"\x01" * 32 + b"\x00" + cipher + b"\x00" + tail))


def old_server_hello():
    return records(22, message(2, b"\x03\x03" + b"\x01" * 32 + b"\x00\xc0\x2f\x00"))


def alpn(*names):
    listed = b"".join(bytes([len(one)]) + one for one in names)
    body = len(listed).to_bytes(2, "big") + listed
    return b"\x00\x10" + len(body).to_bytes(2, "big") + body


def heard(*parts, then=hold):
    """Take the ClientHello, then send."""

    def script(connection):
        connection.recv(65_536)
        saying(*parts, then=then)(connection)

    return script


def endless(first, chunk):
    def script(connection):
        connection.recv(65_536)
        connection.sendall(first)
        while True:
            connection.sendall(chunk)

    return script


def crumbs(connection):
    connection.recv(65_536)
    connection.sendall(server_hello() + records(22, message(11, b"", length=100_000)))
    while True:
        connection.sendall(records(22, b"x"))
        time.sleep(0.01)


RAW = {
    "reset after ClientHello": (heard(then=reset), "tls.reset"),
    "closed after ClientHello": (heard(then=None), "tls.closed"),
    "silence": (hold, "tls.timeout"),
    "close_notify for an answer": (heard(records(21, b"\x01\x00")), "tls.closed"),
    "half a ServerHello, then silence": (heard(server_hello()[:20]), "tls.timeout"),
    "half a ServerHello, then closed": (heard(server_hello()[:20], then=None), "tls.closed"),
    "half a ServerHello, then reset": (heard(server_hello()[:20], 0.03, then=reset), "tls.reset"),
    "plain HTTP": (heard(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls.not_tls"),
    "ssh banner": (saying(b"SSH-2.0-x\r\n", then=hold), "tls.not_tls"),
    "one byte of no record": (heard(b"H"), "tls.not_tls"),
    "a record of another version": (heard(b"\x16\x55\x55\x00\x01\x00"), "tls.not_tls"),
    "record of 2^14+1": (heard(b"\x16\x03\x03\x40\x01" + b"x" * 16_385), "tls.failed"),
    "record longer than any": (heard(b"\x16\x03\x03\xff\xff" + b"x" * 70_000), "tls.failed"),
    "application data first": (heard(records(23, b"x")), "tls.failed"),
    "ServerHello of garbage": (heard(records(22, message(2, b"\xff" * 80))), "tls.failed"),
    "no safe renegotiation": (heard(old_server_hello()), "tls.local_policy"),
    "cipher never offered": (heard(server_hello(cipher=b"\x00\x01")), "tls.failed"),
    "certificate message of 16 MB": (
        heard(server_hello() + records(22, message(11, b"x" * 100, length=0xFFFFFF))),
        "tls.local_policy",
    ),
    "endless handshake fragments": (crumbs, "tls.timeout"),
    "endless HelloRequests": (
        endless(server_hello(), records(22, *[message(0, b"")] * 200)),
        "tls.too_large",
    ),
    "ALPN never offered": (heard(server_hello(extensions=alpn(b"h2")), then=None), "tls.failed"),
    "ALPN that is no text": (heard(server_hello(extensions=alpn(b"\xff\xfe\x1b")), then=None), "tls.failed"),
}


@pytest.fixture(params=[None, BARE], ids=["kernel", "bare"])
def able(request):
    return request.param


@pytest.mark.parametrize("row", RAW)
async def test_raw_bytes_instead_of_a_handshake(row, able, ca_file) -> None:
    script, cause = RAW[row]
    with tcp_server(script) as server, tls_server(certificates.honest(), hold) as honest:
        async with bench(able) as ready:
            how = {"host": "localhost", "scheme": "https", "ca_file": ca_file}
            hostile = await ready.ask(Tls(alpn=("http/1.1",)), port=server.port, seconds=SECONDS, **how)
            after = await ready.ask(Tls(), port=honest.port, **how)

    assert (cause, "tls") == verdict(hostile)
    assert verdict(after) == (None, None)


# The numbers of the IANA registry that OpenSSL 3.0 knows; the others it calls unknown.
NUMBERS = {
    10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
    46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
    50: "decode_error", 51: "decrypt_error", 60: "export_restriction", 70: "protocol_version",
    71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
    100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
    111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
    120: "no_application_protocol",
}  # fmt: skip


async def test_every_fatal_alert_has_its_iana_name(ca_file) -> None:
    expected, seen = {}, {}
    async with bench() as ready:
        for number in (*NUMBERS, 0, 200, 255):
            with tcp_server(heard(records(21, bytes([2, number])))) as server:
                observation = await ready.ask(
                    Tls(), port=server.port, host="localhost", scheme="https", ca_file=ca_file
                )
            name = NUMBERS.get(number)
            expected[number] = (f"tls.alert.{name}" if name else "tls.alert", name or "unknown")
            seen[number] = (observation.failure.cause, observation.evidence.tls.alert)

    assert expected == seen
    assert set(NUMBERS.values()) <= ALERTS


async def test_a_warning_alert_is_no_end(ca_file) -> None:
    with tcp_server(heard(records(21, b"\x01\x70"))) as server:
        observation = await ask(
            Tls(), port=server.port, host="localhost", scheme="https", ca_file=ca_file, seconds=SECONDS
        )

    assert verdict(observation) == ("tls.timeout", "tls")
    assert observation.evidence.tls.first_bytes == "1503030002" + "0170"


def garbage(connection):
    request(connection)
    raw(connection, b"HTTP/1.1 200 OK\r\n\r\n")
    time.sleep(0.05)


def broken_record(connection):
    request(connection)
    raw(connection, records(23, b"x" * 100))
    time.sleep(0.05)


def cut_record(connection):
    request(connection)
    raw(connection, records(23, b"x" * 100)[:50])


def unsaid_end(connection):
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nall of it, or not")


def said_end(connection):
    unsaid_end(connection)
    connection.unwrap()


AFTER = {
    "garbage": (garbage, ("tls.protocol", "processing")),
    "forged record": (broken_record, ("tls.protocol", "processing")),
    "cut record": (cut_record, ("http.closed", "processing")),
    "closed without close_notify": (unsaid_end, ("http.truncated", "transfer")),
    "closed with close_notify": (said_end, (None, None)),
    "reset": (answering(then=reset), ("http.reset", "processing")),
    "silence": (answering(then=hold), ("http.timeout.first_byte", "processing")),
    "half an answer": (answering(ok()[:-1]), ("http.truncated", "transfer")),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("row", AFTER)
async def test_what_comes_after_a_good_handshake(row, version, ca_file) -> None:
    script, expected = AFTER[row]
    context = certificates.honest()
    context.maximum_version = version
    with tls_server(context, script) as server:
        observation = await ask(
            Http(), port=server.port, host="localhost", scheme="https", ca_file=ca_file, seconds=SECONDS
        )

    assert expected == verdict(observation)
    assert {"connect", "tls"} <= seconds_of(observation).keys()


async def test_a_flood_of_session_tickets_is_cut_off(ca_file) -> None:
    context = certificates.honest()
    context.num_tickets = 3000
    with tls_server(context, answering(ok())) as server:
        observation = await ask(Http(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    assert verdict(observation) == ("tls.too_large", "processing")


async def test_a_peer_that_resets_under_our_finished_is_no_bug(ca_file) -> None:
    def flight_then_reset(connection):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server_side = certificates.honest().wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.recv(65_536))
        with contextlib.suppress(ssl.SSLWantReadError):
            server_side.do_handshake()
        time.sleep(0.02)
        connection.sendall(outgoing.read())
        reset(connection)

    with tcp_server(flight_then_reset) as server:
        async with bench() as ready:
            attempt = ready.attempt(port=server.port, host="localhost", scheme="https", ca_file=ca_file)
            # Both the flight and the reset are there when we look again.
            asyncio.get_running_loop().call_later(0.01, time.sleep, 0.08)
            observation = await ready.measure(Tls(), attempt)

    assert verdict(observation) == ("tls.reset", "tls")


@pytest.mark.parametrize("row", ["endless HelloRequests", "certificate message of 16 MB"])
async def test_a_large_handshake_costs_little_memory(row, ca_file) -> None:
    how = {"host": "localhost", "scheme": "https", "ca_file": ca_file}
    async with bench() as ready:
        with tcp_server(RAW[row][0]) as server:
            await ready.ask(Tls(), port=server.port, **how)
            tracemalloc.start()
            observation = await ready.ask(Tls(), port=server.port, **how)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

    assert peak < 2 << 20
    assert observation.evidence.tcp.received_bytes < 400_000
