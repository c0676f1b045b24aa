"""A resolver that lies, floods, breaks the format or stays silent."""

import time

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from tests.rig import BARE, ask, bench, seconds_of, texts, verdict
from tests.rig_dns import response, says, with_id
from tests.rig_servers import answering, hold, name_server, ok, tcp_server

SECONDS = 0.15
NAME = "relay.test"


def other_name(query):
    return dns.message.make_query("other.test", "A", id=query.id)


def edited(edit):
    """Answer with the honest bytes, edited."""
    return lambda query: [edit(bytearray(response(query, "A 127.0.0.1")))]


def at(index, data):
    def edit(wire):
        wire[index : index + len(data)] = data
        return bytes(wire)

    return edited(edit)


def raw_record(kind, data, ttl=60):
    """Answer with one record of raw bytes."""

    def reply(query):
        wire = bytearray(response(query))
        wire[6:8] = b"\x00\x01"
        body = b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\x00\x01" + ttl.to_bytes(4, "big")
        question_end = 12 + len(query.question[0].name.to_wire()) + 4
        record = body + len(data).to_bytes(2, "big") + data
        return [bytes(wire[:question_end] + record + wire[question_end:])]

    return reply


def chain(length):
    links = [f"@{f'n{n}.test' if n else NAME} CNAME n{n + 1}.test." for n in range(length)]
    return says(*links, f"@n{length}.test A 127.0.0.1")


def flood(query):
    while True:
        yield b"\xff" * 40


GOOD = (None, None)
SILENT = ("dns.timeout", "resolve")
MANGLED = ("dns.protocol", "resolve")
ROWS = {
    "honest": (says("A 127.0.0.1"), GOOD),
    "alias": (says("CNAME other.test.", "@other.test A 127.0.0.1"), GOOD),
    "nxdomain": (says(rcode=dns.rcode.NXDOMAIN), ("dns.nxdomain", "resolve")),
    "nxdomain with an answer": (says("A 127.0.0.1", rcode=dns.rcode.NXDOMAIN), ("dns.nxdomain", "resolve")),
    "servfail with EDE": (says(rcode=dns.rcode.SERVFAIL, extended=(22, 23)), ("dns.servfail", "resolve")),
    "refused": (says(rcode=dns.rcode.REFUSED), ("dns.refused", "resolve")),
    "formerr: EDNS not understood": (says(rcode=dns.rcode.FORMERR), ("dns.protocol", "resolve")),
    "notimp": (says(rcode=dns.rcode.NOTIMP), ("dns.protocol", "resolve")),
    "rcode 15": (says(rcode=15), ("dns.protocol", "resolve")),
    "rcode BADVERS": (says(rcode=dns.rcode.BADVERS), ("dns.protocol", "resolve")),
    "empty": (says(), ("dns.no_data", "resolve")),
    "alias without address": (says("CNAME other.test."), ("dns.no_data", "resolve")),
    "address of another name": (says("@other.test A 127.0.0.1"), ("dns.no_data", "resolve")),
    "alias loop": (says("CNAME a.test.", f"@a.test CNAME {NAME}."), ("dns.protocol", "resolve")),
    "100 aliases": (chain(100), ("dns.protocol", "resolve")),
    "15 aliases": (chain(15), GOOD),
    "500 addresses": (says(*(f"A 127.0.{n // 250}.{n % 250 + 1}" for n in range(500))), GOOD),
    "0.0.0.0": (says("A 0.0.0.0"), ("dns.bogon", "resolve")),
    "multicast": (says("A 224.0.0.1"), ("dns.bogon", "resolve")),
    "broadcast": (says("A 255.255.255.255"), ("dns.bogon", "resolve")),
    "one bogon, one address": (says("A 0.0.0.0", "A 127.0.0.1"), GOOD),
    "silence": (lambda query: [], SILENT),
    "answer after the deadline": (lambda query: [SECONDS + 0.05, response(query, "A 127.0.0.1")], SILENT),
    "wrong id": (lambda query: [response(with_id(query, query.id ^ 1), "A 127.0.0.1")], MANGLED),
    "wrong question": (lambda query: [response(other_name(query), "A 127.0.0.1")], MANGLED),
    "the question itself": (lambda query: [query.to_wire()], MANGLED),
    "another operation": (at(2, b"\xa8"), MANGLED),
    "empty datagram": (lambda query: [b""], MANGLED),
    "header only": (edited(lambda wire: bytes(wire[:12])), MANGLED),
    "cut in the answer": (edited(lambda wire: bytes(wire[:-14])), MANGLED),
    "64 kB of junk": (lambda query: [b"\xff" * 60_000], MANGLED),
    "pointer loop": (at(12, b"\xc0\x0c"), MANGLED),
    "label of 127": (at(12, b"\x7f"), MANGLED),
    "65535 answers counted": (at(6, b"\xff\xff"), MANGLED),
    "an address of 3 bytes": (raw_record(1, b"\x7f\x00\x00"), MANGLED),
    "TTL of 2^31": (raw_record(1, b"\x7f\x00\x00\x01", ttl=1 << 31), GOOD),
    "trailing junk": (edited(lambda wire: bytes(wire) + b"junk" * 100), GOOD),
    "junk, then the answer": (lambda query: [b"junk"] * 40 + [response(query, "A 127.0.0.1")], GOOD),
    "junk, a wrong id, then the answer": (
        lambda query: [
            b"\x00",
            response(with_id(query, query.id ^ 1), "A 10.0.0.1"),
            0.02,
            response(query, "A 127.0.0.1"),
        ],
        GOOD,
    ),
}


