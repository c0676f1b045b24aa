"""A resolver that is asked by TCP or TLS: each thing that can go wrong has one cause, and none of them is the name's."""

import threading

import dns.flags
import dns.message
import dns.rcode
import pytest

from probe.model import Outcome, Overrides
from probe.prober.dns import Dns
from probe.prober.tcp import Tcp
from probe.vantage.source import Source
from tests import rig_certificates as certificates
from tests.rig import ask, seconds_of, stamps_of, verdict
from tests.rig_dns import framed, with_id
from tests.rig_doh import by_tcp, dot_server, place
from tests.rig_servers import black_hole, hold, raw, reset, saying, tcp_server, tls_server

# For what is to time out, and for what is not, however busy the machine is.
SECONDS, PATIENT = 0.3, 3.0
NAME = "relay.test"
GOOD = (None, None)
SILENT = ("dns.timeout", "resolve")
BROKEN = ("dns.protocol", "resolve")
HANDSHAKE = ("dns.tls", "resolve")
UNTRUSTED = ("dns.tls.cert", "resolve")


@pytest.fixture(scope="module")
def context():
    return certificates.honest("dns.test", "127.0.0.1")


def by_crumbs(query):
    for byte in framed("A 127.0.0.1")(query)[0]:
        yield bytes([byte])


def dripping(query):
    for byte in framed("A 127.0.0.1")(query)[0]:
        yield 0.05
        yield bytes([byte])


def flood(query):
    yield b"\xff\xff"
    while True:
        yield b"\xff" * 65_536


