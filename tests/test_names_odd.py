"""Successes worth a look, what leaves no name in doubt, and what is kept of a conclusion."""

from dataclasses import replace
from typing import Any

import pytest

from probe.cause.taxonomy import is_known
from probe.examination.names import PART, RULES, ids, subject
from probe.examination.procedure import IMMEDIATE, conclude
from probe.model import Evidence, Level, Tcp, Tls
from probe.prober.dns import Dns
from probe.prober.tls import Tls as TlsProber
from tests.cases import (  # fmt: skip
    FORGED,
    HOP,
    NAME,
    OTHER,
    OURS,
    PLAIN,
    answer,
    asked,
    case,
    handshake,
    observation,
    question,
)
from tests.names_cases import (
    ACCESS,
    AT_NAME,
    AT_RESOLVER,
    BLOCKED,
    BY_TCP,
    DOWN,
    NXDOMAIN,
    OK,
    OVER_TLS,
    TRUSTED,
    again,
    by_tcp,
    dialled,
    known,
    neutral,
    nobody,
    row,
    told,
    true_address,
    trusted,
    unnamed,
)  # fmt: skip

ODD = [
    row(
        "a forged answer that came second",
        case(dialled("", OURS, answer(FORGED, role="further")), trusted(OURS)),
        OK, ("dns.injected",), ACCESS, "names.beside",
    ),
    row(
        "a forged answer that came second does not excuse another failure",
        case(dialled("tcp.refused", OURS, answer(FORGED, role="further")), trusted(OURS)),
        DOWN, ("tcp.refused", "dns.injected"), ACCESS, "names.beside",
    ),
    row(
        "a forged address that passes everything on",
        case(dialled("", FORGED, answer(OURS, role="further"), timings=OVER_TLS),
             trusted(OURS) | again(answer(FORGED), answer(OURS, role="further"))),
        OK, ("dns.injected",), ACCESS, "names.injected.aside",
    ),
    row(
        "a question for the name alone that is answered falsely first",
        case(observation("", kind="dns", evidence=Evidence(dns=(question(answer(FORGED), answer(OURS, role="further")),))),
             trusted(OURS), prober=Dns()),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected.aside",
    ),
    row(
        "two answers that prove nothing",
        case(dialled("", OTHER, answer(OURS, role="further")), hop=PLAIN),
        OK, ("dns.answer_unmatched",), None, "names.unmatched",
    ),
    row(
        "a resolver that is slow twice",
        case(observation("", evidence=Evidence(dns=(question(answer(OURS, after=1.4)),))),
             again(answer(OURS, after=1.3)) | trusted(OURS)),
        OK, ("dns.slow",), AT_RESOLVER, "names.slow",
    ),
    row(
        "a zone that is slow for everybody",
        case(observation("", evidence=Evidence(dns=(question(answer(OURS, after=1.4)),))),
             again() | trusted(rcode="SERVFAIL")),
        OK, ("dns.slow",), AT_NAME, "names.slow",
    ),
    row(
        "a resolver before the one that answered which is dead",
        case(observation("", evidence=Evidence(dns=(question(), question(answer(OURS), resolver="udp://192.0.2.54:53")))),
             again() | neutral() | trusted(OURS)),
        OK, ("dns.timeout.all",), AT_RESOLVER, "names.silent.aside",
    ),
    row(
        "a gateway that cannot read EDNS",
        case(observation("", evidence=Evidence(dns=(question(answer(rcode="FORMERR")), question(answer(OURS), edns=False))))),
        OK, ("dns.protocol",), AT_RESOLVER, "names.refuses-edns",
    ),
    row(
        "somebody who answers in everybody's place, and says the truth",
        case(dialled("", OURS, answer(OTHER, role="further"), timings=OVER_TLS),
             nobody(OURS) | nobody(OTHER, which=ids.DEAD_NEUTRAL)),
        OK, ("dns.intercepted",), ACCESS, "names.intercepted",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), ODD)
def test_a_success_may_show_that_somebody_interferes(made, expected):
    assert expected == told(made)


NOTHING = [
    row("two answers of a resolver of two minds, to a question that the network doubled",
        case(dialled("", OURS, answer(role="further"), timings=OVER_TLS), trusted(OURS) | again(answer(OURS)))),
    row("two answers of a service with many addresses, to a question that the network doubled",
        case(dialled("", OTHER, answer(OURS, role="further"), timings=OVER_TLS), trusted(OURS) | again(answer(OURS)))),
    row("a slow answer that is quick when asked again",
        case(observation("", evidence=Evidence(dns=(question(answer(OURS, after=1.4)),))),
             again(answer(OURS)) | trusted(OURS))),
    row("a datagram that was lost once",
        case(observation("", evidence=Evidence(dns=(question(), question(answer(OURS))))), again(answer(OURS)))),
    row("a success without anything odd", case(dialled("", OURS, timings=OVER_TLS))),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), NOTHING)