# What is passed over in silence costs the whole deadline; without the kernel's aids one such row is enough.
ONE_WAY = {row for row, (_, expected) in ROWS.items() if expected in (SILENT, MANGLED)} - {"silence"}
BOTH_WAYS = [row for row in ROWS if row not in ONE_WAY]


@pytest.mark.parametrize(
    ("row", "able"), [*((row, None) for row in ROWS), *((row, BARE) for row in BOTH_WAYS)]
)
async def test_a_broken_resolver_has_its_own_cause(row, able) -> None:
    reply, expected = ROWS[row]
    seconds = SECONDS if expected in (SILENT, MANGLED) else 2.0
    with name_server(reply) as resolver, tcp_server(hold, host="127.0.0.1") as server:
        async with bench(able) as ready:
            how = {"host": NAME, "resolvers": (resolver,)}
            hostile = await ready.ask(Tcp(), port=server.port, seconds=seconds, **how)
            asked = await ready.ask(Dns(), seconds=seconds, **how)
            after = await ready.ask(Tcp(), port=server.port)

    assert expected == verdict(hostile)
    # The question itself is answered also when nobody can be dialled at the address.
    assert verdict(asked)[0] == (None if expected[0] == "dns.bogon" else expected[0])
    assert verdict(after) == GOOD


async def test_a_second_answer_is_kept_as_evidence() -> None:
    def forged(query):
        return [response(query, "A 127.0.0.9", flags=dns.flags.AA), 0.02, response(query, "A 127.0.0.1")]

    with name_server(forged) as resolver:
        observation = await ask(Dns(listen=0.1), host=NAME, resolvers=(resolver,))

    [query] = observation.evidence.dns
    assert [(one.records[0].data, one.authoritative) for one in query.responses] == [
        ("127.0.0.9", True),
        ("127.0.0.1", False),
    ]
    assert query.error is None
    assert 0.02 <= query.responses[1].after_seconds < 0.1
    assert seconds_of(observation)["resolve"] < 0.02


async def test_listening_never_outlasts_the_deadline() -> None:
    slow = lambda query: [0.2, response(query, "A 127.0.0.1")]  # noqa: E731
    with name_server(slow) as resolver:
        observation = await ask(Dns(listen=5.0), host=NAME, resolvers=(resolver,), seconds=0.4)

    assert verdict(observation) == GOOD
    assert observation.elapsed_seconds < 0.4


