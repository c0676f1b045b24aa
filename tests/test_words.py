"""Findings in plain words, whatever targets put into the evidence."""

import pytest

from probe.model import (
    DnsQuery,
    DnsRecord,
    DnsResponse,
    Evidence,
    Failure,
    Http,
    Level,
    Outcome,
    Ping,
    Tcp,
    Tls,
    Trace,
    Verdict,
)
from probe.words import advice, asked, came, place, surety
from tests.store_records import failed, finding, identity, observation


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("path[wifi>hk-vps]", "on the way from wifi to hk-vps"),
        ("host[hk-vps]", "hk-vps itself"),
        ("access[wifi]", "wifi's own network"),
        ("agent[local]", "this machine, local"),
        ("proxy[clash]", "the local proxy of clash"),
        ("resolver[udp://[2001:db8::53]:53]", "the resolver udp://[2001:db8::53]:53"),
        ("seg[hk-vps>vercel]", "between hk-vps and vercel"),
        ("edge[vercel@hkg1]", "the point of presence hkg1 of vercel"),
        ("exit[telecom>us]", "the way out of telecom to us"),
        ("quota[direct,key]", "the quota of key at direct"),
        ("auth[direct,key]", "the key key at direct"),
        ("isp[telecom]", "the provider telecom"),
        ("platform[vercel]", "the platform vercel"),
        ("zone[example.net]", "our own names in DNS, example.net"),
        (None, "one vantage alone cannot tell where"),
        ("path[wifi]", "path[wifi]"),
        ("path[a>b>c]", "path[a>b>c]"),
        ("moon[x]", "moon[x]"),
        ("host[]", "host[]"),
        ("host[{0.__class__}]", "{0.__class__} itself"),
        ("nonsense\u202e", "nonsense\ufffd"),
    ],
)
def test_an_element_is_said_as_a_place(element, said):
    assert place(element) == said


@pytest.mark.parametrize(
    ("changes", "controls", "said"),
    [
        ({}, 2, "shown by 2 more answers"),
        ({}, 1, "shown by 1 more answer"),
        ({}, 0, "by the probe alone: nothing else was asked, or it told no more"),
        ({"level": Level.DISCARDED}, 1, "uncertain: what was seen has passed, or contradicts itself"),
        ({"level": Level.NONE}, 1, "not enough evidence to say more"),
        ({"verdict": Verdict.INSUFFICIENT}, 2, "what else was asked does not tell more"),
    ],
)
def test_how_sure_a_finding_is(changes, controls, said):
    parents = [identity(number) for number in range(1, 2 + controls)]

    assert surety(finding(9, parents=parents, **changes)) == said


def test_what_to_do_is_that_of_the_nearest_known_cause():
    assert (advice("tcp.refused.somehow"), advice("nonsense")) == (advice("tcp.refused"), "")
    assert advice("tcp.refused")


def query(*responses: DnsResponse) -> Evidence:
    return Evidence(
        dns=(
            DnsQuery(
                name="hop.test",
                type="A",
                resolver="udp://192.0.2.53:53",
                transport="udp",
                responses=responses,
            ),
        )
    )


def response(*data: str, role: str = "used") -> DnsResponse:
    records = tuple(DnsRecord(name="hop.test", type="A", ttl=5, data=one) for one in data)
    return DnsResponse(
        after_seconds=0.1, rcode="NOERROR", authoritative=False, truncated=False, records=records, role=role
    )


TCP = Tcp(address="2001:db8::1", port=443)
TLS = Tls(server_name="www.example.com")


@pytest.mark.parametrize(
    ("kind", "evidence", "said"),
    [
        ("tcp", Evidence(tcp=TCP), "a connection with [2001:db8::1]:443"),
        ("tls", Evidence(tcp=TCP, tls=TLS), "a TLS handshake with [2001:db8::1]:443, naming www.example.com"),
        (
            "tls",
            Evidence(tcp=TCP, tls=Tls(server_name="")),
            "a TLS handshake with [2001:db8::1]:443, naming no host",
        ),
        (
            "http",
            Evidence(tcp=TCP, http=Http(url="https://a.test/x")),
            "https://a.test/x at [2001:db8::1]:443",
        ),
        ("http", Evidence(), "http of vercel"),
        ("http", Evidence(tcp=TCP), "http of vercel at [2001:db8::1]:443"),
        ("dns", query(), "the A record of hop.test from udp://192.0.2.53:53"),
        (
            "icmp",
            Evidence(ping=Ping(address="192.0.2.1", socket="ping", size_bytes=56)),
            "a ping to 192.0.2.1",
        ),
        (
            "trace",
            Evidence(
                trace=Trace(
                    protocol="tcp", address="192.0.2.1", port=443, flow="stable", ended="target", packets=3
                )
            ),
            "the way to 192.0.2.1 by tcp",
        ),
        ("http", Evidence(http=Http(url="https://a.test/\u202e" + "x" * 500)), None),
    ],
)
def test_what_was_asked_is_said_by_its_evidence(kind, evidence, said):
    words = asked(observation(kind=kind, evidence=evidence))

    assert words == said or (said is None and len(words) == 200 and "\u202e" not in words)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (observation(), "answered"),
        (observation(evidence=Evidence(http=Http(url="u", status=204))), "status 204"),
        (
            observation(
                kind="dns", evidence=query(response("6.6.6.6", role="further"), response("192.0.2.1"))
            ),
            "192.0.2.1, 6.6.6.6",
        ),
        (observation(kind="dns", evidence=query(response("1", "2", "3", "4"))), "1, 2, 3, …"),
        (observation(kind="dns", evidence=query(response("9", role="stray"))), "answered"),
        (
            failed(failure=Failure(cause="tcp.refused", detail="")),
            "the port is closed: the connection was refused",
        ),
        (failed(failure=Failure(cause="nonsense", detail="")), "it failed"),
        (
            failed(outcome=Outcome.NOT_MEASURED, failure=Failure(cause="local.no_resolver", detail="")),
            "the vantage knows no resolver to ask",
        ),
    ],
)
def test_what_came_is_said_in_short(seen, said):
    assert came(seen) == said