def test_what_is_in_order_is_not_mentioned(made, expected):
    assert expected == conclude((PART,), made)


def test_a_handshake_that_verifies_overrides_any_difference():
    made = case(
        observation("dns.unexpected", kind="dns", evidence=Evidence(dns=(question(answer(OTHER)),))),
        trusted(OURS) | by_tcp(OURS) | again(answer(OTHER)) | {ids.ANSWERED: handshake(OTHER)},
        prober=Dns(answer="203.0.113.34"),
    )

    (found,) = conclude((PART,), made)
    assert (found.causes, found.level) == (("dns.answer_unmatched",), Level.DISCARDED)


def test_a_probe_that_proved_who_answers_leaves_no_name_in_doubt():
    verified = dialled("http.status", FORGED, timings=OVER_TLS)
    seen = observation("http.status", timings=OVER_TLS, evidence=Evidence(
        dns=verified.evidence.dns, tcp=verified.evidence.tcp, tls=Tls(server_name=NAME)))  # fmt: skip

    assert not PART.concerns(case(seen))


@pytest.mark.parametrize(
    "unconcerned",
    [
        case(dialled("tls.reset", OURS), **known(OURS)),
        case(dialled("http.status", OURS), **known(before=dialled("", OURS)), hop=PLAIN),
        case(observation("tcp.refused", evidence=Evidence(tcp=Tcp(address=OURS, port=443)))),
        case(unnamed("local.no_resolver")),
    ],
    ids=["vouched for", "answered there before", "written down", "own trouble"],
)
def test_who_is_not_in_doubt_is_not_looked_into(unconcerned):
    assert not PART.concerns(unconcerned)


def test_behind_a_proxy_names_are_the_proxys():
    made = case(unnamed("dns.nxdomain", NXDOMAIN))

    assert not PART.concerns(replace(made, vantage=replace(made.vantage, proxied=True)))


def test_answers_from_before_are_left_out_when_the_resolver_has_changed_its_mind():
    earlier: dict[str, Any] = {"at": -20.0}
    made = case(
        unnamed("dns.nxdomain", NXDOMAIN),
        {
            ids.SAME: asked(answer(OURS), **earlier),
            ids.BY_TCP: asked(answer(OURS), **BY_TCP, **earlier),
            ids.TRUSTED[0]: asked(answer(OURS), **TRUSTED, **earlier),
        },
    )

    (found,) = conclude((PART,), made)
    assert (found.causes, found.element) == (("dns.nxdomain.contradicted",), None)


def test_answers_from_before_count_while_the_resolver_says_the_same():
    earlier: dict[str, Any] = {"at": -20.0}
    made = case(
        unnamed("dns.nxdomain", NXDOMAIN),
        {
            ids.SAME: asked(NXDOMAIN, **earlier),
            ids.BY_TCP: asked(NXDOMAIN, **BY_TCP, **earlier),
            ids.TRUSTED[0]: asked(answer(OURS), **TRUSTED, **earlier),
        },
    )

    (found,) = conclude((PART,), made)
    assert (found.causes, found.element) == (("dns.nxdomain.contradicted",), AT_RESOLVER)


def test_the_true_address_is_looked_into_where_it_has_trouble_of_its_own():
    forged = dialled("tls.reset", FORGED, answer(OURS, role="further"))
    ill = case(forged, trusted(OURS) | true_address(cause="tls.reset"))
    well = case(forged, trusted(OURS) | true_address())
    honest = case(dialled("tls.reset", OTHER), trusted(OURS) | true_address(cause="tls.reset"))

    assert [subject(ill), subject(well), subject(honest)] == [
        ill.answers[ids.TRUE],
        forged,
        honest.seen,
    ]


def test_a_conclusion_names_the_observations_that_it_follows_from():
    answers = trusted(rcode="NXDOMAIN") | again(NXDOMAIN)

    (found,) = conclude((PART,), case(unnamed("dns.nxdomain", NXDOMAIN), answers))
    assert found.used == (answers[ids.SAME], answers[ids.TRUSTED[0]])


def test_every_cause_that_a_rule_may_name_is_known_and_every_rule_is_named_once():
    causes = {cause for rule in RULES for cause in rule.causes}
    names = [rule.id for rule in RULES]

    assert {cause for cause in causes if not is_known(cause)} == set()
    assert len(names) == len(set(names))
    assert IMMEDIATE.id not in names


def test_a_server_name_of_the_checks_own_is_what_a_handshake_is_expected_to_be_for():
    made = case(dialled("tcp.timeout", FORGED, answer(OURS, role="further")), trusted(OURS),
                prober=TlsProber(server_name="other.example.net"), hop=HOP)  # fmt: skip

    asked_for = {one.id: one for one in PART.wanted(made)}[ids.TRUE]
    assert asked_for.prober == TlsProber(server_name="other.example.net")
