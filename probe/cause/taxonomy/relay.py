"""Causes of the layer relay: answers that one of our own hops, or the vantage's proxy, made itself."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

_NEXT = (Element.SEG, Element.HOST)
_ITSELF = (Element.HOST,)

RELAY = (
    Entry(
        id="relay",
        meaning="a hop itself answers, in the place of what lies behind it",
        advice="Look at the error log of that hop: it says in a line what the answer does not.",
        elements=(Element.HOST, Element.SEG),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="relay.proxy",
        meaning="the vantage's proxy says that it could not reach the hop, and not exactly why",
        advice="Look at the proxy's log and at the node that it leaves by; a vantage that goes past the proxy shows whether "
        "the hop is well.",
        elements=(Element.PROXY, Element.PATH, Element.HOST),
        known=replayed("tests/test_proxy_causes.py"),
    ),
    Entry(
        id="relay.proxy.closed",
        meaning="the vantage's proxy took the request and closed the connection without a reply",
        advice="Look at the proxy's log: some end a connection instead of saying that the hop could not be reached.",
        known=replayed("tests/test_proxy_hostile.py"),
    ),
    Entry(
        id="relay.proxy.timeout",
        meaning="the vantage's proxy took the request, and nothing told in time whether the hop was reached",
        advice="Look at the node that the proxy leaves by: it, or the hop behind it, is silent.",
        known=replayed("tests/test_proxy_hostile.py"),
    ),
    Entry(
        id="relay.upstream",
        meaning="the relay itself says that its upstream failed",
        advice="Look at the relay's error log; the include for nginx (config/relay) has it say in the answer which step "
        "failed.",
        elements=_NEXT,
        nel="http.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.dns",
        meaning="the relay could not resolve its upstream",
        advice="Look at the relay's resolver (nginx: `resolver`, /etc/resolv.conf) and at the upstream's name.",
        elements=(Element.HOST, Element.RESOLVER, Element.ZONE),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.refused",
        meaning="the relay's upstream refused the connection",
        advice="Look whether the next hop's program runs and listens on the port that the relay is told to use.",
        elements=(Element.HOST, Element.SEG),
        known=replayed("tests/test_relay_chain.py"),
    ),
    Entry(
        id="relay.upstream.unreachable",
        meaning="the relay's upstream cannot be reached",
        advice="Look at the relay's own routes, and at the address that it resolved for its upstream, such as an IPv6 one "
        "where it has no IPv6.",
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.connect_timeout",
        meaning="the relay's upstream did not answer the connection attempt",
        advice="Try the connection from the relay itself (`curl -v` there): the way between the two, or the upstream, is "
        "dead.",
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.read_timeout",
        meaning="the relay's upstream took the request and did not answer in time",
        advice="Look what the upstream waits for. If it needs that long, raise the relay's limit (nginx: "
        "`proxy_read_timeout`).",
        elements=(Element.HOST, Element.SEG),
        known=replayed("tests/test_relay_chain.py"),
    ),
    Entry(
        id="relay.upstream.tls",
        meaning="the relay's TLS handshake with its upstream failed",
        advice="Have the relay send the upstream's name (nginx: `proxy_ssl_server_name on`, off by default), and check the "
        "upstream's certificate.",
        elements=(Element.HOST, Element.SEG),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.closed",
        meaning="the relay's upstream closed the connection",
        advice="Look at the upstream's log for the moment, and at its idle time-out: a relay that keeps connections longer "
        "than it meets this.",
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.upstream.no_live",
        meaning="the relay holds all its upstreams to be dead and asks none",
        advice="Look for the failure that came before: after `max_fails` of them nginx asks nobody for `fail_timeout`.",
        known=read("nginx, ngx_http_upstream_module (max_fails, fail_timeout)"),
    ),
    Entry(
        id="relay.limited",
        meaning="the relay itself limits the rate",
        advice="Ask less often, or let the vantage's address past the relay's limit (nginx: `limit_req`, `limit_conn`).",
        elements=_ITSELF,
        verdict=Verdict.BLOCKED,
        nel="http.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="relay.misconfig",
        meaning="the relay itself answered with an error of its own configuration",
        advice="Look at the relay's error log: a path that it does not pass on, a body that is too large for it, a full "
        "disk.",
        elements=_ITSELF,
        nel="http.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_cause_response.py"),
    ),
)