async def test_the_evidence_is_bounded_and_clean_and_holds_the_answer_used() -> None:
    evil = "\\027[31m<script>\\226\\128\\174"

    def reply(query):
        return [b"junk"] * 60 + [response(query, *(f'TXT "{evil}{n}"' for n in range(100)), extended=(15, 4))]

    with name_server(reply) as resolver:
        observation = await ask(Dns(type="TXT"), host=NAME, resolvers=(resolver,))

    [query] = observation.evidence.dns
    assert verdict(observation) == GOOD
    assert len(query.responses) == 16
    assert query.responses[-1].extended_errors == (15, 4)
    assert len(query.responses[-1].records) == 32


async def test_silence_is_told_in_the_evidence() -> None:
    with name_server(lambda query: []) as resolver:
        observation = await ask(Dns(), host=NAME, resolvers=(resolver,), seconds=SECONDS)

    assert [query.error for query in observation.evidence.dns] == ["no answer"]
    assert seconds_of(observation) == {}
    assert observation.failure.after_seconds >= SECONDS


async def test_link_local_without_a_link_is_nobodys_address() -> None:
    with name_server(
        lambda query: [response(query, "AAAA fe80::1") if query.question[0].rdtype == 28 else response(query)]
    ) as resolver:
        observation = await ask(Tcp(), host=NAME, resolvers=(resolver,), seconds=SECONDS)

    assert verdict(observation) == ("dns.bogon", "resolve")


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..test", ".".join(["a" * 60] * 5)])
async def test_a_name_that_dns_cannot_carry_opens_no_socket(host) -> None:
    async with bench() as ready:
        observation = await ready.ask(Dns(), host=host, resolvers=("udp://127.0.0.1:9",))

    assert verdict(observation) == ("dns.failed", "resolve")
    assert ready.network.opened == []


async def test_a_flood_does_not_stop_the_loop() -> None:
    with name_server(flood) as resolver:
        began = time.monotonic()
        observation = await ask(Tcp(), host=NAME, resolvers=(resolver,), seconds=SECONDS)

    # A server that floods from a thread beside ours leaves us little time to read anything.
    assert verdict(observation) in (MANGLED, SILENT)
    assert time.monotonic() - began < SECONDS + 0.5


async def test_a_forged_answer_leads_to_a_probe_of_that_address() -> None:
    with (
        name_server(says("A 127.0.0.7")) as resolver,
        tcp_server(answering(ok()), host="127.0.0.7") as server,
    ):
        observation = await ask(Http(), host=NAME, port=server.port, resolvers=(resolver,))

    assert verdict(observation) == GOOD
    assert observation.evidence.tcp.address == "127.0.0.7"


@st.composite
def mutants(draw):
    """Edit an honest answer; the question is edited in too, by its offset."""
    edits = draw(st.lists(st.tuples(st.integers(0, 80), st.binary(min_size=1, max_size=4)), max_size=6))
    return edits, draw(st.binary(max_size=30))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    answers=st.lists(st.binary(max_size=60) | mutants(), min_size=1, max_size=3),
    kind=st.integers(1, 300),
    data=st.binary(max_size=40),
)
@example(answers=[], kind=29, data=b"\x00" * 16)
@example(answers=[], kind=41, data=b"\x00\x0f\x00\x01\xff")
async def test_any_bytes_give_exactly_one_lawful_observation(answers, kind, data) -> None:
    def reply(query):
        for one in answers:
            if isinstance(one, bytes):
                yield query.id.to_bytes(2, "big") + one
                continue
            wire = bytearray(response(query, "A 127.0.0.1", "CNAME x.test."))
            for index, new in one[0]:
                wire[index : index + len(new)] = new
            yield query.id.to_bytes(2, "big") + bytes(wire[2:]) + one[1]
        yield from raw_record(kind, data)(query)

    with name_server(reply) as resolver:
        observation = await ask(Dns(), host=NAME, resolvers=(resolver,), seconds=0.02)

    assert observation.failure is None or observation.failure.cause.startswith("dns.")
    assert not [text for text in texts(observation) if "\x1b" in text]
