"""The taxonomy holds what it promises: ids that stay, prefixes that mean something, axes that stay apart."""

import re
import runpy
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cause.taxonomy import (
    ALERTS,
    CAUSES,
    Element,
    How,
    ancestors,
    children,
    closure,
    is_known,
    lookup,
    nearest,
    subtree,
)
from probe.examination import RULES
from probe.model import OWN_LAYERS, Layer, Verdict

ROOT = Path(__file__).parent.parent
IDS = st.sampled_from(sorted(CAUSES))

# W3C Network Error Logging, 6, and what Chromium adds (network_error_logging_service.cc).
NEL = {
    "ok", "abandoned", "unknown",
    "dns.unreachable", "dns.name_not_resolved", "dns.failed", "dns.address_changed",
    "tcp.timed_out", "tcp.closed", "tcp.reset", "tcp.refused", "tcp.aborted", "tcp.address_invalid",
    "tcp.address_unreachable", "tcp.failed",
    "tls.version_or_cipher_mismatch", "tls.bad_client_auth_cert", "tls.cert.name_invalid", "tls.cert.date_invalid",
    "tls.cert.authority_invalid", "tls.cert.invalid", "tls.cert.revoked", "tls.cert.pinned_key_not_in_cert_chain",
    "tls.protocol.error", "tls.failed",
    "http.error", "http.protocol.error", "http.response.invalid", "http.response.redirect_loop", "http.failed",
    "tls.unrecognized_name_alert", "h3.protocol.error",
}  # fmt: skip
# OONI, data format df-007 and netxlite.
OONI = {
    "dns_bogon_error", "dns_nxdomain_error", "dns_no_answer", "dns_refused_error", "dns_servfail_error",
    "dns_temporary_failure", "dns_reply_with_wrong_query_id", "dns_server_misbehaving", "android_dns_cache_no_data",
    "connection_refused", "connection_reset", "host_unreachable", "network_down", "network_unreachable", "timed_out",
    "generic_timeout_error", "eof_error", "interrupted", "permission_denied", "no_buffer_space",
    "ssl_failed_handshake", "ssl_invalid_hostname", "ssl_unknown_authority", "ssl_invalid_certificate",
    "http_request_failed", "http_unexpected_status_code", "http_unexpected_redirect_url",
    "http_invalid_redirect_location_host", "unknown_failure",
}  # fmt: skip


def test_no_id_is_ever_taken_away_and_a_new_one_is_written_down():
    committed = (ROOT / "tests" / "taxonomy_ids.txt").read_text(encoding="utf-8").split()

    assert committed == sorted(CAUSES)


def test_every_beginning_of_an_id_is_a_cause_with_a_meaning_of_its_own():
    meanings = [one.meaning for one in CAUSES.values()]

    assert closure(CAUSES) == set(CAUSES)
    assert sorted({text for text in meanings if meanings.count(text) > 1}) == [
        # A ping and a connection attempt are told the same by a router.
        "a router says that policy forbids the way to the address",
        "a router says that the address cannot be reached",
        "the packets run in a circle between routers",
    ]


def test_the_first_words_are_the_layers():
    assert {one.id for one in children("")} == set(Layer)


def test_an_id_is_short_and_plain_enough_for_a_label():
    assert [
        one for one in CAUSES if not re.fullmatch(r"(?=.{1,64}$)[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", one)
    ] == []


def test_meaning_is_a_clause_and_advice_is_one_or_two_sentences():
    spoilt = [
        one.id
        for one in CAUSES.values()
        if re.search(r"^\s|\s$|\.$|\n", one.meaning)
        or not 1 <= len(re.findall(r"[.?](?= |$)", one.advice)) <= 2
    ]

    assert spoilt == []
    assert [one.id for one in CAUSES.values() if len(one.advice) > 190 or not one.advice.endswith(".")] == []


def test_the_kinds_of_elements_are_those_of_the_vocabulary():
    table = (ROOT / "docs" / "vocabulary.md").read_text().partition("## Elements")[2].partition("The loci")[0]

    assert re.findall(r"^\| `(\w+)\[", table, re.MULTILINE) == list(Element)
    assert [one.id for one in CAUSES.values() if not one.elements] == []


def test_no_id_says_a_verdict_or_an_element():
    said = {one.id for one in CAUSES.values() if one.id.rpartition(".")[2] in {*Verdict, *Element}}

    # They name who spoke, or the header that it was about; whom to blame may be another one.
    assert said == {
        "api.auth", "api.edge", "api.edge.blocked", "api.quota", "http.closed.host", "http.reset.host",
        "meta.insufficient", "relay.proxy",
    }  # fmt: skip


