"""A resolver that is asked by HTTPS: what its server says has one cause, and none of it is the name's fault."""

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.prober.dns import Dns
from probe.prober.tcp import Tcp
from tests import rig_certificates as certificates
from tests.rig import ask, bench, seconds_of, stamps_of, texts, verdict
from tests.rig_dns import response, with_id
from tests.rig_doh import doh2_server, doh_server, page, pages, place
from tests.rig_servers import hold, tcp_server, tls_server

# For what is to time out, and for what is not, however busy the machine is.
SECONDS, PATIENT = 0.3, 3.0
NAME = "relay.test"
GOOD = (None, None)
SILENT = ("dns.timeout", "resolve")
BROKEN = ("dns.protocol", "resolve")
HTTP = ("dns.http", "resolve")


@pytest.fixture(scope="module")
def context():
    return certificates.honest("dns.test", "127.0.0.1")


def honest(query):
    return response(query, "A 127.0.0.1")


def cut(query):
    return [page(honest(query))[:-1]]


def dripping(query):
    for byte in page(honest(query)):
        yield 0.02
        yield bytes([byte])


def endless(query):
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"4000\r\n" + b"\x00" * 0x4000 + b"\r\n"


def headers_without_end(query):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: " + b"x" * 4000 + b"\r\n"


ROWS = {
    "honest": (pages("A 127.0.0.1"), GOOD),
    "chunked": (
        lambda query: [
            b"HTTP/1.1 200 OK\r\nContent-Type: Application/DNS-Message; x=y\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"%x\r\n" % len(honest(query)) + honest(query) + b"\r\n0\r\n\r\n",
        ],
        GOOD,
    ),
    "203": (lambda query: [page(honest(query), status=b"203 Changed")], GOOD),
    "nxdomain": (pages(rcode=dns.rcode.NXDOMAIN), ("dns.nxdomain", "resolve")),
    "refused": (pages(rcode=dns.rcode.REFUSED), ("dns.refused", "resolve")),
    "truncated, empty": (pages(flags=dns.flags.TC), BROKEN),
    "200 with junk": (lambda query: [page(b"junk" * 10)], BROKEN),
    "200 with nothing": (lambda query: [page(b"")], BROKEN),
    "wrong id": (lambda query: [page(honest(with_id(query, 7)))], BROKEN),
    "wrong question": (
        lambda query: [page(honest(dns.message.make_query("other.test", "A", id=0)))],
        BROKEN,
    ),
    "a login page": (lambda query: [page(b"<html>", kind=b"text/html")], HTTP),
    "no type": (lambda query: [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], HTTP),
    "compressed": (lambda query: [page(honest(query), headers=b"Content-Encoding: gzip\r\n")], HTTP),
    "204": (lambda query: [b"HTTP/1.1 204 No Content\r\n\r\n"], HTTP),
    "400": (lambda query: [page(honest(query), status=b"400 Bad Request")], HTTP),
    "503": (lambda query: [page(b"", status=b"503 Busy")], HTTP),
    "not HTTP": (lambda query: [b"\x00\x01\x02\x03" * 20], HTTP),
    "HTTP/0.9": (lambda query: [honest(query)], HTTP),
    "closed at once": (lambda query: [], HTTP),
    "closed in the head": (lambda query: [page(honest(query))[:30]], HTTP),
    "closed in the message": (cut, HTTP),
    "too long a message": (lambda query: [page(b"\x00" * 65_536)], HTTP),
    "a message without end": (endless, HTTP),
    "headers without end": (headers_without_end, HTTP),
    "silence": (lambda query: [2 * SECONDS], SILENT),
    "a drip": (dripping, SILENT),
    "silence in the message": (lambda query: [page(honest(query))[:-1], 2 * SECONDS], SILENT),
}


