"""Causes of the layer dns that tell of an answer which is not the truth, whoever gave it."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

_ON_THE_WAY = (Element.ISP, Element.EXIT, Element.ACCESS)

FORGERY = (
    Entry(
        id="dns.bogon",
        meaning="the answer is an address that nobody can be reached at",
        advice="Ask another resolver: if it says the same, the zone is wrong, otherwise this resolver or the way to it is.",
        elements=(Element.RESOLVER, Element.ZONE, Element.ISP),
        verdict=Verdict.BLOCKED,
        nel="tcp.address_invalid",
        ooni=("dns_bogon_error",),
        known=replayed("tests/test_hostile_dns.py"),
    ),
    Entry(
        id="dns.bogon.loopback",
        meaning="the answer is this machine's own address",
        advice="Look at the zone, and at the block list of the resolver: with such an answer every program talks to itself.",
        elements=(Element.ZONE, Element.RESOLVER),
        verdict=Verdict.DOWN,
        known=replayed("tests/scenarios/ooni/w25-localhost-for-everybody.yaml"),
    ),
    Entry(
        id="dns.injected",
        meaning="somebody on the way forges the resolver's answer",
        advice="Have this network's names resolved by an encrypted resolver (`tls://` or `https://`): plain questions are "
        "answered on the way, before the resolver can.",
        elements=_ON_THE_WAY,
        verdict=Verdict.BLOCKED,
        nel="dns.address_changed",
        known=replayed("tests/scenarios/ooni/w04-forged-to-unknown-authority.yaml"),
    ),
    Entry(
        id="dns.injected.bogon",
        meaning="somebody on the way forges an answer that nobody can be reached at",
        advice="Use an encrypted resolver for this network; the forged address is in the evidence, beside the true one.",
        known=replayed("tests/scenarios/ooni/w12-hijacked-to-localhost-http.yaml"),
    ),
    Entry(
        id="dns.injected.blockpage",
        meaning="somebody on the way forges an answer that leads to a block page",
        advice="Use an encrypted resolver for this network; the page, where it says so, names whose rule it is.",
        known=replayed("tests/scenarios/own/s102-warning-page.yaml"),
    ),
    Entry(
        id="dns.injected.aaaa",
        meaning="somebody on the way forges an IPv6 address from a range that nobody uses any more",
        advice="Use an encrypted resolver for this network; the forged address is in 2001::/32, which was Teredo's.",
        known=read("Triplet Censors (FOCI 2020); RFC 4380 (2001::/32)"),
    ),
    Entry(
        id="dns.resolver_lies",
        meaning="the resolver itself gives a wrong address, by UDP and TCP alike, and others give the right one",
        advice="Use another resolver: no other way to this one helps, because the wrong answer is its own.",
        elements=(Element.RESOLVER, Element.ISP),
        verdict=Verdict.BLOCKED,
        nel="dns.address_changed",
        known=replayed("tests/scenarios/ooni/x14-resolver-lies.yaml"),
    ),
    Entry(
        id="dns.intercepted",
        meaning="somebody else than the resolver that was asked answers questions, for any name",
        advice="Nothing, as long as the answers are true. To be answered by the resolver that you chose, use an encrypted "
        "one.",
        elements=(Element.ACCESS, Element.ISP),
        verdict=Verdict.OK,
        known=read("Liu et al., Who Is Answering My Queries? (USENIX Security 2018)"),
    ),
    Entry(
        id="dns.answer_unmatched",
        meaning="the answer has nothing in common with what others are told, and nobody vouches for either",
        advice="Nothing by itself: large services give each asker other addresses. A handshake with a valid certificate "
        "settles it.",
        elements=(Element.RESOLVER, Element.ZONE),
        verdict=Verdict.OK,
        nel="dns.address_changed",
        known=read("ooni/data, analysis/rules.py: answer_unmatched is weak"),
    ),
)
