"""Each ailment explains what it brings about and nothing else, and ends by what contradicts it."""

from dataclasses import replace

import pytest

from probe.model import (
    Failure,
    Observation,
    Phase,
    Purpose,
    Stamp,
    Timing,
    Uplink,
    UplinkState,
)
from tests.cases import NEAR as ANCHOR
from tests.cases import NOW_NS
from tests.health_told import (
    BROKEN,
    CUT_OFF,
    GATEWAY,
    NOTHING,
    PORTAL,
    PROXY,
    RESOLVER,
    SILENT,
    SKEW,
    Watched,
)
from tests.local_cases import YEAR, page, seen, untrusted, verified


@pytest.fixture
def watched() -> Watched:
    return Watched()


EXPLAINED = {
    GATEWAY: (
        "dns.timeout",
        "dns.resolver_unreachable",
        "tcp.timeout",
        "tcp.unreachable",
        "icmp.timeout",
        "tls.timeout",
    ),
    CUT_OFF: (
        "dns.timeout",
        "tcp.timeout",
        "tcp.unreachable.admin",
        "http.timeout.first_byte",
        "relay.proxy.timeout",
    ),
    PORTAL: (
        "tls.cert.name_mismatch",
        "tls.not_tls",
        "http.status",
        "tcp.refused",
        "tcp.timeout",
        "dns.nxdomain",
    ),
    PROXY: ("tls.closed", "relay.proxy", "http.closed", "tcp.timeout"),
}
NEVER = {
    GATEWAY: (
        "tcp.refused",
        "tls.reset",
        "tls.cert.expired",
        "http.status",
        "relay.upstream.refused",
        "dns.nxdomain",
    ),
    CUT_OFF: ("tcp.refused", "tls.reset.sni", "http.status", "api.auth", "vercel.internal"),
    PORTAL: ("relay.upstream.refused", "api.auth", "vercel.internal", "app.error"),
    PROXY: ("tls.cert.expired", "http.status", "dns.timeout", "relay.upstream.tls"),
    SKEW: ("tcp.timeout", "tls.cert.name_mismatch", "tls.cert.expired", "http.status"),
}


@pytest.mark.parametrize(
    ("ailment", "cause"), [(one, each) for one, some in EXPLAINED.items() for each in some]
)
def test_an_ailment_explains_what_it_brings_about(watched: Watched, ailment: str, cause: str):
    watched.finds(ailment)

    failure = watched.healths.excused("wifi", replace(SILENT, cause=cause), NOTHING)

    assert failure == Failure(
        cause=ailment,
        detail=f"so it was found; this probe ended as {cause}: no answer",
        phase=Phase.CONNECT,
        after_seconds=2.0,
        ended_as=cause,
    )


@pytest.mark.parametrize(("ailment", "cause"), [(one, each) for one, some in NEVER.items() for each in some])
def test_an_ailment_hides_no_failure_that_it_does_not_explain(watched: Watched, ailment: str, cause: str):
    watched.finds(ailment)

    assert watched.excuse(cause) == cause


def test_what_a_hop_says_that_proved_itself_is_its_own_word(watched: Watched):
    watched.finds(PORTAL)

    assert watched.excuse("http.status", verified("hk").evidence) == "http.status"
    assert watched.excuse("http.status") == PORTAL


def test_a_plain_answer_may_be_the_portals_own(watched: Watched):
    watched.finds(PORTAL)
    watched.clock.pass_time(0.1)

    watched.sees(page(ANCHOR))
    assert watched.ails == [PORTAL]
    watched.sees(verified())
    assert watched.ails == []


def test_a_clock_explains_certificates_that_are_in_their_time_by_the_clock_of_others(watched: Watched):
    now = NOW_NS // 10**9
    later = untrusted("", certificate={"not_before": now + 9 * YEAR, "not_after": now + 11 * YEAR}).evidence
    never = untrusted("", certificate={"not_before": now + 12 * YEAR}).evidence
    watched.sees(page(ANCHOR, ahead=10 * YEAR))
    watched.finds(SKEW, element="agent[a]")

    assert watched.excuse("tls.cert.not_yet_valid", later) == SKEW
    assert watched.excuse("tls.cert.not_yet_valid", never) == "tls.cert.not_yet_valid"
    watched.clock.pass_time(0.1)
    watched.sees(verified())
    assert watched.ails == [SKEW]
    watched.sees(page(ANCHOR, ahead=0.0))
    assert watched.ails == []


def resolved(**facts) -> Observation:
    timing = Timing(phase=Phase.RESOLVE, seconds=0.01, stamp=Stamp.KERNEL)
    return replace(seen(**facts), timings=(timing,))


def test_a_resolver_that_is_dead_for_every_name_explains_what_is_like_it(watched: Watched):
    watched.finds("dns.timeout.all", rule="names.silent", element="resolver[192.0.2.53]")

    assert watched.ails == [RESOLVER]
    assert watched.excuse("dns.timeout") == RESOLVER
    assert watched.excuse("dns.nxdomain") == "dns.nxdomain"
    assert watched.excuse("tcp.timeout") == "tcp.timeout"
    watched.clock.pass_time(0.1)
    watched.sees(resolved(purpose=Purpose.CONTROL))  # who knows which resolver that was
    assert watched.ails == [RESOLVER]
    watched.sees(resolved())
    assert watched.ails == []


def test_a_resolver_that_refuses_one_hops_name_may_do_so_for_that_name(watched: Watched):
    for hop in ("hk", "hk", "static"):
        assert watched.ails == []
        watched.finds("dns.refused", rule="names.refused", element="resolver[192.0.2.53]", hop=hop)

    assert watched.ails == [RESOLVER]
    assert watched.excuse("dns.refused") == RESOLVER
    assert watched.excuse("dns.timeout") == "dns.timeout"


def test_a_zone_that_nobody_can_ask_is_no_trouble_of_the_vantage(watched: Watched):
    watched.finds("dns.timeout.all", rule="names.silent", element="zone[example.net]")

    assert watched.ails == []


def uplink(*addresses: str) -> UplinkState:
    return UplinkState(vantage="wifi", is_up=True, since_ns=1, uplink=Uplink(addresses=addresses))


def test_another_network_need_not_have_the_last_ones_ailments(watched: Watched):
    watched.healths.take(uplink("192.168.7.20"))
    for cause in (PORTAL, SKEW, "local.resource"):
        watched.finds(cause)

    assert watched.healths.take(uplink("192.168.7.20")) is None
    assert watched.healths.take(uplink("10.9.8.7")) == "wifi"
    assert watched.ails == [SKEW, "local.resource"]


def test_broken_ipv6_is_an_ailment_that_excuses_nothing_here_and_is_told_elsewhere(watched: Watched):
    assert watched.healths.ipv6("wifi", is_broken=True)
    assert not watched.healths.ipv6("wifi", is_broken=True)

    assert watched.ails == [BROKEN]
    assert (watched.excuse(), watched.healths.notes()) == ("tcp.timeout", [])
    assert not watched.healths.explains(seen("tcp.timeout"))
    watched.clock.pass_time(0.1)
    watched.sees(seen())
    assert watched.ails == [BROKEN]
    assert watched.healths.ipv6("wifi", is_broken=False)
    assert watched.ails == []
