"""Which resolver is asked, how often, over what, and what the wait for it counts as."""

import asyncio

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset
import pytest

from probe.model import Overrides
from probe.prober.dns import Dns
from probe.prober.tcp import Tcp
from probe.vantage.system import System
from tests.rig import ask, seconds_of, stamps_of, verdict
from tests.rig_dns import framed, response, says, with_id
from tests.rig_servers import hold, name_server, tcp_server

SECONDS = 0.15
NAME = "relay.test"


GOOD = (None, None)


@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_a_closed_port_of_the_resolver_is_told_by_icmp(prober) -> None:
    with name_server(lambda query: []) as resolver:
        pass
    observation = await ask(prober, host=NAME, resolvers=(resolver,), seconds=SECONDS)

    assert verdict(observation) == ("dns.resolver_unreachable", "resolve")


TRUNCATED = says(flags=dns.flags.TC)


def crumbled(query):
    for byte in framed("A 127.0.0.1")(query)[0]:
        yield bytes([byte])


OVER_TCP = {
    "honest": (framed("A 127.0.0.1"), GOOD),
    "byte by byte": (crumbled, GOOD),
    "truncated again": (framed("A 127.0.0.1", flags=dns.flags.TC), GOOD),
    "no TCP": (None, ("dns.truncated_no_tcp", "resolve")),
    "closed at once": (lambda query: [], ("dns.truncated_no_tcp", "resolve")),
    "closed in the length": (lambda query: [b"\x00"], ("dns.truncated_no_tcp", "resolve")),
    "closed in the message": (lambda query: [b"\x01\x00abc"], ("dns.truncated_no_tcp", "resolve")),
    "silence": (lambda query: [2 * SECONDS], ("dns.truncated_no_tcp", "resolve")),
    "length of 0": (lambda query: [b"\x00\x00"], ("dns.protocol", "resolve")),
    "junk": (lambda query: [b"\x00\x04junk"], ("dns.protocol", "resolve")),
    "64 kB of junk": (lambda query: [b"\xff\xff" + b"\xff" * 65_535], ("dns.protocol", "resolve")),
    "wrong id": (
        lambda query: framed("A 127.0.0.1")(with_id(query, query.id ^ 1)),
        ("dns.protocol", "resolve"),
    ),
    "servfail": (framed(rcode=dns.rcode.SERVFAIL), ("dns.servfail", "resolve")),
}


@pytest.mark.parametrize("row", OVER_TCP)
@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_a_truncated_answer_is_asked_for_over_tcp(row, prober) -> None:
    by_tcp, expected = OVER_TCP[row]
    with name_server(TRUNCATED, by_tcp) as resolver, tcp_server(hold) as server:
        observation = await ask(prober, host=NAME, port=server.port, resolvers=(resolver,), seconds=SECONDS)

    judged = isinstance(prober, Dns) and expected[0] == "dns.servfail"
    assert (expected[0], None if judged else expected[1]) == verdict(observation)
    assert [query.transport for query in observation.evidence.dns[:1]] == ["tcp"]
    if expected == GOOD:
        assert stamps_of(observation)["resolve"] == "user"


# Several resolvers: (how the first and the second behave, the cause, how many questions that takes).
IN_TURN = {
    "servfail, then good": ((says(rcode=dns.rcode.SERVFAIL), says("A 127.0.0.1")), None, 2),
    # Once more without EDNS.
    "protocol, then good": ((says(rcode=dns.rcode.FORMERR), says("A 127.0.0.1")), None, 3),
    "no tcp, then good": ((TRUNCATED, says("A 127.0.0.1")), None, 2),
    "nxdomain is final": ((says(rcode=dns.rcode.NXDOMAIN), says("A 127.0.0.1")), "dns.nxdomain", 1),
    "servfail tells more than silence": (
        (says(rcode=dns.rcode.SERVFAIL), lambda query: []),
        "dns.servfail",
        None,
    ),
}


@pytest.mark.parametrize("row", IN_TURN)
async def test_resolvers_are_asked_in_turn_and_the_most_telling_failure_is_told(row) -> None:
    (first, second), cause, questions = IN_TURN[row]
    with name_server(first) as one, name_server(second) as other, tcp_server(hold) as server:
        observation = await ask(Tcp(), host=NAME, port=server.port, resolvers=(one, other), seconds=0.4)

    assert cause == verdict(observation)[0]
    assert questions in (None, len(observation.evidence.dns))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (says(rcode=dns.rcode.REFUSED), "{} answered REFUSED"),
        (TRUNCATED, "{}: truncated answer, and over TCP: [Errno 111] Connection refused"),
        (lambda query: [], "the deadline of 0.15 s passed in resolve; {} has not answered"),
    ],
    ids=["refused", "no TCP", "silent"],
)
@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_it_is_told_which_resolver_it_was(prober, script, told) -> None:
    with name_server(script) as resolver:
        observation = await ask(prober, host=NAME, resolvers=(resolver,), seconds=SECONDS)

    assert observation.failure is not None
    assert told.format(resolver) == observation.failure.detail