ROWS = {
    "honest": (framed("A 127.0.0.1"), GOOD),
    "byte by byte": (by_crumbs, GOOD),
    "more behind it": (lambda query: [framed("A 127.0.0.1")(query)[0] + b"junk" * 100], GOOD),
    "truncated, with an address": (framed("A 127.0.0.1", flags=dns.flags.TC), GOOD),
    "truncated, empty": (framed(flags=dns.flags.TC), BROKEN),
    "nxdomain": (framed(rcode=dns.rcode.NXDOMAIN), ("dns.nxdomain", "resolve")),
    "servfail": (framed(rcode=dns.rcode.SERVFAIL), ("dns.servfail", "resolve")),
    "empty": (framed(), ("dns.no_data", "resolve")),
    "closed at once": (lambda query: [], BROKEN),
    "closed in the length": (lambda query: [b"\x00"], BROKEN),
    "closed in the message": (lambda query: [framed("A 127.0.0.1")(query)[0][:-1]], BROKEN),
    "silence": (lambda query: [2 * SECONDS], SILENT),
    "a drip": (dripping, SILENT),
    "length of 0": (lambda query: [b"\x00\x00"], BROKEN),
    "junk": (lambda query: [b"\x00\x04junk"], BROKEN),
    "64 kB of junk": (flood, BROKEN),
    "wrong id": (lambda query: framed("A 127.0.0.1")(with_id(query, query.id ^ 1)), BROKEN),
    "wrong question": (
        lambda query: framed("A 127.0.0.1")(dns.message.make_query("other.test", "A", id=query.id)),
        BROKEN,
    ),
    "the question itself": (
        lambda query: [len(query.to_wire()).to_bytes(2, "big") + query.to_wire()],
        BROKEN,
    ),
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
async def test_what_a_resolver_says_on_a_stream_has_its_own_cause(scheme, row, context, ca_file) -> None:
    reply, expected = ROWS[row]
    serving = dot_server(context, reply) if scheme == "tls" else tcp_server(by_tcp(reply))
    with serving as server, tcp_server(hold) as hop:
        how = {"host": NAME, "resolvers": (place(scheme, server),), "resolver_ca_file": ca_file}
        seconds = SECONDS if expected == SILENT else PATIENT
        observation = await ask(Tcp(), port=hop.port, seconds=seconds, **how)
        asked = await ask(Dns(), seconds=seconds, **how)

    assert expected == verdict(observation)
    assert verdict(asked)[0] == expected[0]
    assert {query.transport for query in observation.evidence.dns} == {scheme}


def quiet(connection):
    connection.recv(65_536)
    hold(connection)


def hangs_up(connection):
    connection.recv(65_536)


def resets(connection):
    connection.recv(65_536)
    reset(connection)


# How the handshake with the resolver goes: a script of TCP, and the cause.
UNSHAKEN = {
    "silent": (quiet, SILENT),
    "closed": (hangs_up, HANDSHAKE),
    "reset": (resets, HANDSHAKE),
    "plain text": (saying(b"220 mail.test ESMTP\r\n", then=hold), HANDSHAKE),
    "alert": (saying(b"\x15\x03\x03\x00\x02\x02\x28", then=hold), HANDSHAKE),
}


@pytest.mark.parametrize("row", UNSHAKEN)
async def test_a_handshake_that_breaks_says_nothing_about_the_name(row, ca_file) -> None:
    script, expected = UNSHAKEN[row]
    with tcp_server(script) as server:
        observation = await ask(
            Tcp(),
            host=NAME,
            resolvers=(place("tls", server),),
            resolver_ca_file=ca_file,
            seconds=SECONDS if expected == SILENT else PATIENT,
        )

    [query] = observation.evidence.dns
    assert expected == verdict(observation)
    assert (query.connect_seconds is not None, query.tls_seconds, query.http_status) == (True, None, None)


CERTIFICATES = {
    "expired": (certificates.expired, "certificate has expired"),
    "untrusted": (certificates.untrusted, "unable to get local issuer certificate"),
    "for another name": (
        lambda: certificates.honest("other.test"),
        "IP address mismatch, certificate is not valid for '127.0.0.1'.",
    ),
}


@pytest.mark.parametrize("row", CERTIFICATES)
async def test_a_wrong_certificate_of_the_resolver_is_kept_and_its_answer_is_not_asked_for(
    row, ca_file
) -> None:
    make, problem = CERTIFICATES[row]
    asked = []

    def reply(query):
        asked.append(query)
        return framed("A 127.0.0.1")(query)

    with dot_server(make(), reply) as server:
        observation = await ask(
            Tcp(), host=NAME, resolvers=(place("tls", server),), resolver_ca_file=ca_file, seconds=PATIENT
        )

    [query] = observation.evidence.dns
    assert verdict(observation) == UNTRUSTED
    assert (query.certificate_problem, query.certificate is not None, asked) == (problem, True, [])


async def test_a_name_is_verified_and_the_address_behind_it_dialled(context, ca_file) -> None:
    seen = []
    context.sni_callback = lambda _, name, __: seen.append(name)
    with dot_server(context, framed("A 127.0.0.1")) as server:
        where = place("tls", server, host="dns.test")
        observation = await ask(Dns(), host=NAME, resolvers=(where,), resolver_ca_file=ca_file)
    context.sni_callback = None

    assert verdict(observation) == GOOD
    assert (seen, observation.evidence.dns[0].resolver) == (
        ["dns.test"],
        f"tls://dns.test:{server.port}#127.0.0.1",
    )


async def test_the_machines_own_authorities_do_not_vouch_for_a_private_one(context) -> None:
    with dot_server(context, framed("A 127.0.0.1")) as server:
        observation = await ask(Dns(), host=NAME, resolvers=(place("tls", server),))

    assert verdict(observation)[0] in ("dns.tls.cert", "local.trust_store")


async def test_a_trust_store_that_cannot_be_read_is_our_own_trouble(context, tmp_path) -> None:
    with dot_server(context, framed("A 127.0.0.1")) as server:
        observation = await ask(
            Dns(), host=NAME, resolvers=(place("tls", server),), resolver_ca_file=str(tmp_path / "none.pem")
        )

    assert (observation.outcome, verdict(observation)[0]) == (Outcome.NOT_MEASURED, "local.trust_store")


@pytest.mark.parametrize("scheme", ["tcp", "tls", "https"])
async def test_a_resolver_that_cannot_be_reached_is_told_by_the_connection(scheme, ca_file) -> None:
    with tcp_server(hold) as server:
        pass
    how = {"host": NAME, "resolver_ca_file": ca_file, "seconds": SECONDS}
    closed = await ask(Dns(), resolvers=(place(scheme, server),), **how)
    with black_hole() as port:
        silent = await ask(Dns(), resolvers=(f"{scheme}://127.0.0.1:{port}",), **how)

    assert verdict(closed) == ("dns.resolver_unreachable", "resolve")
    assert verdict(silent) == SILENT
    assert [query.error for query in silent.evidence.dns] == ["no answer in connect"]


async def test_a_reset_after_the_question_is_told_apart_from_an_end(context, ca_file) -> None:
    def script(connection):
        connection.recv(2)
        reset(connection)

    with tcp_server(script) as server:
        observation = await ask(Dns(), host=NAME, resolvers=(place("tcp", server),), seconds=PATIENT)

    assert verdict(observation) == ("dns.reset", "resolve")


async def test_junk_inside_tls_is_tls_that_broke(context, ca_file) -> None:
    def script(connection):
        connection.recv(2)
        raw(connection, b"\x17\x03\x03\x00\x20" + b"\x00" * 32)
        hold(connection)

    with tls_server(context, script) as server:
        observation = await ask(
            Dns(), host=NAME, resolvers=(place("tls", server),), resolver_ca_file=ca_file, seconds=PATIENT
        )

    assert verdict(observation) == HANDSHAKE


async def test_the_phase_is_all_that_the_user_waits_for_and_its_parts_are_told(context, ca_file) -> None:
    def reply(query):
        return [0.1, *framed("A 127.0.0.1")(query)]

    with dot_server(context, reply) as server:
        observation = await ask(Dns(), host=NAME, resolvers=(place("tls", server),), resolver_ca_file=ca_file)

    [query] = observation.evidence.dns
    [answer] = query.responses
    parts = query.connect_seconds + query.tls_seconds + answer.after_seconds
    assert seconds_of(observation)["resolve"] == pytest.approx(parts)
    assert 0.1 <= answer.after_seconds < 0.2
    assert (stamps_of(observation)["resolve"], answer.records[0].data) == ("kernel", "127.0.0.1")


async def test_encrypted_questions_are_all_of_one_length(context, ca_file) -> None:
    lengths = []

    def reply(query):
        lengths.append(len(query.to_wire()))
        return framed("A 127.0.0.1")(query)

    with dot_server(context, reply) as server:
        for name in ("a.test", "a-much-longer-name.with-more-labels.test"):
            await ask(Dns(), host=name, resolvers=(place("tls", server),), resolver_ca_file=ca_file)

    assert lengths == [128, 128]


async def test_another_resolver_takes_over_and_both_are_evidence(ca_file) -> None:
    with (
        tls_server(certificates.expired(), hold) as bad,
        tcp_server(by_tcp(framed("A 127.0.0.1"))) as good,
        tcp_server(hold) as hop,
    ):
        resolvers = (place("tls", bad), place("tcp", good))
        observation = await ask(
            Tcp(), host=NAME, port=hop.port, resolvers=resolvers, resolver_ca_file=ca_file
        )

    assert verdict(observation) == GOOD
    assert [(query.transport, query.error) for query in observation.evidence.dns] == [
        ("tls", "tls.cert.expired: certificate has expired"),
        ("tcp", None),
    ]


async def test_the_question_leaves_by_the_vantages_own_network(context, ca_file) -> None:
    with dot_server(context, framed("A 127.0.0.1")) as server:
        await ask(
            Dns(),
            host=NAME,
            resolvers=(place("tls", server),),
            resolver_ca_file=ca_file,
            way=Source(address="127.0.0.77"),
        )

    assert [host for host, _ in server.peers] == ["127.0.0.77"]


async def test_listening_for_forgeries_does_not_wait_on_a_connection_of_ones_own(context, ca_file) -> None:
    with dot_server(context, framed("A 127.0.0.1")) as server:
        observation = await ask(
            Dns(listen=1.0), host=NAME, resolvers=(place("tls", server),), resolver_ca_file=ca_file
        )

    assert verdict(observation) == GOOD
    assert observation.elapsed_seconds < 0.5


async def test_the_connection_is_closed_while_the_probe_goes_on() -> None:
    ended = threading.Event()

    def resolver(connection):
        by_tcp(framed("A 127.0.0.1"))(connection)
        if not connection.recv(1):
            ended.set()

    def hop(connection):
        connection.recv(10)
        if ended.wait(1):
            connection.sendall(b"!")

    with tcp_server(resolver) as server, tcp_server(hop) as asked:
        observation = await ask(
            Tcp(),
            host=NAME,
            port=asked.port,
            resolvers=(place("tcp", server),),
            overrides=Overrides(first_bytes=b"?"),
        )

    assert verdict(observation) == GOOD
