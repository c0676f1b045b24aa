"""Who answers in everybody's place, and certificates that only seem wrong: a portal, a clock, a trust store of our own."""

from dataclasses import replace

import pytest

from probe.examination import Known
from probe.model import (
    Anchor,
    Means,
    Observation,
    Phase,
)
from tests.cases import FAR, NEAR, NOW_NS
from tests.local_cases import (
    YEAR,
    anchored,
    found,
    page,
    said,
    seen,
    silent,
    untrusted,
    verified,
)

LOST = silent("hk", at=0.0, elapsed_seconds=0.2)
AWAY = (("Location", "http://login.hotel.example/"),)
ACCESS, AGENT = "access[wifi]", "agent[a]"


def test_a_portal_redirects_plain_requests_and_nobody_proves_who_he_is():  # S004
    away = anchored(page(NEAR, status=302, headers=AWAY), page(FAR, status=302, headers=AWAY))

    for failing in (untrusted("tls.cert.name_mismatch"), seen("tls.not_tls"), LOST, seen("tcp.reset")):
        assert said(failing, answers=away) == ("local.portal", "local.captive_portal", "down", ACCESS)


PORTALS = {
    "asks for a login": (page(NEAR, status=511), page(FAR, status=511)),
    "redirects to an address": (
        page(NEAR, status=302, headers=(("Location", "http://192.168.7.1/login"),)),
        silent("far"),
    ),
    "gives its page": (
        page(NEAR, headers=(("Server", "portal"),), body_bytes=19),
        page(FAR, headers=(("Server", "portal"),), body_bytes=19),
    ),
    "has every name": (
        page(NEAR, address="10.1.1.1"),
        page(FAR, address="10.1.1.1"),
    ),
}


@pytest.mark.parametrize("answers", PORTALS.values(), ids=PORTALS)
def test_a_portal_is_known_by_answers_that_cannot_be_the_anchors_own(answers):
    assert said(untrusted("tls.cert.self_signed"), answers=anchored(*answers))[1] == "local.captive_portal"


def test_a_page_where_there_is_none_by_itself_is_a_portals():
    nothing = Anchor(hop=NEAR.hop, path="/generate_204", where="domestic")
    means = Means(anchors=(nothing,))

    failing = untrusted("tls.cert.self_signed")
    assert said(failing, answers=anchored(page(nothing)), means=means)[1] == "local.captive_portal"
    assert found(failing, answers=anchored(page(nothing, status=204, body_bytes=0)), means=means) is None


def test_anchors_of_one_address_that_say_nothing_as_they_should_are_no_portals():
    near, far = (replace(one, path="/generate_204") for one in (NEAR, FAR))
    answers = anchored(*(page(one, status=204, body_bytes=0, address="192.0.2.80") for one in (near, far)))

    assert found(untrusted("tls.cert.self_signed"), answers=answers, means=Means(anchors=(near, far))) is None


def test_a_redirect_within_the_anchors_own_house_is_no_portals():
    home = (("Location", "https://www.near.example/"),)

    answers = anchored(page(NEAR, status=301, headers=home), page(FAR))
    assert found(untrusted("tls.cert.self_signed"), answers=answers) is None


def test_plain_requests_that_are_led_away_while_handshakes_verify_are_no_portals():  # S050
    away = anchored(page(NEAR, status=302, headers=AWAY), page(FAR, status=302, headers=AWAY))
    failing = seen("http.status", phase=Phase.PROCESSING)

    assert found(failing, answers=away | {"portal:handshake": verified(at=0.5)}) is None
    assert found(failing, verified(at=0.4), answers=away) is None


def test_a_hop_that_proved_who_it_is_was_reached_past_any_portal():
    away = anchored(page(NEAR, status=302, headers=AWAY), page(FAR, status=302, headers=AWAY))
    answered = replace(
        verified("hk"), outcome=seen("http.status").outcome, failure=seen("http.status").failure
    )

    assert found(answered, answers=away) is None


def not_valid_yet(years: int, **facts) -> Observation:
    begins = NOW_NS // 10**9 + years * YEAR - 86_400
    return untrusted("tls.cert.not_yet_valid", certificate={"not_before": begins}, **facts)


def test_a_clock_that_is_wrong_is_known_by_the_dates_of_others():  # S011
    dated = anchored(page(NEAR, ahead=10 * YEAR), page(FAR, ahead=10 * YEAR))

    one = found(not_valid_yet(10), answers=dated)

    assert (one.rule, one.causes, one.element) == ("local.clock", ("local.clock_skew",), AGENT)
    assert "10 years behind that of far and near" in one.detail


@pytest.mark.parametrize(
    "dates",
    [
        anchored(page(NEAR, ahead=0), page(FAR, ahead=0)),  # S108: the certificate is to blame
        anchored(page(NEAR, ahead=200), page(FAR, ahead=200)),
        anchored(page(NEAR, ahead=10 * YEAR), page(FAR, ahead=0)),
        anchored(page(NEAR, ahead=10 * YEAR)),
        anchored(page(NEAR, ahead=-10 * YEAR), page(FAR, ahead=-10 * YEAR)),
        anchored(page(NEAR, ahead=3 * YEAR), page(FAR, ahead=3 * YEAR)),
        {},
    ],
)
def test_no_clock_is_wrong_by_less_than_two_that_agree_and_a_certificate_that_is_then_in_its_time(dates):
    assert found(not_valid_yet(10), answers=dates) is None


def test_one_date_will_do_where_another_host_is_out_of_its_time_too():
    other = not_valid_yet(10, hop="static", at=-1.0)

    assert said(not_valid_yet(10), other, answers=anchored(page(NEAR, ahead=10 * YEAR)))[0] == "local.clock"


def test_a_key_that_verified_before_and_does_so_no_more_is_our_trust_stores():  # S096
    failing = untrusted("tls.cert.incomplete_chain")
    other = untrusted("tls.cert.incomplete_chain", hop="static", at=0.3)

    trusted = Known(keys=("hk",), siblings=(other,))
    assert said(failing, known=trusted)[:3] == ("local.trust", "meta.insufficient", "ok")
    assert said(failing, other)[:3] == ("local.trust", "meta.insufficient", "insufficient")
    assert found(failing, other, answers={"portal:handshake": verified(at=0.4)}) is None
    same_key = untrusted("tls.cert.incomplete_chain", hop="static", key="hk", at=0.3)
    assert found(failing, same_key) is None  # somebody intercepts