async def test_of_several_resolvers_the_one_is_told_that_said_most() -> None:
    with name_server(lambda query: []) as closed:
        pass
    with name_server(says(rcode=dns.rcode.REFUSED)) as unwilling:
        observation = await ask(Tcp(), host=NAME, resolvers=(closed, unwilling), seconds=SECONDS)
        nobody = await ask(Tcp(), host=NAME, resolvers=(closed,), seconds=SECONDS)

    assert observation.failure is not None
    assert nobody.failure is not None
    assert f"{unwilling} answered REFUSED" == observation.failure.detail
    assert f"{closed}: connection refused" == nobody.failure.detail


async def test_our_own_lack_of_a_route_does_not_hide_what_the_other_resolver_does() -> None:
    with name_server(lambda query: []) as closed:
        pass
    observation = await ask(Tcp(), host=NAME, resolvers=(closed, "udp://[fe80::53]:53"))

    assert verdict(observation) == ("dns.resolver_unreachable", "resolve")


async def test_the_wait_for_a_silent_resolver_is_in_the_phase_and_silence_tells_less_than_a_refusal() -> None:
    good, refused = says("A 127.0.0.1"), says(rcode=dns.rcode.REFUSED)
    with (
        name_server(lambda query: []) as silent,
        name_server(good) as other,
        name_server(refused) as unwilling,
        tcp_server(hold) as server,
    ):
        served, denied = await asyncio.gather(
            ask(Tcp(), host=NAME, port=server.port, resolvers=(silent, other), seconds=3),
            ask(Tcp(), host=NAME, port=server.port, resolvers=(silent, unwilling), seconds=2.3),
        )

    assert verdict(served) == GOOD
    assert 2.0 <= seconds_of(served)["resolve"] < 2.2
    assert verdict(denied) == ("dns.refused", "resolve")


async def test_ipv6_alone_is_asked_for_second_and_both_waits_count() -> None:
    def only_ipv6(query):
        ipv6 = query.question[0].rdtype == 28
        return [0.05, response(query, *(["AAAA ::1"] if ipv6 else []))]

    with name_server(only_ipv6) as resolver, tcp_server(hold, host="::1") as server:
        observation = await ask(Tcp(), host=NAME, port=server.port, resolvers=(resolver,))

    assert verdict(observation) == GOOD
    assert [query.type for query in observation.evidence.dns] == ["A", "AAAA"]
    assert 0.1 <= seconds_of(observation)["resolve"] < 0.15


async def test_no_resolver_is_our_own_trouble() -> None:
    for prober in (Dns(), Tcp()):
        assert (await ask(prober, host=NAME)).failure.cause == "local.no_resolver"


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "x.localhost", "localhost.", "127.0.0.1"])
async def test_what_needs_no_question_has_no_resolve_phase(name) -> None:
    with tcp_server(hold) as server:
        observation = await ask(Tcp(), host=name, port=server.port)

    assert verdict(observation) == GOOD
    assert {"connect"} == set(seconds_of(observation))


@pytest.mark.parametrize(
    ("prober", "records", "cause"),
    [
        (Dns(type="TXT", answer="v=1"), ('TXT "v=1"',), None),
        (Dns(type="TXT", answer="v=2"), ('TXT "v=1"',), "dns.unexpected"),
        (Dns(type="MX", answer="10 mail"), ("MX 10 mail.test.",), None),
        (Dns(type="CNAME"), ("CNAME other.test.",), None),
        (Dns(type="AAAA"), ("A 127.0.0.1",), "dns.no_data"),
        (Dns(type="A", answer=r"^127\."), ("@other.test A 127.0.0.1",), "dns.no_data"),
        (Dns(name="named.test"), ("A 127.0.0.1",), None),
    ],
)
async def test_an_answer_is_judged(prober, records, cause) -> None:
    with name_server(says(*records)) as resolver:
        observation = await ask(prober, host=NAME, resolvers=(resolver,))

    assert cause == verdict(observation)[0]
    assert (prober.name or NAME) == observation.evidence.dns[0].name


async def test_a_check_may_ask_the_resolver_of_the_vantages_own_network() -> None:
    with name_server(says("A 127.0.0.1")) as one, name_server(says("A 127.0.0.2")) as own:

        class Network(System):
            def own_resolvers(self):
                return (own,)

        observation = await ask(Dns(resolver="interface"), host=NAME, resolvers=(one,), way=Network())

    assert [query.resolver for query in observation.evidence.dns] == [own]


async def test_the_check_and_the_extra_probe_choose_the_resolver() -> None:
    with (
        name_server(says("A 127.0.0.1")) as one,
        name_server(says("A 127.0.0.2")) as two,
        name_server(says("A 127.0.0.3")) as three,
    ):
        mine = await ask(Dns(resolver=two), host=NAME, resolvers=(one,))
        extra = await ask(Dns(resolver=two), host=NAME, resolvers=(one,), overrides=Overrides(resolver=three))

    assert [two, three] == [one.evidence.dns[0].resolver for one in (mine, extra)]
