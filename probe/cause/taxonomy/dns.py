"""Causes of the layer dns: what resolvers say by themselves, or do not say."""

from probe.cause.taxonomy.cause import Element, Entry, lab, read, replayed
from probe.model import Verdict

_RESOLVER = (Element.RESOLVER,)
_TO_RESOLVER = (Element.RESOLVER, Element.ACCESS, Element.ISP)

DNS = (
    Entry(
        id="dns",
        meaning="the name was not resolved, or not to a true address",
        advice="Ask the same resolver and another one by hand (`dig @RESOLVER NAME`) and compare.",
        elements=(Element.RESOLVER, Element.ZONE, Element.ISP),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="dns.nxdomain",
        meaning="the resolver says that the name does not exist",
        advice="Look at the zone: the record or the delegation is gone, or the configuration misspells the name.",
        elements=(Element.ZONE, Element.RESOLVER),
        nel="dns.name_not_resolved",
        ooni=("dns_nxdomain_error",),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.nxdomain.contradicted",
        meaning="the resolver says that the name does not exist, and others know its address",
        advice="Use another resolver from this network, best an encrypted one, and ask the operator of this one whether the "
        "name is on a list.",
        elements=(Element.RESOLVER, Element.ISP),
        verdict=Verdict.BLOCKED,
        known=replayed("tests/scenarios/ooni/w11-nxdomain.yaml"),
    ),
    Entry(
        id="dns.no_data",
        meaning="the name exists and has no address",
        advice="Add an address record to the zone, or correct the alias that leads to nothing.",
        elements=(Element.ZONE, Element.RESOLVER),
        nel="dns.name_not_resolved",
        ooni=("dns_no_answer",),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.servfail",
        meaning="the resolver could not find out (SERVFAIL)",
        advice="Ask another resolver: if it fails as well, look at the zone's name servers and signatures; if not, this "
        "resolver is ill.",
        elements=(Element.RESOLVER, Element.ZONE),
        nel="dns.failed",
        ooni=("dns_servfail_error",),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.servfail.dnssec",
        meaning="the resolver answers SERVFAIL because the name's signatures do not verify",
        advice="Sign the zone anew and compare its DS record at the parent with its keys (`delv NAME`).",
        elements=(Element.ZONE, Element.RESOLVER),
        known=read("RFC 8914, codes 6 to 9; RFC 4035, 3.2.2 (CD)"),
    ),
    Entry(
        id="dns.refused",
        meaning="the resolver refuses to answer",
        advice="Ask a resolver that serves this network: this one does not, by its access list or because it only answers "
        "for zones of its own.",
        elements=_RESOLVER,
        nel="dns.failed",
        ooni=("dns_refused_error",),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.refused.policy",
        meaning="the resolver refuses to answer, and says that policy is the reason",
        advice="Use another resolver, or ask the operator of this one which rule the name falls under.",
        elements=(Element.RESOLVER, Element.ISP),
        verdict=Verdict.BLOCKED,
        known=read("RFC 8914, codes 15 to 18"),
    ),
    Entry(
        id="dns.timeout",
        meaning="no answer from the resolver",
        advice="Ask it another name: if it is silent there as well, it is down or cannot be reached; if not, somebody drops "
        "questions for this name.",
        elements=_TO_RESOLVER,
        nel="dns.unreachable",
        ooni=("generic_timeout_error",),
        known=replayed("tests/test_hostile_dns.py"),
    ),
    Entry(
        id="dns.timeout.name",
        meaning="the resolver answers for other names and is silent for this one",
        advice="Use an encrypted resolver (`tls://` or `https://`): somebody drops plain questions for this name.",
        elements=(Element.ISP, Element.RESOLVER, Element.ACCESS),
        verdict=Verdict.BLOCKED,
        known=replayed("tests/scenarios/own/s100-one-name-dropped.yaml"),
    ),
    Entry(
        id="dns.timeout.all",
        meaning="the resolver is silent whatever it is asked",
        advice="Use another resolver until this one is back. A second vantage shows whether it is the resolver or the way "
        "to it.",
        known=replayed("tests/scenarios/own/s021-resolver-down.yaml"),
    ),
    Entry(
        id="dns.resolver_unreachable",
        meaning="the resolver's address or port cannot be reached",
        advice="Start the resolver, or correct its address: nobody listens there, or no way leads there.",
        elements=_TO_RESOLVER,
        nel="dns.unreachable",
        ooni=("connection_refused", "host_unreachable"),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.reset",
        meaning="the connection to the resolver was reset after the question",
        advice="Try another transport of the same resolver (`https://` on port 443 instead of `tls://` on 853). If all are "
        "reset, the network does not let them pass.",
        elements=_TO_RESOLVER,
        nel="dns.failed",
        ooni=("connection_reset",),
        known=replayed("tests/test_dot.py"),
    ),
    Entry(
        id="dns.tls",
        meaning="the TLS handshake with an encrypted resolver failed, which says nothing about the name",
        advice="Try another transport of the same resolver, or another resolver; the evidence has the step that failed.",
        elements=_TO_RESOLVER,
        nel="dns.failed",
        ooni=("ssl_failed_handshake",),
        known=replayed("tests/test_dot.py"),
    ),
    Entry(
        id="dns.tls.cert",
        meaning="the certificate of an encrypted resolver is not to be trusted, which says nothing about the name",
        advice="Compare the certificate in the evidence with the resolver's name. Is it somebody else's, then somebody "
        "else answers; is it your own authority's, name that in `resolver_ca_file`.",
        ooni=("ssl_invalid_certificate",),
        known=replayed("tests/test_dot.py"),
    ),
    Entry(
        id="dns.http",
        meaning="the resolver's HTTP server answered with something else than a DNS message",
        advice="Check the path in the resolver's address (most use `/dns-query`) and the status in the evidence.",
        elements=_RESOLVER,
        nel="dns.failed",
        ooni=("http_request_failed",),
        known=replayed("tests/test_doh.py"),
    ),
    Entry(
        id="dns.truncated_no_tcp",
        meaning="the answer did not fit a datagram and the resolver does not speak TCP",
        advice="Let TCP to port 53 pass on the way to the resolver, as RFC 7766 demands, or use another resolver.",
        elements=_TO_RESOLVER,
        nel="dns.failed",
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.protocol",
        meaning="the resolver answered something that is no valid answer to the question",
        advice="Ask with and without EDNS (`dig +noedns`): gateways that answer for a resolver often cannot read it. Ask "
        "the resolver behind them, or another one.",
        elements=(Element.RESOLVER, Element.ACCESS),
        nel="dns.failed",
        ooni=("dns_reply_with_wrong_query_id", "dns_server_misbehaving"),
        known=replayed("tests/test_hostile_dns.py"),
    ),
    Entry(
        id="dns.unexpected",
        meaning="the answer is valid, but not what the check expects",
        advice="Compare the records in the evidence with the check's `answer`, and correct the one that is wrong.",
        elements=(Element.ZONE, Element.RESOLVER),
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="dns.stale",
        meaning="the resolver still gives an address that its zone has replaced",
        advice="Keep the old address working until its TTL is over, or have the resolver's cache emptied.",
        elements=(Element.RESOLVER, Element.ZONE),
        nel="dns.address_changed",
        known=read("RFC 1035, 3.2.1 (TTL); RFC 8767 (stale data)"),
    ),
    Entry(
        id="dns.slow",
        meaning="the resolver takes more than a second to answer",
        advice="Use a nearer resolver, or one on this machine that remembers answers.",
        elements=_TO_RESOLVER,
        verdict=Verdict.DEGRADED,
        known=read("resolv.conf(5), timeout: programs wait seconds before they ask again"),
    ),
    Entry(
        id="dns.slow.aaaa_drop",
        meaning="the question for IPv6 is never answered, so that programs wait for nothing",
        advice="Have the resolver or gateway answer questions for AAAA, if only with an empty answer; until then use "
        "another resolver.",
        elements=(Element.RESOLVER, Element.ACCESS),
        known=lab(
            "getaddrinfo waits its whole timer (3.0 s with timeout:1) when A is answered and AAAA is not; glibc"
        ),
    ),
    Entry(
        id="dns.failed",
        meaning="name resolution failed in another way",
        advice="Read the detail, then ask the resolver by hand (`dig @RESOLVER NAME`).",
        nel="dns.failed",
        ooni=("dns_temporary_failure", "android_dns_cache_no_data"),
        known=replayed("tests/test_hostile_dns.py"),
    ),
)
