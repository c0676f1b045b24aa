"""A failure that the vantage's own network or machine brings about is found to be that, and no hop is blamed."""

from dataclasses import replace

import pytest

from probe.examination import Known
from probe.examination.local import PART
from probe.model import (
    Ailment,
    Gateway,
    Verdict,
)
from tests.cases import FAR, MEANS, NEAR, OURS
from tests.local_cases import (
    AT_STATIC,
    anchored,
    found,
    page,
    said,
    seen,
    silent,
    untrusted,
    verified,
)

GATEWAY = Gateway(address="192.168.7.1")
DEAD_GATEWAY = Gateway(address="192.168.7.1", is_silent=True)
BOTH_SILENT = anchored(silent("near"), silent("far"))
# The hop is silent; the anchors are asked when that is known.
LOST = silent("hk", at=0.0, elapsed_seconds=0.2)
UNRESOLVED = seen("dns.timeout", elapsed_seconds=0.2)
AWAY = (("Location", "http://login.hotel.example/"),)
ACCESS, AGENT, PROXY = "access[wifi]", "agent[a]", "proxy[wifi]"


@pytest.mark.parametrize(
    ("cause", "element"),
    [
        ("local.interface_down", ACCESS),  # S001
        ("local.no_route", ACCESS),  # S003
        ("local.gateway_unreachable", ACCESS),  # S002, when the kernel gave up
        ("local.firewall", AGENT),  # S007
        ("local.resource", AGENT),  # S014
        ("local.proxy_broken", PROXY),
        ("local.proxy_auth", PROXY),
    ],
)
def test_what_the_error_itself_says_of_this_machine_is_told_at_once(cause, element):
    assert said(seen(cause)) == ("local.own", cause, "down", element)


@pytest.mark.parametrize(
    "cause", ["local.secret", "local.trust_store", "local.wrong_uplink", "local.fake_ip"]
)
def test_what_keeps_only_us_from_looking_says_nothing_of_the_service(cause):
    assert found(seen(cause)).verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(
    "cause", ["local.family_mismatch", "local.network_changed", "local.ping_refused", "meta.late"]
)
def test_what_passes_or_is_how_the_vantage_is_set_up_is_no_finding(cause):
    assert found(seen(cause)) is None


@pytest.mark.parametrize("failing", [LOST, UNRESOLVED, seen("icmp.timeout"), seen("tls.timeout")])
def test_a_gateway_that_the_kernel_asks_for_in_vain_is_why_nothing_answers(failing):
    expected = ("local.gateway", "local.gateway_unreachable", "down", ACCESS)

    assert said(failing, gateways=(DEAD_GATEWAY,)) == expected
    assert said(failing, gateways=(DEAD_GATEWAY,), answers=BOTH_SILENT) == expected


def test_the_word_of_the_kernel_to_a_control_is_enough():
    told = anchored(silent("near"), seen("local.gateway_unreachable", hop="far", at=0.3))

    assert said(LOST, answers=told)[:2] == ("local.gateway", "local.gateway_unreachable")


@pytest.mark.parametrize("failing", [seen("tcp.refused"), seen("tls.reset"), untrusted("tls.cert.expired")])
def test_a_silent_gateway_explains_no_answer(failing):
    assert found(failing, gateways=(DEAD_GATEWAY,)) is None


def test_a_silent_gateway_of_the_other_family_explains_nothing():
    by_ipv6 = Gateway(address="fe80::1", is_silent=True)

    assert found(LOST, gateways=(GATEWAY, by_ipv6)) is None


def test_anchors_on_both_sides_as_silent_as_the_hop_cut_the_vantage_off():
    one = found(LOST, answers=BOTH_SILENT, gateways=(GATEWAY,))

    assert (one.rule, one.causes, one.verdict, one.element) == (
        "local.cut-off",
        ("local.cut_off",),
        Verdict.DOWN,
        ACCESS,
    )
    assert one.used == tuple(BOTH_SILENT.values())


def test_one_silent_anchor_proves_nothing():
    assert found(LOST, answers=anchored(page(NEAR), silent("far"))) is None
    assert found(LOST, answers=anchored(silent("near"), page(FAR))) is None


def test_an_anchor_that_was_not_asked_leaves_the_case_to_others():
    assert found(LOST, answers=anchored(far=silent("far"))) is None


def test_where_no_anchor_is_near_it_may_be_the_border():
    foreign = replace(NEAR, where="abroad")
    abroad = replace(MEANS, anchors=(foreign, FAR))

    assert said(LOST, answers=BOTH_SILENT, means=abroad) == ("local.alone", "tcp.timeout", "insufficient", "")


def test_a_control_target_that_is_down_leaves_insufficient():
    alone = replace(MEANS, anchors=(FAR,))

    assert said(LOST, answers=anchored(far=silent("far")), means=alone)[0] == "local.alone"


def test_anchors_that_are_down_blame_nobody_while_others_answer():  # S091
    answered = verified(at=0.1, elapsed_seconds=0.2)

    assert found(LOST, answered, answers=BOTH_SILENT) is None


def test_what_answered_before_the_network_died_is_no_witness():
    before = verified(at=0.0, elapsed_seconds=0.05)
    lost = silent("hk", at=0.0, elapsed_seconds=2.0)

    assert said(lost, before, answers=BOTH_SILENT)[1] == "local.cut_off"


def test_a_neighbour_on_the_own_link_is_no_witness():
    printer = verified(at=0.1, address="192.168.7.9", elapsed_seconds=0.2)

    assert said(LOST, printer, answers=BOTH_SILENT)[1] == "local.cut_off"


def test_where_no_name_resolves_addresses_that_are_known_tell():
    known = Known(before=verified("hk", at=-9.0), good=(verified(at=-9.0),))
    reach = {f"reach:{OURS}": silent("hk"), f"reach:{AT_STATIC}": silent("static")}

    assert said(UNRESOLVED, answers=reach, known=known)[1] == "local.cut_off"
    answered = reach | {f"reach:{AT_STATIC}": seen(hop="static", at=0.3)}
    assert (
        found(UNRESOLVED, answers=answered, known=known) is None
    )  # S021: names part says whose the silence is


def test_what_was_found_of_another_failure_explains_one_that_was_seen_before():
    ailment = Ailment(cause="local.captive_portal", element=ACCESS, detail="a portal answers", since_ns=1)

    one = found(LOST, ailment=ailment)
    assert (one.rule, one.causes, one.detail, one.element) == (
        "local.known",
        ("local.captive_portal",),
        "a portal answers",
        ACCESS,
    )


def test_the_vantages_whole_trouble_ends_the_examination():
    settled = found(LOST, answers=BOTH_SILENT)

    rules = {rule.id: rule.settles for rule in PART.rules}
    assert rules[settled.rule]
    assert all(rules.values())
