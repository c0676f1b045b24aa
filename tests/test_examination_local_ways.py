"""Ways out that lead nowhere: IPv6 of a network that has none, and a proxy of this machine that is dead."""

from dataclasses import replace

from probe.model import (
    AddressFamily,
    DnsQuery,
    DnsRecord,
    DnsResponse,
    Evidence,
    Observation,
    Phase,
    Proxy,
)
from tests.cases import FAR, NEAR, VANTAGE
from tests.local_cases import (
    OURS6,
    anchored,
    found,
    page,
    said,
    seen,
    verified,
)

ACCESS, PROXY = "access[wifi]", "proxy[wifi]"


def by_ipv6(cause: str, *, hop: str = "hk", address: str = OURS6, **facts) -> Observation:
    return seen(cause, hop=hop, address=address, **facts)


IPV6 = {"family": AddressFamily.IPV6}


def test_ipv6_that_leads_nowhere_is_the_vantages_and_harms_nobody():  # X30
    answers = {
        "anchor:near:ipv6": by_ipv6("tcp.unreachable", hop="near", address="2001:db8:9::1", at=0.3),
        "anchor:near:ipv4": page(NEAR),
    }

    expected = ("local.ipv6", "tcp.ip6_broken", "ok", ACCESS)
    assert said(by_ipv6("tcp.unreachable"), answers=answers, **IPV6) == expected
    assert said(by_ipv6("tcp.timeout"), answers=answers, **IPV6) == expected


def test_one_host_that_ipv6_does_not_reach_is_that_hosts_own():  # S016
    answers = {
        "anchor:near:ipv6": by_ipv6("", hop="near", address="2001:db8:9::1", at=0.3),
        "anchor:near:ipv4": page(NEAR),
    }

    assert found(by_ipv6("tcp.timeout"), answers=answers, **IPV6) is None
    assert found(by_ipv6("tcp.timeout"), answers={"anchor:near:ipv4": page(NEAR)}, **IPV6) is None


def test_a_gateway_that_is_silent_by_ipv6_says_so_itself():
    silent_gateway = by_ipv6("local.gateway_unreachable")

    assert said(silent_gateway, answers={"anchor:near:ipv4": page(NEAR)}, **IPV6)[1] == "tcp.ip6_broken"
    assert found(silent_gateway, **IPV6) is None


def test_a_network_without_ipv6_lacks_nothing():
    no_route = by_ipv6("local.no_route", elapsed_seconds=0.0)

    assert found(no_route, answers={"anchor:near:ipv4": page(NEAR)}, **IPV6) is None
    unresolved = seen("local.no_route", phase=Phase.RESOLVE)
    assert said(unresolved, **IPV6)[:2] == ("local.own", "local.no_route")


def through_proxy(cause: str, *, hop: str = "hk", **facts) -> Observation:
    evidence = Evidence(proxy=Proxy(protocol="socks5", asked=f"{hop}:443"))
    return seen(cause, hop=hop, evidence=evidence, **facts)


def test_a_proxy_behind_which_nobody_is_heard_is_broken():
    vantage = replace(VANTAGE, proxied=True)
    mute = anchored(
        through_proxy("http.closed", hop="near", at=0.3),
        through_proxy("relay.proxy.timeout", hop="far", at=0.3),
    )

    expected = ("local.proxy", "local.proxy_broken", "down", PROXY)
    assert said(through_proxy("tls.closed"), answers=mute, vantage=vantage) == expected
    assert said(through_proxy("relay.proxy.timeout"), answers=mute, vantage=vantage) == expected
    heard = mute | {"anchor:far": page(FAR)}
    assert found(through_proxy("tls.closed"), answers=heard, vantage=vantage) is None


def made_up(hop: str, address: str, **facts) -> Observation:
    answer = DnsResponse(
        after_seconds=0.001,
        rcode="NOERROR",
        authoritative=False,
        truncated=False,
        records=(DnsRecord(name=hop, type="A", ttl=1, data=address),),
    )
    query = DnsQuery(name=hop, type="A", resolver="udp://198.18.0.2:53", transport="udp", responses=(answer,))
    return seen("local.fake_ip", hop=hop, evidence=Evidence(dns=(query,)), **facts)


def test_a_fake_address_that_leads_to_the_hop_is_a_proxy_that_works():  # S008
    works = {"proxy:hop": verified("hk", at=0.3)}

    assert said(made_up("hk", "198.18.0.7"), answers=works)[1:3] == ("meta.proxied_vantage", "ok")


def test_fake_addresses_that_lead_nowhere_are_a_proxy_that_is_dead():  # S009
    mute = {"proxy:hop": seen("tls.closed", at=0.3), "proxy:other": seen("tls.closed", hop="static", at=0.3)}

    assert said(made_up("hk", "198.18.0.7"), answers=mute)[1:3] == ("local.proxy_broken", "down")
    half = {"proxy:hop": seen("tls.closed", at=0.3)}
    assert said(made_up("hk", "198.18.0.7"), answers=half)[1:3] == ("local.fake_ip", "insufficient")
