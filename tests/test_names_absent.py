"""No answer, or one that there is none: whose fault that is."""

import pytest

from probe.examination import Known
from probe.examination.names import ids
from probe.model import Icmp, Verdict
from tests.cases import OURS, answer, asked, case
from tests.names_cases import (
    ACCESS,
    AT_NAME,
    AT_RESOLVER,
    BLOCKED,
    BY_TCP,
    DOWN,
    INSUFFICIENT,
    NXDOMAIN,
    OK,
    TRUSTED,
    again,
    by_tcp,
    dialled,
    neutral,
    row,
    told,
    trusted,
    trusted_failing,
    unnamed,
)  # fmt: skip

ABSENT = [
    row(
        "a name that nobody knows is gone from its zone",
        case(unnamed("dns.nxdomain", NXDOMAIN), again(NXDOMAIN) | trusted(rcode="NXDOMAIN")),
        DOWN, ("dns.nxdomain",), AT_NAME, "names.agreed",
    ),
    row(
        "the zone is the one that its owner's record names",
        case(unnamed("dns.nxdomain", NXDOMAIN), trusted(rcode="NXDOMAIN", soa="example.net.")),
        DOWN, ("dns.nxdomain",), "zone[example.net]", "names.agreed",
    ),
    row(
        "a record of the root's owner names no zone of ours",
        case(unnamed("dns.nxdomain", NXDOMAIN), trusted(rcode="NXDOMAIN", soa="net.")),
        DOWN, ("dns.nxdomain",), AT_NAME, "names.agreed",
    ),
    row(
        "a resolver that denies what others know, by TCP too, is at fault itself",
        case(unnamed("dns.nxdomain", NXDOMAIN), trusted(OURS) | by_tcp(rcode="NXDOMAIN")),
        BLOCKED, ("dns.nxdomain.contradicted",), AT_RESOLVER, "names.contradicted",
    ),
    row(
        "a denial that the resolver does not repeat by TCP is somebody's on the way",
        case(unnamed("dns.nxdomain", NXDOMAIN), trusted(OURS) | by_tcp(OURS)),
        BLOCKED, ("dns.nxdomain.contradicted",), ACCESS, "names.contradicted",
    ),
    row(
        "a denial with an address right behind it is somebody's on the way, whoever else is silent",
        case(unnamed("dns.nxdomain", NXDOMAIN, answer(OURS, role="further"))),
        BLOCKED, ("dns.nxdomain.contradicted",), ACCESS, "names.contradicted",
    ),
    row(
        "who denied a name is unknown while the resolver speaks no TCP",
        case(unnamed("dns.nxdomain", NXDOMAIN), trusted(OURS)),
        BLOCKED, ("dns.nxdomain.contradicted",), None, "names.contradicted",
    ),
    row(
        "a name without an address anywhere lacks it in its zone",
        case(unnamed("dns.no_data", answer()), trusted("CNAME gone.example")),
        DOWN, ("dns.no_data",), AT_NAME, "names.agreed",
    ),
    row(
        "an empty answer that the resolver does not give by TCP is forged",
        case(unnamed("dns.no_data", answer()), trusted(OURS) | by_tcp(OURS)),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "an empty answer by UDP and by TCP is the resolver's lie",
        case(unnamed("dns.no_data", answer()), trusted(OURS) | by_tcp()),
        BLOCKED, ("dns.resolver_lies",), AT_RESOLVER, "names.lies",
    ),
    row(
        "that a gateway leaves IPv6 addresses out is no lie",
        case(unnamed("dns.no_data", answer(), type="AAAA"), trusted("2001:db8::1", kind="AAAA")),
        DOWN, ("dns.no_data",), None, "seen",
    ),
    row(
        "SERVFAIL here alone is the resolver's",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")), trusted(OURS)),
        DOWN, ("dns.servfail",), AT_RESOLVER, "names.servfail",
    ),
    row(
        "SERVFAIL everywhere is the zone's",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")), trusted(rcode="SERVFAIL")),
        DOWN, ("dns.servfail",), AT_NAME, "names.servfail",
    ),
    row(
        "a resolver may say that the signatures are bad",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL", extended_errors=(7,)))),
        DOWN, ("dns.servfail.dnssec",), None, "names.servfail",
    ),
    row(
        "what is answered only without verifying has bad signatures",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")),
             trusted(rcode="SERVFAIL") | {ids.UNCHECKED: asked(answer(OURS)),
                                          ids.CHECKED_AGAIN: asked(answer(rcode="SERVFAIL"))}),
        DOWN, ("dns.servfail.dnssec",), AT_NAME, "names.servfail",
    ),
    row(
        "what may be answered now and then has not been shown to have bad signatures",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")),
             trusted(OURS) | {ids.UNCHECKED: asked(answer(OURS))}),
        DOWN, ("dns.servfail",), AT_RESOLVER, "names.servfail",
    ),
    row(
        "what is answered once more as it was asked at first comes and goes",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")),
             trusted(OURS) | {ids.UNCHECKED: asked(answer(OURS)), ids.CHECKED_AGAIN: asked(answer(OURS))}),
        Verdict.DEGRADED, ("dns.servfail",), AT_RESOLVER, "names.passed",
    ),
    row(
        "a resolver that has answered again lately comes and goes, whatever it does without verifying",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL")),
             trusted(OURS) | {ids.UNCHECKED: asked(answer(OURS)),
                              ids.CHECKED_AGAIN: asked(answer(rcode="SERVFAIL"))},
             known=Known(lately=(unnamed("dns.servfail", answer(rcode="SERVFAIL")), asked(answer(OURS), at=0.1)))),
        DOWN, ("dns.servfail",), AT_RESOLVER, "names.servfail",
    ),
    row(
        "a refusal is the resolver's",
        case(unnamed("dns.refused", answer(rcode="REFUSED")), trusted(OURS)),
        DOWN, ("dns.refused",), AT_RESOLVER, "names.refused",
    ),
    row(
        "a resolver may say that policy forbids the answer",
        case(unnamed("dns.refused", answer(rcode="REFUSED", extended_errors=(15,)))),
        BLOCKED, ("dns.refused.policy",), AT_RESOLVER, "names.refused",
    ),
    row(
        "questions for one name vanish on the way when they pass by TCP",
        case(unnamed("dns.timeout"), again() | neutral("203.0.113.9") | trusted(OURS) | by_tcp(OURS)),
        BLOCKED, ("dns.timeout.name",), ACCESS, "names.silent",
    ),
    row(
        "a resolver that is silent for one name by TCP too is at fault itself",
        case(unnamed("dns.timeout"), again() | neutral("203.0.113.9") | trusted(OURS)
             | {ids.BY_TCP: asked(**BY_TCP)}),
        BLOCKED, ("dns.timeout.name",), AT_RESOLVER, "names.silent",
    ),
    row(
        "a name that a trusted resolver cannot find out either has dead servers",
        case(unnamed("dns.timeout"), again() | neutral("203.0.113.9") | trusted(rcode="SERVFAIL")),
        DOWN, ("dns.timeout.name",), AT_NAME, "names.silent",
    ),
    row(
        "a trusted resolver that was not reached has said nothing of the name",
        case(unnamed("dns.timeout"),
             again() | neutral("203.0.113.9")
             | {ids.TRUSTED[0]: asked(cause="dns.timeout", resolver=TRUSTED["resolver"])}),
        BLOCKED, ("dns.timeout.name",), None, "names.silent",
    ),
    row(
        "a resolver that is silent for a neutral name too is down",
        case(unnamed("dns.timeout"), again() | neutral() | trusted(OURS)),
        DOWN, ("dns.timeout.all",), AT_RESOLVER, "names.silent",
    ),
    row(
        "a resolver that is silent while nobody else could be asked may be out of reach",
        case(unnamed("dns.timeout"), again() | neutral()),
        DOWN, ("dns.timeout.all",), None, "names.silent",
    ),
    row(
        "silence alone says neither for whom nor why",
        case(unnamed("dns.timeout"), again() | trusted(OURS)),
        DOWN, ("dns.timeout",), None, "seen",
    ),
    row(
        "a gateway that drops questions for IPv6 alone only makes programs wait",
        case(unnamed("dns.timeout", type="AAAA"),
             again(type="AAAA") | neutral("203.0.113.9") | trusted("2001:db8::1", kind="AAAA")
             | {ids.A_RECORD: asked(answer(OURS))}),
        OK, ("dns.slow.aaaa_drop",), AT_RESOLVER, "names.no-ipv6",
    ),
    row(
        "what was answered a moment later has passed",
        case(unnamed("dns.timeout"), again(answer(OURS)) | neutral("203.0.113.9") | trusted(OURS)),
        Verdict.DEGRADED, ("dns.timeout",), AT_RESOLVER, "names.passed",
    ),
    row(
        "a name that another check is told meanwhile is not what the resolver is silent for",
        case(unnamed("dns.timeout"), again() | neutral("203.0.113.9") | trusted(OURS) | by_tcp(OURS),
             known=Known(siblings=(dialled("", OURS, at=0.4),))),
        Verdict.DEGRADED, ("dns.timeout",), AT_RESOLVER, "names.passed",
    ),
    row(
        "what another check was told before the silence says nothing of it",
        case(unnamed("dns.timeout"), again() | neutral("203.0.113.9") | trusted(OURS) | by_tcp(OURS),
             known=Known(siblings=(dialled("", OURS, at=-0.4),))),
        BLOCKED, ("dns.timeout.name",), ACCESS, "names.silent",
    ),
    row(
        "a closed port is the resolver's when it says so itself",
        case(unnamed("dns.resolver_unreachable", icmp=(Icmp(sender="192.0.2.53", type=3, code=3),))),
        DOWN, ("dns.resolver_unreachable",), AT_RESOLVER, "names.broken",
    ),
    row(
        "a resolver that says only once a second that its port is closed is not merely silent",
        case(unnamed("dns.timeout"),
             {ids.SAME: asked(cause="dns.resolver_unreachable",
                              icmp=(Icmp(sender="192.0.2.53", type=3, code=3),))}
             | neutral() | trusted(OURS)),
        DOWN, ("dns.resolver_unreachable",), AT_RESOLVER, "names.broken",
    ),
    row(
        "a resolver that cannot be understood is at fault when others know the name",
        case(unnamed("dns.protocol", answer(rcode="FORMERR")), trusted(OURS)),
        DOWN, ("dns.protocol",), AT_RESOLVER, "names.broken",
    ),
    row(
        "a resolver without TCP is at fault when others know the name",
        case(unnamed("dns.truncated_no_tcp", answer(truncated=True)), trusted(OURS)),
        DOWN, ("dns.truncated_no_tcp",), AT_RESOLVER, "names.broken",
    ),
    row(
        "an answer that was cut is no silence",
        case(unnamed("dns.truncated_no_tcp", answer(truncated=True)),
             {"again": unnamed("dns.truncated_no_tcp", answer(truncated=True))} | neutral("203.0.113.9")),
        DOWN, ("dns.truncated_no_tcp",), None, "seen",
    ),
    row(
        "without anybody to ask a denial stays what it is",
        case(unnamed("dns.nxdomain", NXDOMAIN), again(NXDOMAIN)),
        DOWN, ("dns.nxdomain",), None, "seen",
    ),
    row(
        "where those who are trusted cannot be asked, nobody knows whether a denial is true",
        case(unnamed("dns.nxdomain", NXDOMAIN), again(NXDOMAIN) | trusted_failing()),
        INSUFFICIENT, ("dns.nxdomain", "meta.control_unreachable"), None, "names.uncontrolled",
    ),
    row(
        "one resolver that cannot be asked is made up for by another one",
        case(unnamed("dns.nxdomain", NXDOMAIN),
             trusted_failing() | {ids.TRUSTED[1]: asked(answer(OURS), **TRUSTED)} | by_tcp(rcode="NXDOMAIN")),
        BLOCKED, ("dns.nxdomain.contradicted",), AT_RESOLVER, "names.contradicted",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), ABSENT)
def test_a_missing_answer_is_blamed_on_whom_the_controls_show(made, expected):
    assert expected == told(made)
