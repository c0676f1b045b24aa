"""Whom the vantage's own trouble is looked for at: few, at once, only where it could explain the failure, and nobody unnamed."""

from dataclasses import replace

import pytest

from probe.examination import Case, Known
from probe.examination.local import PART
from probe.examination.procedure import next_round
from probe.model import AddressFamily, Ailment, Gateway, Means, Overrides
from tests.cases import FAR, MEANS, NAME, NEAR, OURS, PLAIN
from tests.local_cases import (
    AT_STATIC,
    OURS6,
    STATIC,
    anchored,
    local_case,
    page,
    seen,
    silent,
    untrusted,
    verified,
)

ANCHORS = ["anchor:far", "anchor:near"]
AWAY = (("Location", "http://login.hotel.example/"),)
LOST = silent("hk", at=0.0, elapsed_seconds=2.0)
LATELY = Known(before=verified("hk", at=-9.0), good=(verified(at=-9.0),))


def wanted(case: Case, asked: frozenset[str] = frozenset()) -> list[str]:
    """The ids of what is asked next."""
    return sorted(one.id for one in next_round((PART,), case, asked | frozenset(case.answers)))


@pytest.mark.parametrize(
    "failing",
    [LOST, seen("tcp.refused"), seen("tls.reset"), seen("http.status"), untrusted("tls.cert.expired")],
)
def test_both_anchors_are_asked_at_once(failing):
    assert wanted(local_case(failing)) == ANCHORS


@pytest.mark.parametrize(
    "cause", ["http.timeout.first_byte", "relay.upstream.refused", "http.status", "api.auth"]
)
def test_what_a_hop_that_proved_who_it_is_answers_is_not_the_vantages(cause):
    proved = replace(verified("hk"), outcome=LOST.outcome, failure=seen(cause).failure)
    is_silence = cause.startswith("http.timeout")

    assert wanted(local_case(proved)) == (ANCHORS if is_silence else [])


@pytest.mark.parametrize("cause", ["local.interface_down", "local.resource", "meta.late"])
def test_what_the_error_says_by_itself_needs_no_question(cause):
    assert wanted(local_case(seen(cause))) == []


def test_a_gateway_that_is_seen_to_be_silent_needs_no_question():
    dead = (Gateway(address="192.168.7.1", is_silent=True),)

    assert wanted(local_case(LOST, gateways=dead)) == []


def test_what_is_known_already_needs_no_question():
    ailment = Ailment(cause="local.cut_off", element="access[wifi]", detail="", since_ns=1)

    assert wanted(local_case(LOST, ailment=ailment)) == []


def test_what_the_schedule_heard_meanwhile_needs_no_question():
    assert wanted(local_case(LOST, verified(at=1.5))) == []
    assert wanted(local_case(LOST, verified(at=0.1))) == ANCHORS  # the network may have died a moment later
    assert (
        wanted(local_case(LOST, seen(hop="static", at=1.5))) == ANCHORS
    )  # anybody may answer plainly, a portal too


def test_where_no_name_resolves_nobody_is_asked_by_name():
    asked = next_round((PART,), local_case(seen("dns.timeout"), known=LATELY), frozenset())

    assert {one.id: one.overrides for one in asked} == {
        f"reach:{OURS}": Overrides(address=OURS, port=443),
        f"reach:{AT_STATIC}": Overrides(address=AT_STATIC, port=443),
        "reach:resolver": Overrides(
            resolver="https://dns.example:443/dns-query#203.0.113.82", name=NAME, record_type="A"
        ),
    }


def test_an_anchor_with_an_address_is_asked_all_the_same():
    literal = replace(NEAR, hop=replace(NEAR.hop, address="198.51.100.130"))
    means = replace(MEANS, anchors=(literal, FAR), resolvers=())

    found = wanted(local_case(seen("dns.timeout"), known=LATELY, means=means))
    assert found == ["anchor:near", f"reach:{AT_STATIC}", f"reach:{OURS}"]


def test_where_nothing_is_known_by_address_names_have_to_do():
    assert wanted(local_case(seen("dns.timeout"))) == [*ANCHORS, "reach:resolver"]


def test_without_anchors_the_other_hops_are_what_there_is_to_compare_with():
    assert wanted(local_case(LOST, known=LATELY, means=Means())) == [f"reach:{AT_STATIC}"]
    assert wanted(local_case(LOST, means=Means())) == []


def test_ipv6_is_compared_with_ipv6_and_ipv4():
    by_ipv6 = seen("tcp.timeout", address=OURS6)

    asked = next_round((PART,), local_case(by_ipv6, family=AddressFamily.IPV6), frozenset())
    assert sorted((one.id, one.family.value) for one in asked) == [
        ("anchor:far:ipv4", "ipv4"),
        ("anchor:far:ipv6", "ipv6"),
        ("anchor:near:ipv4", "ipv4"),
        ("anchor:near:ipv6", "ipv6"),
    ]


def test_when_an_anchor_is_led_away_another_host_is_asked_for_a_handshake():
    away = page(NEAR, status=302, headers=AWAY)
    proper = anchored(page(NEAR), page(FAR))

    assert wanted(local_case(seen("tls.reset"), answers=anchored(away, page(FAR)))) == ["portal:handshake"]
    assert wanted(local_case(seen("tls.reset"), answers=proper)) == []


def test_a_certificate_that_is_not_trusted_is_compared_with_another_hosts_at_once():
    assert wanted(local_case(untrusted("tls.cert.incomplete_chain"))) == [*ANCHORS, "portal:handshake"]


def test_no_other_host_is_asked_than_the_plan_and_the_configuration_name():
    places = {"hk", "static", "near", "far"}
    cases = (
        local_case(LOST, known=LATELY),
        local_case(seen("dns.timeout"), known=LATELY),
        local_case(untrusted("tls.cert.unknown_authority")),
        local_case(seen("tls.reset"), answers=anchored(page(NEAR, status=511), page(FAR, status=511))),
    )
    for one in cases:
        assert {each.hop.name for each in next_round((PART,), one, frozenset(one.answers))} <= places


def test_whoever_was_heard_spares_waiting_for_the_silent():
    case = local_case(LOST, answers=anchored(near=page(NEAR)))
    (far, _) = next_round((PART,), local_case(LOST), frozenset())

    assert far.spared(case)
    assert not far.spared(local_case(LOST))
    portal = anchored(near=page(NEAR, status=302, headers=AWAY))
    assert not far.spared(local_case(LOST, answers=portal))


def test_a_plain_chain_has_nobody_to_ask_for_a_handshake():
    plain = (PLAIN, replace(STATIC, scheme="http"))
    answers = anchored(page(NEAR, status=511), page(FAR, status=511))

    assert wanted(local_case(seen("http.status"), answers=answers, everywhere=plain, hop=PLAIN)) == []


def test_a_burst_fits_the_purse():
    for failing in (LOST, seen("dns.timeout"), untrusted("tls.cert.incomplete_chain")):
        asked = next_round((PART,), local_case(failing, known=LATELY), frozenset())
        assert sum(one.packets for one in asked) <= 60
        assert all(one.seconds <= 2 for one in asked)