@pytest.mark.parametrize("row", ROWS)
async def test_what_an_https_resolver_answers_has_its_own_cause(row, context, ca_file) -> None:
    answer, expected = ROWS[row]
    with doh_server(context, answer) as server, tcp_server(hold) as hop:
        how = {"host": NAME, "resolvers": (place("https", server),), "resolver_ca_file": ca_file}
        seconds = SECONDS if expected == SILENT else PATIENT
        observation = await ask(Tcp(), port=hop.port, seconds=seconds, **how)
        asked = await ask(Dns(), seconds=seconds, **how)

    assert expected == verdict(observation)
    assert verdict(asked)[0] == expected[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_told_and_never_followed(status, context, ca_file) -> None:
    with tls_server(certificates.honest(), hold) as elsewhere:
        where = b"Location: https://127.0.0.1:%d/dns-query\r\n" % elsewhere.port
        answer = lambda query: [page(b"", status=b"%d Go" % status, headers=where)]  # noqa: E731
        with doh_server(context, answer) as server:
            observation = await ask(
                Dns(), host=NAME, resolvers=(place("https", server),), resolver_ca_file=ca_file
            )

    [query] = observation.evidence.dns
    assert verdict(observation) == HTTP
    assert (query.http_status, elsewhere.peers) == (status, [])
    assert query.error == f"status {status}, and a redirect is never followed"


async def test_a_wrong_certificate_is_told_and_no_question_is_asked(ca_file) -> None:
    with doh_server(certificates.untrusted(), pages("A 127.0.0.1")) as server:
        observation = await ask(
            Dns(), host=NAME, resolvers=(place("https", server),), resolver_ca_file=ca_file
        )

    [query] = observation.evidence.dns
    assert verdict(observation) == ("dns.tls.cert", "resolve")
    assert (query.certificate_problem, query.http_status, server.taken) == (
        "unable to get local issuer certificate",
        None,
        [],
    )


async def test_the_question_is_posted_as_the_standard_has_it(context, ca_file) -> None:
    with doh_server(context, pages("A 127.0.0.1")) as server:
        where = place("https", server, host="dns.test", path="/own/path")
        observation = await ask(Dns(), host=NAME, resolvers=(where,), resolver_ca_file=ca_file)

    head, _, body = server.taken[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    question = dns.message.from_wire(body)
    assert verdict(observation) == GOOD
    assert lines[0] == "POST /own/path HTTP/1.1"
    assert {f"Host: dns.test:{server.port}", "Content-Type: application/dns-message"} <= set(lines)
    assert (question.id, len(body), str(question.question[0].name)) == (0, 128, f"{NAME}.")


async def test_a_server_that_speaks_http2_is_asked_by_it(ca_file) -> None:
    with doh2_server(certificates.honest("dns.test", "127.0.0.1"), "A 127.0.0.9") as server:
        observation = await ask(
            Dns(answer="127.0.0.9"), host=NAME, resolvers=(place("https", server),), resolver_ca_file=ca_file
        )

    [query] = observation.evidence.dns
    assert verdict(observation) == GOOD
    assert (query.transport, query.http_status, query.responses[0].records[0].data) == (
        "https",
        200,
        "127.0.0.9",
    )


async def test_the_phase_is_all_that_the_user_waits_for(context, ca_file) -> None:
    def answer(query):
        yield 0.1
        yield page(honest(query))[:50]
        yield 0.1
        yield page(honest(query))[50:]

    with doh_server(context, answer) as server, tcp_server(hold) as hop:
        observation = await ask(
            Tcp(), host=NAME, port=hop.port, resolvers=(place("https", server),), resolver_ca_file=ca_file
        )

    [query] = observation.evidence.dns
    parts = query.connect_seconds + query.tls_seconds + query.responses[0].after_seconds
    assert set(seconds_of(observation)) == {"resolve", "connect"}
    assert seconds_of(observation)["resolve"] == pytest.approx(parts)
    assert 0.2 <= query.responses[0].after_seconds < 0.35
    assert stamps_of(observation)["resolve"] == "kernel"


async def test_a_hostile_server_makes_us_hold_little(context, ca_file) -> None:
    with doh_server(context, endless) as server:
        async with bench() as ready:
            await ready.ask(
                Dns(), host=NAME, resolvers=(place("https", server),), resolver_ca_file=ca_file, seconds=2
            )

    [connection] = ready.network.opened
    assert connection.received_bytes < 400_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([b"200 OK", b"404 No", b"302 Go"]),
    kind=st.sampled_from([b"application/dns-message", b"text/\x1b[31mhtml"]),
    body=st.binary(max_size=60),
    edit=st.tuples(st.integers(0, 90), st.binary(min_size=1, max_size=4)),
    is_honest=st.booleans(),
)
async def test_any_page_gives_exactly_one_lawful_observation(
    context, ca_file, status, kind, body, edit, is_honest
) -> None:
    def answer(query):
        wire = bytearray(honest(query) if is_honest else body)
        wire[edit[0] : edit[0] + len(edit[1])] = edit[1]
        return [page(bytes(wire), status=status, kind=kind)]

    with doh_server(context, answer) as server:
        observation = await ask(
            Dns(), host=NAME, resolvers=(place("https", server),), resolver_ca_file=ca_file, seconds=1
        )

    assert observation.failure is None or observation.failure.cause.startswith("dns.")
    assert not [text for text in texts(observation) if "\x1b" in text]