def test_own_trouble_never_says_that_a_service_fails_nor_blames_one():
    own = [one for one in CAUSES.values() if one.layer in OWN_LAYERS]

    assert {one.verdict for one in own} == {Verdict.OK, Verdict.INSUFFICIENT}
    assert {word for one in own for word in one.elements}.isdisjoint(
        {Element.HOST, Element.SEG, Element.EDGE, Element.AUTH, Element.PLATFORM}
    )


def test_the_words_of_others_exist():
    assert {one.nel for one in CAUSES.values()} - {""} - NEL == set()
    assert {word for one in CAUSES.values() for word in one.ooni} - OONI == set()


@pytest.mark.parametrize(
    ("cause", "nel", "ooni"),
    [
        ("tls.reset.sni", "tcp.reset", ("connection_reset",)),
        ("tls.alert.handshake_failure", "tls.version_or_cipher_mismatch", ("ssl_failed_handshake",)),
        ("tls.alert.internal_error", "tls.protocol.error", ("ssl_failed_handshake",)),
        ("vercel.function.crash", "http.error", ("http_request_failed",)),
        ("dns.injected.bogon", "dns.address_changed", ()),
        ("dns.intercepted", "", ()),
    ],
)
def test_a_cause_has_the_words_of_the_one_above_unless_it_has_its_own(cause, nel, ooni):
    found = lookup(cause)

    assert (found.nel, found.ooni) == (nel, ooni)


def test_what_is_said_to_be_replayed_is_named_where_it_is_said_to_be():
    unnamed = [
        one.id
        for one in CAUSES.values()
        if one.provenance
        and one.provenance.how is How.REPLAYED
        and not is_named(one.id, one.provenance.where)
    ]

    assert unnamed == []


def is_named(cause, place):
    text = (ROOT / place).read_text(encoding="utf-8")
    alert = cause.removeprefix("tls.alert.")
    return bool(re.search(rf"(?<![\w.]){re.escape(cause if alert == cause else alert)}(?![\w.])", text))


def test_what_is_said_to_be_live_has_a_date():
    live = [
        one.provenance.where for one in CAUSES.values() if one.provenance and one.provenance.how is How.LIVE
    ]

    assert all(date.fromisoformat(when[:10]) for when in live)


def test_only_what_gathers_others_has_no_signal_of_its_own():
    assert [one.id for one in CAUSES.values() if one.provenance is None and not children(one.id)] == []


def test_every_alert_is_a_cause_below_tls_alert():
    assert {one.id for one in children("tls.alert")} == {f"tls.alert.{name}" for name in ALERTS}


@pytest.mark.parametrize(
    "cause", ["", ".", "tls.alert.", "tls.alert.evil\x1b", "handshake_failure", "http.", "http.x", "TLS"]
)
def test_what_is_not_in_the_closed_set_is_not_known(cause):
    assert not is_known(cause)
    assert lookup(cause) is None


@pytest.mark.parametrize(
    ("cause", "known"),
    [
        ("tls.reset.sni", "tls.reset.sni"),
        ("tls.reset.of.tomorrow", "tls.reset"),
        ("tls.", "tls"),
        ("nobody.knows", None),
        ("", None),
    ],
)
def test_the_nearest_cause_is_itself_or_the_deepest_above_it(cause, known):
    assert nearest(cause) == (CAUSES[known] if known else None)


def test_the_closure_is_all_ancestors_and_itself():
    assert ancestors("tls.reset.sni") == ("tls", "tls.reset")
    assert closure(["tls.reset.sni", "dns"]) == {"tls", "tls.reset", "tls.reset.sni", "dns"}
    assert closure([]) == closure([""]) == frozenset()


@given(some=st.sets(IDS), others=st.sets(IDS))
def test_closing_is_idempotent_and_joins(some, others):
    assert some <= closure(some) == closure(closure(some))
    assert closure(some | others) == closure(some) | closure(others)


@given(cause=IDS)
def test_a_subtree_is_what_has_the_cause_in_its_closure(cause):
    assert subtree(cause) == tuple(
        one for one in subtree(cause.partition(".")[0]) if cause in closure([one.id])
    )


def test_the_layers_subtrees_are_all_there_is():
    assert {one.id for layer in children("") for one in subtree(layer.id)} == set(CAUSES)


def test_every_cause_that_a_rule_can_name_is_known():
    assert [one for rule in RULES for one in rule.causes if not is_known(one)] == []


def test_the_document_is_what_the_generator_writes():
    render = runpy.run_path(str(ROOT / "docs" / "generate_causes.py"))["render"]

    assert render() == (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
