"""What is kept of every answer to a question, and how an extra probe asks otherwise."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from probe.model import Overrides
from probe.prober.dns import Dns
from probe.prober.tcp import Tcp
from probe.wire.udp import UdpSocket, new_udp_socket
from tests.rig import ANYWHERE, ask, bench, verdict
from tests.rig_dns import response, says, with_id
from tests.rig_servers import hold, name_server, tcp_server

NAME = "relay.test"
ANSWER = "A 127.0.0.1"
GOOD = (None, None)


def noting(seen, reply):
    """Answer as `reply` does and note the questions."""

    def script(query):
        seen.append(query)
        return reply(query)

    return script


def without_edns(query, *records, **how):
    """Answer as somebody who does not know EDNS."""
    answer = dns.message.from_wire(response(query, *records, **how))
    answer.use_edns(False)
    return answer.to_wire()


def denial(query):
    """Deny the name as its zone does."""
    answer = dns.message.from_wire(response(query, rcode=dns.rcode.NXDOMAIN))
    answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", "ns.test. admin.test. 1 1 1 1 60"))
    return answer.to_wire()


def told(observation, *fields):
    [query] = observation.evidence.dns
    return [tuple(getattr(one, field) for field in fields) for one in query.responses]


async def test_each_answer_says_what_it_was_for_us(linux) -> None:
    def forged(query):
        yield response(with_id(query, query.id ^ 1), "A 127.0.0.7")
        yield without_edns(query, "A 127.0.0.9", flags=dns.flags.AA)
        yield response(query, ANSWER)

    with name_server(forged) as resolver:
        observation = await ask(Dns(listen=0.1), host=NAME, resolvers=(resolver,))

    assert verdict(observation) == GOOD
    assert told(observation, "role", "flags", "payload_bytes", "packet_ttl") == [
        ("stray", "QR RD RA", 8192, 64),
        ("used", "QR AA RD RA", None, 64),
        ("further", "QR RD RA", 8192, 64),
    ]


async def test_a_denial_by_the_zone_names_it_and_a_bare_one_does_not() -> None:
    with (
        name_server(lambda query: [denial(query)]) as true,
        name_server(says(rcode=dns.rcode.NXDOMAIN)) as bare,
    ):
        by_zone = await ask(Dns(), host=NAME, resolvers=(true,))
        by_nobody = await ask(Dns(), host=NAME, resolvers=(bare,))

    assert [told(one, "rcode", "soa") for one in (by_zone, by_nobody)] == [
        [("NXDOMAIN", "test")],
        [("NXDOMAIN", None)],
    ]


@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_the_true_answer_is_heard_although_a_forged_one_has_ended_the_probe(prober) -> None:
    with name_server(lambda query: [denial(query), 0.05, response(query, ANSWER)]) as resolver:
        observation = await ask(prober, host=NAME, resolvers=(resolver,))

    assert verdict(observation)[0] == "dns.nxdomain"
    assert told(observation, "role", "rcode") == [("used", "NXDOMAIN"), ("further", "NOERROR")]
    assert observation.elapsed_seconds < 0.4


async def test_no_flood_of_junk_or_echoes_hides_the_answer_used_nor_the_next() -> None:
    def flood(query):
        yield response(query, "A 127.0.0.9")
        yield from [b"junk"] * 14
        yield response(query, ANSWER)
        yield response(query, "A 127.0.0.2")
        yield from [response(query, "A 127.0.0.3")] * 3

    with name_server(flood) as resolver:
        observation = await ask(Dns(listen=0.1), host=NAME, resolvers=(resolver,))

    first, *_, last = [one for one in observation.evidence.dns[0].responses if one.role != "stray"]
    assert len(observation.evidence.dns[0].responses) == 16
    assert (first.role, first.records[0].data) == ("used", "127.0.0.9")
    assert {"127.0.0.1", "127.0.0.2"} <= {
        one.records[0].data for one in observation.evidence.dns[0].responses if one.role == "further"
    }
    assert last.role == "further"


async def test_datagrams_are_read_although_an_error_came_with_them(linux) -> None:
    async with bench() as ready:
        network = ready.network
        with ANYWHERE.open(2, 2) as peer:
            peer.bind(("127.0.0.1", 0))
            address, port = peer.getsockname()
            sock = new_udp_socket(address, port, ANYWHERE.open, network.able)
            datagrams = UdpSocket(sock, ready.clock, network._readiness, network.able)
            for word in (b"one", b"two"):
                peer.sendto(word, sock.getsockname())
        datagrams.send(b"?")  # nobody is there any more
        heard = [one.data for one in datagrams.waiting()]
        said = datagrams.icmp
        datagrams.close()

    assert heard == [b"one", b"two"]
    assert [(one.sender, one.type, one.code) for one in said] == [(address, 3, 3)]


# EDNS (RFC 6891): whoever cannot take it is asked without, as browsers and systems do.


def chokes(query):
    return [response(query, ANSWER) if query.edns < 0 else without_edns(query, rcode=dns.rcode.FORMERR)]


@pytest.mark.parametrize("prober", [Dns(), Tcp()], ids=["dns", "tcp"])
async def test_a_resolver_that_chokes_on_edns_is_asked_without(prober) -> None:
    with name_server(chokes) as resolver, tcp_server(hold) as server:
        observation = await ask(prober, host=NAME, port=server.port, resolvers=(resolver,))

    assert verdict(observation) == GOOD
    assert [(query.edns, query.responses[0].rcode) for query in observation.evidence.dns] == [
        (True, "FORMERR"),
        (False, "NOERROR"),
    ]


@pytest.mark.parametrize(
    "reply",
    [says(rcode=dns.rcode.FORMERR), lambda query: [] if query.edns < 0 else chokes(query)],
    ids=["chokes on both", "is silent without"],
)
async def test_who_gives_no_better_answer_without_edns_has_given_a_wrong_one(reply) -> None:
    with name_server(reply) as resolver:
        observation = await ask(Dns(), host=NAME, resolvers=(resolver,), seconds=0.2)

    assert verdict(observation)[0] == "dns.protocol"
    assert [query.edns for query in observation.evidence.dns] == [True, False]


async def test_an_extra_probe_asks_without_edns_or_demands_it() -> None:
    seen: list[dns.message.Message] = []
    with name_server(noting(seen, chokes)) as resolver:
        plain = await ask(Dns(), host=NAME, resolvers=(resolver,), overrides=Overrides(edns=False))
        demanded = await ask(Dns(), host=NAME, resolvers=(resolver,), overrides=Overrides(edns=True))

    assert [verdict(one)[0] for one in (plain, demanded)] == [None, "dns.protocol"]
    assert [query.edns for query in seen] == [-1, 0]


# Other overrides.


async def test_an_extra_probe_asks_for_another_name_and_type_which_the_checks_rule_is_not_about() -> None:
    seen: list[dns.message.Message] = []
    prober = Dns(answer="^never$")
    with name_server(noting(seen, says('TXT "x"'))) as resolver:
        observation = await ask(
            prober,
            host=NAME,
            resolvers=(resolver,),
            overrides=Overrides(name="neutral.test", record_type="TXT"),
        )

    assert verdict(observation) == GOOD
    assert [one.to_text() for query in seen for one in query.question] == ["neutral.test. IN TXT"]
    assert [(query.name, query.type) for query in observation.evidence.dns] == [("neutral.test", "TXT")]


async def test_an_extra_probe_asks_for_what_does_not_verify() -> None:
    def signed_wrongly(query):
        ok = query.flags & dns.flags.CD
        return [
            response(query, *([ANSWER] if ok else []), rcode=dns.rcode.NOERROR if ok else dns.rcode.SERVFAIL)
        ]

    unchecked = Overrides(checking_disabled=True)
    with name_server(signed_wrongly) as resolver:
        usual = await ask(Dns(), host=NAME, resolvers=(resolver,))
        extra = await ask(Dns(), host=NAME, resolvers=(resolver,), overrides=unchecked)

    assert [verdict(one)[0] for one in (usual, extra)] == ["dns.servfail", None]
    assert [one.evidence.dns[0].checking_disabled for one in (usual, extra)] == [False, True]


# One resolver alone.


async def test_a_resolver_alone_is_asked_again_when_something_on_the_way_called_it_unreachable() -> None:
    with name_server(lambda query: []) as closed:
        pass
    observation = await ask(Tcp(), host=NAME, resolvers=(closed,))

    assert verdict(observation) == ("dns.resolver_unreachable", "resolve")
    assert [query.error for query in observation.evidence.dns] == ["Connection refused"] * 2
