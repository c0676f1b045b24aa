"""An answer that is false, or another one than others get: what proves it, and what does not."""

import pytest

from probe.examination.names import ids
from tests.cases import FORGED, OTHER, OURS, PLAIN, answer, asked, case
from tests.names_cases import (
    ACCESS,
    AT_NAME,
    AT_RESOLVER,
    BLOCKED,
    DOWN,
    INSUFFICIENT,
    NXDOMAIN,
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

FALSE = [
    row(
        "two answers to one question, of which one is the trusted one's",
        case(dialled("tcp.timeout", FORGED, answer(OURS, role="further")), trusted(OURS)),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "an error that is forged ahead of the true answer",
        case(unnamed("dns.servfail", answer(rcode="SERVFAIL"), answer(OURS, role="further")), trusted(OURS)),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "two answers to one question, in another hand",
        case(dialled("tcp.timeout", FORGED, answer(OURS, role="further", packet_ttl=51))),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "two answers to one question, twice",
        case(dialled("tcp.timeout", FORGED, answer(OURS, role="further")),
             again(answer(FORGED), answer(OURS, role="further"))),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "a doubled packet makes a resolver with many addresses answer twice",
        case(dialled("tcp.timeout", OTHER, answer(OURS, role="further"))),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "a forged loopback address",
        case(dialled("tcp.refused", "127.0.0.1", answer(OURS, role="further"))),
        BLOCKED, ("dns.injected.bogon",), ACCESS, "names.injected",
    ),
    row(
        "a forged address in 2001::/32",
        case(dialled("tcp.timeout", "2001::5", answer("2001:db8::1", role="further"))),
        BLOCKED, ("dns.injected.aaaa",), ACCESS, "names.injected",
    ),
    row(
        "a forged address that shows a block page",
        case(dialled("http.blockpage", FORGED), trusted(OURS) | by_tcp(OURS) | again(answer(FORGED)) | true_address(),
             hop=PLAIN),
        BLOCKED, ("dns.injected.blockpage",), ACCESS, "names.injected",
    ),
    row(
        "an answer that the resolver does not repeat by TCP, from where the service is not",
        case(dialled("tcp.refused", FORGED), trusted(OURS) | by_tcp(OURS) | again(answer(FORGED)) | true_address()),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "an answer in another hand than those for other names, which the resolver does not repeat by TCP",
        case(dialled("tls.reset", FORGED),
             trusted(OURS) | by_tcp(OURS) | again(answer(FORGED)) | neutral("203.0.113.9", packet_ttl=51)
             | true_address(cause="tls.reset")),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected.aside",
    ),
    row(
        "addresses in turn, of which chance gave the same twice here and another one twice elsewhere",
        case(dialled("tls.reset", OTHER),
             trusted(OURS) | by_tcp(OURS) | again(answer(OTHER)) | neutral("203.0.113.9") | true_address(cause="tls.reset"),
             **known(OURS)),
        DOWN, ("tls.reset",), None, "seen",
    ),
    row(
        "an answer that comes from where no resolver is",
        case(dialled("tls.reset", FORGED), trusted(OURS) | nobody(FORGED) | true_address()),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "somebody who answers in everybody's place, and lies",
        case(dialled("tls.cert.name_mismatch", FORGED),
             trusted(OURS) | again(answer(FORGED)) | nobody(FORGED) | nobody(OTHER, which=ids.DEAD_NEUTRAL)
             | true_address()),
        BLOCKED, ("dns.injected", "dns.intercepted"), ACCESS, "names.injected",
    ),
    row(
        "a wrong certificate at an address that the resolver gives by TCP too",
        case(dialled("tls.cert.name_mismatch", FORGED),
             trusted(OURS) | by_tcp(FORGED) | again(answer(FORGED)) | true_address()),
        BLOCKED, ("dns.resolver_lies",), AT_RESOLVER, "names.lies",
    ),
    row(
        "a wrong certificate, and the service is still where it was, is enough without anybody who is trusted",
        case(dialled("tls.cert.name_mismatch", FORGED), by_tcp(FORGED) | again(answer(FORGED)) | true_address(),
             **known(OURS)),
        BLOCKED, ("dns.resolver_lies",), AT_RESOLVER, "names.lies",
    ),
    row(
        "a new address that does not answer may be where the service moves to",
        case(dialled("tcp.timeout", OTHER), by_tcp(OTHER) | again(answer(OTHER)) | true_address(), **known(OURS)),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "a false answer of which nobody can tell who gave it",
        case(dialled("tls.cert.name_mismatch", FORGED), trusted(OURS) | again(answer(FORGED)) | true_address()),
        BLOCKED, ("dns",), None, "names.false",
    ),
    row(
        "an address of nobody that only this resolver gives",
        case(unnamed("dns.bogon", answer("0.0.0.0")), trusted(OURS) | by_tcp("0.0.0.0")),
        BLOCKED, ("dns.bogon",), AT_RESOLVER, "names.bogus",
    ),
    row(
        "this machine's own address that only this resolver gives",
        case(dialled("tcp.refused", "127.0.0.1"), trusted(OURS) | by_tcp("127.0.0.1")),
        BLOCKED, ("dns.bogon.loopback",), AT_RESOLVER, "names.bogus",
    ),
    row(
        "this machine's own address that everybody is given",
        case(dialled("tcp.refused", "127.0.0.1"), trusted("127.0.0.1")),
        DOWN, ("dns.bogon.loopback",), AT_NAME, "names.zone-bogus",
    ),
    row(
        "a private address where the public one works",
        case(dialled("tcp.timeout", "10.10.34.35"),
             trusted(OURS) | by_tcp("10.10.34.35") | again(answer("10.10.34.35")) | true_address()),
        BLOCKED, ("dns.bogon",), AT_RESOLVER, "names.bogus",
    ),
    row(
        "a private address where the public one does not work either",
        case(dialled("tcp.timeout", "10.10.34.35"),
             trusted(OURS) | by_tcp("10.10.34.35") | again(answer("10.10.34.35")) | true_address(cause="tcp.timeout")),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "what answers another question is no second answer",
        case(dialled("tcp.timeout", OTHER, answer(OURS, role="stray", packet_ttl=51))),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "a private address that everybody is given, and no neighbour of ours",
        case(dialled("tcp.timeout", "10.10.34.35"), trusted("10.10.34.35")),
        DOWN, ("dns.bogon",), AT_NAME, "names.zone-bogus",
    ),
    row(
        "a private address of our own network is a machine at home, which is down",
        case(dialled("tcp.timeout", "10.0.0.5", source="10.0.0.9"), trusted("10.0.0.5")),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "a name that only the own resolver knows is the user's business",
        case(dialled("tcp.timeout", "10.0.0.5"),
             trusted(rcode="NXDOMAIN") | by_tcp("10.0.0.5") | again(answer("10.0.0.5"))),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "a name that is gone, and is forged all the same",
        case(dialled("tcp.refused", FORGED), trusted(rcode="NXDOMAIN") | by_tcp(rcode="NXDOMAIN")),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected",
    ),
    row(
        "a forged answer explains the reset unless the true address is reset as well",
        case(dialled("tls.reset", FORGED, answer(OURS, role="further")),
             trusted(OURS) | true_address(cause="tls.reset")),
        BLOCKED, ("dns.injected",), ACCESS, "names.injected.aside",
    ),
    row(
        "an address that the trusted resolver gives too is vouched for",
        case(dialled("tcp.timeout", OURS), trusted(OURS)),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "many addresses in turn are no lie, although none is the trusted one's",
        case(dialled("tls.reset", OTHER),
             trusted(OURS) | by_tcp("203.0.113.7") | again(answer("203.0.113.8")) | true_address(cause="tls.reset")),
        DOWN, ("tls.reset",), None, "seen",
    ),
    row(
        "a service of many addresses may have lost one",
        case(dialled("tcp.timeout", OTHER), trusted(OURS) | again(answer(OURS)) | true_address()),
        DOWN, ("tcp.timeout",), None, "seen",
    ),
    row(
        "nothing is told of an address that others are not given and that nothing could be compared with",
        case(dialled("tls.reset", OTHER), trusted(OURS) | again(answer(OTHER))),
        INSUFFICIENT, ("dns.answer_unmatched",), None, "names.unproven",
    ),
    row(
        "an address that has gone out of use, which the resolver still gives",
        case(dialled("tcp.refused", OTHER), trusted(OURS) | again(answer(OTHER)) | true_address(), **known(OTHER)),
        DOWN, ("dns.stale",), AT_RESOLVER, "names.stale",
    ),
    row(
        "a service that was at both addresses lately has lost one",
        case(dialled("tcp.refused", OTHER), trusted(OURS) | again(answer(OTHER)) | true_address(),
             **known(OTHER, OURS)),
        DOWN, ("tcp.refused",), "host[hk]", "seen",
    ),
    row(
        "a trusted resolver that is spoken to in the clear is not heard where somebody answers for all",
        case(unnamed("dns.nxdomain", NXDOMAIN),
             {ids.TRUSTED[0]: asked(NXDOMAIN, resolver="tcp://203.0.113.82:53", connect_seconds=0.1)}
             | nobody("0.0.0.0") | nobody(OTHER, which=ids.DEAD_NEUTRAL)),
        DOWN, ("dns.nxdomain", "dns.intercepted"), ACCESS, "names.intercepted",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), FALSE)
def test_a_difference_is_a_lie_only_when_something_proves_it(made, expected):
    assert expected == told(made)
