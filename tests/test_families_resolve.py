"""A check about one family asks for its addresses alone, and a family that a hop need not have is not asked for in vain."""

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from probe.absences import Absences
from probe.model import AddressFamily, Outcome
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.steps.query import absent_seconds
from probe.vantage.source import Source
from tests.rig import bench, seconds_of, verdict
from tests.rig_servers import answering, hold, name_server, tcp_server

pytestmark = pytest.mark.alone

NAME = "hop.test"
IPV4, IPV6 = AddressFamily.IPV4, AddressFamily.IPV6
GOOD = (None, None)


class Zone:
    """Answers with addresses by record type, and remembers what it was asked."""

    def __init__(self, *, negative_ttl=None, minimum=60, rcode=None, **addresses):
        self.asked = []
        self._negative = (negative_ttl, minimum)
        self._addresses = addresses
        self._rcode = rcode

    def __call__(self, query):
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append(kind)
        answer = dns.message.make_response(query)
        ttl, minimum = self._negative
        if kind in self._addresses:
            answer.answer.append(dns.rrset.from_text(f"{NAME}.", 5, "IN", kind, self._addresses[kind]))
        elif ttl is not None:
            soa = f"ns.test. root.test. 1 2 3 4 {minimum}"
            answer.authority.append(dns.rrset.from_text("test.", ttl, "IN", "SOA", soa))
        if self._rcode is not None:
            answer.set_rcode(self._rcode)
        return [answer.to_wire()]


async def asking(zone, *, times=1, host=NAME, **how):
    """Ask so many times and return the observations."""
    with tcp_server(hold) as four, name_server(zone) as resolver:
        async with bench() as ready:
            return [
                await ready.ask(Tcp(), host=host, port=four.port, resolvers=(resolver,), **how)
                for _ in range(times)
            ]


@pytest.mark.parametrize(("family", "asked"), [(AddressFamily.ANY, ["A"]), (IPV4, ["A"]), (IPV6, ["AAAA"])])
async def test_only_the_family_that_is_wanted_is_asked_for(family, asked):
    zone = Zone(A="127.0.0.1", AAAA="::1")
    [observation] = await asking(zone, family=family)

    assert zone.asked == asked
    assert observation.evidence.tcp.address == ("::1" if family is IPV6 else "127.0.0.1")


async def test_ipv6_is_dialled_although_ipv4_would_do():
    zone = Zone(A="127.0.0.1", AAAA="::1")
    with tcp_server(hold, host="::1") as server, name_server(zone) as resolver:
        async with bench() as ready:
            observation = await ready.ask(
                Tcp(), host=NAME, port=server.port, resolvers=(resolver,), family=IPV6
            )

    assert verdict(observation) == GOOD
    assert set(seconds_of(observation)) == {"resolve", "connect"}


async def test_a_name_that_lacks_the_family_the_user_asks_for_fails_the_check():
    zone = Zone(A="127.0.0.1")
    [observation] = await asking(zone, family=IPV6)

    assert (observation.outcome, verdict(observation)) == (Outcome.FAILED, ("dns.no_data", "resolve"))
    assert observation.failure.detail == f"{NAME} has no IPv6 address"
    assert zone.asked == ["AAAA"]


async def test_a_family_that_nobody_promised_is_not_measured_for_one_question():
    zone = Zone(A="127.0.0.1")
    [observation] = await asking(zone, family=IPV6, absences=Absences())

    assert (observation.outcome, verdict(observation)[0]) == (Outcome.NOT_MEASURED, "meta.no_address")
    assert zone.asked == ["AAAA"]
    assert observation.evidence.tcp is None


@pytest.mark.parametrize(
    ("negative", "known_seconds"),
    [
        ({"negative_ttl": 300, "minimum": 60}, 60),
        ({"negative_ttl": 30, "minimum": 3600}, 30),
        ({"negative_ttl": 86_400, "minimum": 86_400}, 900),
        ({"negative_ttl": 0, "minimum": 3600}, 0),
        ({}, 0),
    ],
    ids=["minimum", "ttl", "a quarter of an hour at most", "ttl of 0", "no word"],
)
async def test_an_absence_holds_as_long_as_the_zone_says(negative, known_seconds):
    zone = Zone(A="127.0.0.1", **negative)
    message = dns.message.from_wire(zone(dns.message.make_query(NAME, "AAAA"))[0])

    assert absent_seconds(message) == known_seconds


