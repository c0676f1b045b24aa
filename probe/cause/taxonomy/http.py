"""Causes of the layer http: the exchange itself, and answers that betray no author."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

_WAY = (Element.PATH, Element.EXIT, Element.ISP)

HTTP = (
    Entry(
        id="http",
        meaning="the connection works, and the HTTP exchange on it does not come to the answer that is wanted",
        advice="Repeat the request by hand (`curl -v`) and look at the log of the hop for the same moment.",
        elements=(Element.HOST,),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="http.reset",
        meaning="the connection was reset after the request",
        advice="Look at the hop's log: its program or its worker died with the request. If it works from abroad, somebody on "
        "the way resets it.",
        elements=(Element.HOST, Element.PATH),
        nel="http.failed",
        ooni=("connection_reset",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="http.reset.host",
        meaning="the connection is reset because of the Host header of a plain request",
        advice="Use https:// for the hop: a plain request shows its name to everybody on the way.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        known=read("Rambert et al. 2021 (keywords in plain HTTP)"),
    ),
    Entry(
        id="http.reset.stream",
        meaning="the server reset the request's HTTP/2 stream before it answered",
        advice="Look at the hop's log; with `protocol: http/1.1` one sees whether only its HTTP/2 is ill.",
        nel="http.failed",
        known=replayed("tests/test_http2_hostile.py"),
    ),
    Entry(
        id="http.refused",
        meaning="the server speaks HTTP/2 and took no request: it is overloaded or about to stop",
        advice="Look whether the hop is being restarted or has no workers left; the same request may be sent again at "
        "once.",
        nel="http.failed",
        known=replayed("tests/test_http2_hostile.py"),
    ),
    Entry(
        id="http.closed",
        meaning="the peer closed the connection after the request, without an answer",
        advice="Look at the hop's log: its program ended the connection instead of answering, such as after a crash.",
        elements=(Element.HOST, Element.PATH),
        nel="http.response.invalid",
        ooni=("eof_error",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="http.closed.host",
        meaning="the connection is closed because of the Host header of a plain request",
        advice="Use https:// for the hop: a plain request shows its name to everybody on the way.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        known=read("Rambert et al. 2021 (keywords in plain HTTP)"),
    ),
    Entry(
        id="http.stale_connection",
        meaning="a connection that was kept open had ended, and a new one works",
        advice="Nothing: whoever keeps connections has to send such a request again. Make the client's idle time shorter "
        "than the server's.",
        elements=(Element.HOST, Element.PATH),
        verdict=Verdict.OK,
        nel="tcp.closed",
        ooni=("connection_reset",),
        known=read("RFC 9112, 9.3.1 (retrying requests)"),
    ),
    Entry(
        id="http.timeout",
        meaning="the answer did not come in time",
        advice="Look at what the hop was doing; the phases show whether it was late to begin or to end.",
        nel="http.failed",
        ooni=("generic_timeout_error",),
    ),
    Entry(
        id="http.timeout.first_byte",
        meaning="no byte of the answer came in time",
        advice="Look what the hop waits for: its own work or the next hop. A check that it answers by itself tells which.",
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="http.timeout.body",
        meaning="the answer began and did not end in time",
        advice="Look whether the hop stopped writing or the way lost it: a stream that stalls points at its source, slow "
        "bytes at the way.",
        elements=(Element.HOST, Element.PATH),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="http.truncated",
        meaning="the answer ended early",
        advice="Look at the hop's log: a worker that died, a time limit, or a hop behind it that broke off.",
        elements=(Element.HOST, Element.PATH),
        nel="http.response.invalid",
        ooni=("eof_error",),
        known=replayed("tests/test_hostile_http.py"),
    ),
    Entry(
        id="http.version",
        meaning="the server does not speak the version of HTTP that the check demands",
        advice="Switch HTTP/2 on at the hop, or set the check's `protocol` to what it speaks.",
        known=replayed("tests/test_http2.py"),
    ),
    Entry(
        id="http.protocol",
        meaning="the answer is not valid HTTP",
        advice="Look what listens on the port, and whether something between changes the answer.",
        nel="http.protocol.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_hostile_http.py"),
    ),
    Entry(
        id="http.too_large",
        meaning="the answer is larger than the check allows",
        advice="Ask for a smaller path, or raise the check's `max_body`.",
        known=replayed("tests/test_hostile_http.py"),
    ),
    Entry(
        id="http.redirect_loop",
        meaning="more redirects than the check allows",
        advice="Look at the addresses in the evidence: two rules that send to each other, or a check with too few "
        "`redirects`.",
        nel="http.response.redirect_loop",
        ooni=("unknown_failure",),
        known=replayed("tests/test_redirects.py"),
    ),
    Entry(
        id="http.redirect_invalid",
        meaning="the redirect leads nowhere",
        advice="Correct the `Location` that the hop sends: it has no host, or is no address.",
        nel="http.response.invalid",
        ooni=("http_invalid_redirect_location_host",),
        known=replayed("tests/test_redirects.py"),
    ),
    Entry(
        id="http.status",
        meaning="the status is not one the check expects, and nothing says who made the answer",
        advice="Look at the status and the excerpt in the evidence. The include for nginx (config/relay) has your own hops "
        "say what they made themselves.",
        nel="http.error",
        ooni=("http_request_failed", "http_unexpected_status_code"),
        known=replayed("tests/test_http.py"),
    ),
    Entry(
        id="http.header",
        meaning="a header is not as the check expects",
        advice="Compare the headers in the evidence with the check's `header_matches`, and correct the one that is wrong.",
        known=replayed("tests/test_http.py"),
    ),
    Entry(
        id="http.body",
        meaning="the body is not as the check expects",
        advice="Compare what the hop sends with the check's `body_matches`: an error page with status 200, another build, "
        "somebody else's page.",
        known=replayed("tests/test_http.py"),
    ),
    Entry(
        id="http.encoding",
        meaning="the body is compressed although the request asked for plain, so it cannot be checked",
        advice="Have the hop heed `Accept-Encoding: identity`, or take the rules about the body out of the check.",
        known=replayed("tests/test_hostile_http.py"),
    ),
    Entry(
        id="http.challenge",
        meaning="a bot challenge answered instead of the service",
        advice="Let the vantage's address pass the challenge at the service that fronts the hop; users with browsers "
        "may well get through.",
        elements=(Element.EDGE, Element.PLATFORM),
        verdict=Verdict.BLOCKED,
        nel="http.error",
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="http.blockpage",
        meaning="a block page answered instead of the service",
        advice="Use https:// and an encrypted resolver; the page itself, in the evidence, names whose rule it is.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        nel="http.error",
        known=read("OONI Web Connectivity QA, httpDiffWithInconsistentDNS"),
    ),
    Entry(
        id="http.injected_redirect",
        meaning="somebody on the way answers plain requests with a redirect of their own",
        advice="Use https:// for the hop, and strict transport security for its name: only plain requests can be answered "
        "on the way.",
        elements=(Element.ACCESS, Element.ISP),
        verdict=Verdict.BLOCKED,
        nel="http.error",
        known=replayed("tests/scenarios/own/s050-advert-on-port-80.yaml"),
    ),
)
