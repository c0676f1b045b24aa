"""Who is asked about a name, in which order, and what nobody is asked."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from probe.examination import Case, Known
from probe.examination.names import PART, ids
from probe.model import AddressFamily, Evidence, Means, Overrides, Tcp, Tls
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tls import Tls as TlsProber
from tests.cases import (
    FORGED,
    HOP,
    MEANS,
    NAME,
    OTHER,
    OURS,
    PLAIN,
    RESOLVER,
    answer,
    asked,
    case,
    handshake,
    observation,
    question,
)
from tests.names_cases import NXDOMAIN, again, by_tcp, dialled, known, neutral, nobody, trusted, unnamed

TRUSTED_RESOLVERS = (
    "https://dns.example:443/dns-query#203.0.113.82",
    "tls://other.example:853#203.0.113.83",
)
UNTRUSTED = {ids.TRUSTED[0]: asked(cause="dns.tls", resolver=TRUSTED_RESOLVERS[0])}


def wanted(made: Case) -> list[str]:
    """Return the ids of what would be asked now and has not been."""
    return [one.id for one in PART.wanted(made) if one.id not in made.answers]


def overrides(made: Case) -> dict[str, Overrides]:
    return {one.id: one.overrides for one in PART.wanted(made)}


def test_a_denial_is_asked_for_again_of_a_trusted_resolver_and_of_nobody():
    made = case(unnamed("dns.nxdomain", NXDOMAIN))

    assert overrides(made) == {
        ids.SAME: Overrides(name=NAME, record_type="A", resolver=RESOLVER),
        ids.TRUSTED[0]: Overrides(name=NAME, record_type="A", resolver=TRUSTED_RESOLVERS[0]),
        ids.DEAD: Overrides(name=NAME, record_type="A", resolver="udp://203.0.113.200:53"),
    }


def test_who_is_asked_again_is_listened_to_for_a_second_answer():
    listening = {one.id: one.prober for one in PART.wanted(case(unnamed("dns.nxdomain", NXDOMAIN)))}
    silent = {one.id: one.prober for one in PART.wanted(case(unnamed("dns.timeout")))}

    assert (listening[ids.SAME], silent[ids.SAME]) == (Dns(listen=0.5), Dns())


def test_nobody_is_asked_nothing_without_consent():
    denied = unnamed("dns.nxdomain", NXDOMAIN)

    assert ids.DEAD not in wanted(case(denied, allow=frozenset()))
    assert ids.DEAD not in wanted(case(denied, means=replace(MEANS, dead_resolvers=())))


def test_whoever_gave_the_answer_is_asked_for_only_when_others_say_otherwise():
    denied = unnamed("dns.nxdomain", NXDOMAIN)

    assert wanted(case(denied, again(NXDOMAIN) | trusted(rcode="NXDOMAIN") | nobody())) == []
    assert wanted(case(denied, again(NXDOMAIN) | trusted(OURS) | nobody())) == [
        ids.BY_TCP,
        ids.NEUTRAL,
        ids.TRUE,
    ]


def test_two_answers_to_one_question_leave_no_doubt_who_gave_them():
    raced = unnamed("dns.nxdomain", NXDOMAIN, answer(OURS, role="further"))

    assert wanted(case(raced)) == [ids.SAME, ids.TRUSTED[0]]
    assert wanted(case(raced, again(NXDOMAIN) | trusted(OURS))) == [ids.TRUE]


def test_a_neutral_name_is_asked_of_nobody_only_when_nobody_answered():
    denied, answers = unnamed("dns.nxdomain", NXDOMAIN), again(NXDOMAIN) | trusted(OURS)

    assert ids.DEAD_NEUTRAL not in wanted(case(denied, answers | nobody()))
    assert wanted(case(denied, answers | nobody(OTHER))) == [ids.DEAD_NEUTRAL, ids.TRUE]


def test_silence_is_compared_with_a_neutral_name_first_and_with_tcp_when_that_is_answered():
    silent, answers = unnamed("dns.timeout"), again() | trusted(rcode="SERVFAIL")

    assert wanted(case(silent)) == [ids.SAME, ids.TRUSTED[0], ids.NEUTRAL]
    assert wanted(case(silent, answers | neutral())) == []
    assert wanted(case(silent, answers | neutral("203.0.113.9"))) == [ids.BY_TCP]


def test_a_silence_that_the_repeated_probe_met_with_too_is_not_asked_for_again():
    silent = unnamed("dns.timeout")

    assert wanted(case(silent, {"again": unnamed("dns.timeout")})) == [ids.TRUSTED[0], ids.NEUTRAL]


def test_a_neutral_name_is_an_anchors_on_this_side_of_the_border_and_the_same_for_all():
    (asked_for,) = [
        one
        for one in PART.wanted(case(unnamed("dns.timeout"), again() | trusted(OURS)))
        if one.id == ids.NEUTRAL
    ]

    near = next(one.hop for one in MEANS.anchors if one.where == "domestic")
    assert (asked_for.hop, asked_for.overrides) == (
        near,
        Overrides(name="near.example", record_type="A", resolver=RESOLVER),
    )


def test_without_anchors_the_root_is_the_neutral_name():
    made = case(unnamed("dns.timeout"), again() | trusted(OURS), means=replace(MEANS, anchors=()))

    assert overrides(made)[ids.NEUTRAL] == Overrides(name=".", record_type="NS", resolver=RESOLVER)


def test_what_the_resolver_told_an_anchor_meanwhile_is_not_asked_again():
    at_anchor = observation(
        "", check="anchor", at=0.1, evidence=Evidence(dns=(question(answer(OTHER), name="near.example"),))
    )

    made = case(unnamed("dns.timeout"), again() | trusted(OURS) | {"anchor:near": at_anchor})
    assert wanted(made) == [ids.BY_TCP, ids.TRUE]


def test_a_question_for_ipv6_that_nobody_answers_is_compared_with_one_for_ipv4():
    assert ids.A_RECORD in wanted(case(unnamed("dns.timeout", type="AAAA")))
    assert ids.A_RECORD not in wanted(case(unnamed("dns.timeout")))


def test_servfail_is_asked_again_without_verifying():
    made = case(unnamed("dns.servfail", answer(rcode="SERVFAIL")))

    assert overrides(made)[ids.UNCHECKED] == Overrides(
        name=NAME, record_type="A", resolver=RESOLVER, checking_disabled=True
    )


def test_what_was_answered_without_verifying_is_asked_once_more_as_at_first():
    failing = unnamed("dns.servfail", answer(rcode="SERVFAIL"))

    assert ids.CHECKED_AGAIN in wanted(case(failing, trusted(OURS) | {ids.UNCHECKED: asked(answer(OURS))}))
    assert ids.CHECKED_AGAIN not in wanted(
        case(failing, trusted(OURS) | {ids.UNCHECKED: asked(answer(rcode="SERVFAIL"))})
    )


def test_a_second_trusted_resolver_is_asked_only_when_the_first_told_nothing():
    denied = unnamed("dns.nxdomain", NXDOMAIN)

    assert ids.TRUSTED[1] in wanted(case(denied, again(NXDOMAIN) | UNTRUSTED))
    assert ids.TRUSTED[1] not in wanted(case(denied, again(NXDOMAIN) | trusted(OURS)))


def test_a_trusted_resolver_of_udp_is_asked_by_tcp_where_nobody_can_answer_for_it():
    made = case(unnamed("dns.nxdomain", NXDOMAIN), means=Means(resolvers=("udp://203.0.113.82:53",)))

    assert overrides(made)[ids.TRUSTED[0]].resolver == "tcp://203.0.113.82:53"


def test_the_resolver_in_doubt_is_not_the_one_that_is_trusted():
    made = case(unnamed("dns.nxdomain", NXDOMAIN), means=Means(resolvers=("tls://192.0.2.53:853",)))

    assert ids.TRUSTED[0] not in wanted(made)


def test_of_an_encrypted_resolver_nobody_can_answer_in_its_place():
    made = case(unnamed("dns.nxdomain", NXDOMAIN, resolver="tls://192.0.2.53:853"))

    assert wanted(made) == [ids.SAME, ids.TRUSTED[0]]
    assert wanted(replace(made, answers=again(NXDOMAIN) | trusted(OURS))) == [ids.TRUE]


def test_addresses_are_tried_only_when_answers_differ():
    failed = dialled("tcp.timeout", OTHER)

    assert wanted(case(failed, again(answer(OTHER)) | trusted(OTHER) | nobody())) == []
    assert ids.TRUE in wanted(case(failed, again(answer(OTHER)) | trusted(OURS) | nobody()))


def test_the_true_address_is_shaken_hands_with_as_the_check_would():
    failed = dialled("tcp.timeout", OTHER)
    made = case(failed, trusted(OURS) | nobody(), prober=Http(protocol="http/2"))

    true = next(one for one in PART.wanted(made) if one.id == ids.TRUE)
    assert (true.hop, true.prober, true.overrides, true.family) == (
        HOP,
        TlsProber(alpn=("h2", "http/1.1")),
        Overrides(address=OURS, port=443),
        AddressFamily.IPV4,
    )


def test_where_a_filter_may_punish_us_a_handshake_without_a_name_goes_before():
    failed = dialled("tls.reset", FORGED, answer(OURS, role="further"))
    answers = again(answer(FORGED)) | trusted(OURS)

    before = next(one for one in PART.wanted(case(failed, answers)) if one.id == ids.TRUE_UNNAMED)
    assert before.overrides == Overrides(address=OURS, port=443, server_name="")
    assert wanted(case(failed, answers)) == [ids.TRUE_UNNAMED]
    assert wanted(case(failed, answers | {ids.TRUE_UNNAMED: handshake(OURS)})) == [ids.TRUE]


def test_without_tls_the_probe_itself_goes_to_the_true_address():
    prober = Http(path="/healthz")
    made = case(dialled("http.status", OTHER), trusted(OURS) | nobody(), hop=PLAIN, prober=prober)

    true = next(one for one in PART.wanted(made) if one.id == ids.TRUE)
    assert (true.hop, true.prober, true.overrides) == (PLAIN, prober, Overrides(address=OURS))


def test_where_a_redirect_led_is_tried_by_its_own_name():
    elsewhere = question(answer(FORGED), answer(OURS, role="further"), name="far.example.net")
    seen = observation(
        "tcp.refused",
        evidence=Evidence(dns=(elsewhere,), tcp=Tcp(address=FORGED, port=8443), tls=Tls(server_name="")),
    )

    made = case(seen, trusted(OURS) | again(answer(FORGED)))
    true = next(one for one in PART.wanted(made) if one.id == ids.TRUE)
    assert (true.hop.host, true.prober, true.overrides) == (
        "far.example.net",
        TlsProber(alpn=("http/1.1",)),
        Overrides(address=OURS, port=8443),
    )


def test_a_question_for_the_name_alone_has_the_address_that_was_given_tried():
    seen = observation("dns.unexpected", kind="dns", evidence=Evidence(dns=(question(answer(OTHER)),)))
    made = case(seen, trusted(OURS) | by_tcp(OTHER), prober=Dns())

    assert overrides(made)[ids.ANSWERED] == Overrides(address=OTHER, port=443)
    assert ids.TRUE not in wanted(made)
    assert ids.TRUE in wanted(made.answered({ids.ANSWERED: handshake(OTHER, "tls.cert.name_mismatch")}))


def test_an_address_that_was_vouched_for_and_answers_no_more_costs_one_question():
    made = case(dialled("tcp.refused", OTHER), **known(OTHER))

    assert wanted(made) == [ids.TRUSTED[0]]
    assert wanted(replace(made, answers=trusted(OTHER))) == []
    assert wanted(replace(made, answers=trusted(OURS))) == [ids.SAME, ids.TRUE]


def test_what_the_probe_tells_by_itself_is_not_asked_for():
    refused = (question(answer(rcode="FORMERR")), question(answer(OURS), edns=False))

    assert wanted(case(observation("", evidence=Evidence(dns=refused)))) == []


def test_an_address_that_was_good_within_the_hour_is_tried_when_nobody_else_can_be_asked():
    made = case(
        dialled("tls.cert.name_mismatch", FORGED),
        again(answer(FORGED)) | by_tcp(FORGED) | nobody(),
        means=Means(),
        known=Known(vouched=("2001:db8::1", OURS)),
    )

    assert overrides(made)[ids.TRUE] == Overrides(address=OURS, port=443)


def test_an_address_that_leads_nowhere_is_never_tried():
    nowhere: list[Any] = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "169.254.1.1"]

    assert [ids.TRUE in wanted(case(dialled("tcp.timeout", OTHER), trusted(one))) for one in nowhere] == [
        False
    ] * 4


def test_a_record_that_leads_nowhere_or_is_no_address_is_never_tried():
    def asks_there(record: str, other: str, kind: str) -> bool:
        query = question(answer(record), type=kind)
        seen = observation("dns.unexpected", kind="dns", evidence=Evidence(dns=(query,)))
        return ids.ANSWERED in wanted(case(seen, trusted(other, kind=kind), prober=Dns()))

    assert asks_there(OTHER, OURS, "A")
    assert not any(asks_there(one, OURS, "A") for one in ("127.0.0.1", "0.0.0.0", "169.254.169.254"))
    assert not asks_there("NS ns.example.net.", "NS other.example.net.", "NS")
    assert not asks_there("TXT 192.0.2.1", "TXT 192.0.2.2", "TXT")


def test_every_control_about_names_is_documented():
    text = (Path(__file__).parent.parent / "docs" / "controls.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(names\.[a-z.]+)` \|", text, re.MULTILINE))

    every = {name: one for name, one in vars(ids).items() if name.isupper()}
    assert documented == {*(one for one in every.values() if isinstance(one, str)), *ids.TRUSTED}