def test_what_is_absent_is_known_until_its_time_is_over():
    absences, wanted = Absences(), (("udp://192.0.2.53:53",), NAME, "AAAA")
    absences.note(wanted, 5, 60.0)

    assert absences.is_known(wanted, 5 + 60 * 10**9 - 1)
    assert not absences.is_known(wanted, 5 + 60 * 10**9)
    assert not absences.is_known((("udp://192.0.2.54:53",), NAME, "AAAA"), 6)


async def test_within_that_time_no_question_is_asked():
    zone = Zone(A="127.0.0.1", negative_ttl=300)
    observations = await asking(zone, times=3, family=IPV6, absences=Absences())

    assert [verdict(one)[0] for one in observations] == ["meta.no_address"] * 3
    assert zone.asked == ["AAAA"]
    assert [len(one.evidence.dns) for one in observations] == [1, 0, 0]


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP])
async def test_a_family_of_which_no_resolver_tells_is_no_failure_and_no_absence(rcode):
    zone = Zone(rcode=rcode)
    observations = await asking(zone, times=2, family=IPV6, absences=Absences())

    assert [(one.outcome, *verdict(one)) for one in observations] == [
        (Outcome.NOT_MEASURED, "meta.insufficient", "resolve")
    ] * 2
    assert observations[0].failure.detail == (
        f"no resolver tells whether {NAME} has an IPv6 address: {observations[0].evidence.dns[0].resolver}"
        f" answered {dns.rcode.to_text(rcode)}"
    )
    assert len(zone.asked) >= 2


async def test_a_resolver_that_is_silent_for_a_family_never_seen_tells_nothing_in_whatever_time():
    [observation] = await asking(lambda _: [], family=IPV6, absences=Absences(), seconds=0.4)

    assert (observation.outcome, *verdict(observation)) == (
        Outcome.NOT_MEASURED,
        "meta.insufficient",
        "resolve",
    )
    assert observation.failure.detail.startswith(
        f"no resolver tells whether {NAME} has an IPv6 address: there was no answer in time; "
    )


async def test_a_name_that_does_not_exist_is_told_as_such():
    [observation] = await asking(Zone(rcode=dns.rcode.NXDOMAIN), family=IPV6, absences=Absences())

    assert (observation.outcome, verdict(observation)[0]) == (Outcome.FAILED, "dns.nxdomain")


async def test_a_failure_for_a_family_that_was_there_is_one():
    good, broken = Zone(AAAA="::1"), Zone(rcode=dns.rcode.SERVFAIL)

    def breaking(query):
        return (broken if good.asked else good)(query)

    observations = await asking(breaking, times=2, family=IPV6, absences=Absences())

    assert verdict(observations[1])[0] == "dns.servfail"


async def test_a_vantage_without_the_family_asks_nobody():
    zone = Zone(A="127.0.0.1", AAAA="::1")
    [observation] = await asking(zone, family=IPV6, way=Source(address="127.0.0.1"))

    assert (observation.outcome, verdict(observation)[0]) == (Outcome.NOT_MEASURED, "local.family_mismatch")
    assert zone.asked == []


@pytest.mark.parametrize(
    ("family", "address"), [(AddressFamily.ANY, "127.0.0.1"), (IPV4, "127.0.0.1"), (IPV6, "::1")]
)
async def test_localhost_has_both_families_and_is_asked_of_nobody(family, address):
    zone = Zone()
    [observation] = await asking(zone, host="localhost", family=family)

    assert (observation.evidence.tcp.address, zone.asked) == (address, [])


async def test_a_redirect_to_a_literal_of_the_other_family_is_no_more_of_the_check():
    zone = Zone(AAAA="::1")
    with tcp_server(hold) as elsewhere:
        location = b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n"
        with (
            tcp_server(answering(location % elsewhere.port), host="::1") as server,
            name_server(zone) as resolver,
        ):
            async with bench() as ready:
                observation = await ready.ask(
                    Http(redirects=1), host=NAME, port=server.port, resolvers=(resolver,), family=IPV6
                )

    assert verdict(observation)[0] == "meta.no_address"
    assert elsewhere.peers == []


def test_an_address_is_of_one_family():
    assert [AddressFamily.of(one) for one in ("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1")] == [
        IPV4,
        IPV6,
        IPV6,
    ]
