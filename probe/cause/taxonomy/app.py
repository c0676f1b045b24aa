"""Causes of the layer app: the hops work, and the code or the page on them does not do its part."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

APP = (
    Entry(
        id="app",
        meaning="the hops work, and the application on them does not do its part",
        advice="Look at what was deployed last: the function's code or the page.",
        elements=(Element.HOST,),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="app.upstream",
        meaning="the function's own code says that its upstream failed",
        advice="Look at the function's log. The snippet in config/relay has it say in the answer which step failed.",
        elements=(Element.SEG, Element.HOST),
        nel="http.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="app.error",
        meaning="the function's own code answered with an error",
        advice="Look at the function's log for the exception, and at its environment variables.",
        nel="http.error",
        ooni=("http_request_failed",),
        known=replayed("tests/test_cause_response.py"),
    ),
    Entry(
        id="app.stale",
        meaning="the page is older than the check allows, or another build than it expects",
        advice="Empty the cache of the edge that served it, or see whether the last deployment went through.",
        elements=(Element.EDGE, Element.HOST),
        verdict=Verdict.DEGRADED,
        known=replayed("tests/test_freshness.py"),
    ),
    Entry(
        id="app.config_stale",
        meaning="the page calls an address that is no longer in use",
        advice="Put the relay's present name into the page and deploy it; keep the old name alive until caches are empty.",
        nel="unknown",
        known=read("RFC 9111, 4.2.4 (stale answers)"),
    ),
    Entry(
        id="app.cors",
        meaning="the answer does not let the page's browser use it",
        advice="Set the CORS headers where the answer is made, or at the relay for all; the evidence has what came.",
    ),
    Entry(
        id="app.cors.status",
        meaning="the preflight is not answered with success, so a browser sends no request from the page",
        advice="Have OPTIONS answered with 204 before anything asks for a key.",
        known=replayed("tests/test_cors.py"),
    ),
    Entry(
        id="app.cors.origin",
        meaning="the answer does not let pages of the origin read it",
        advice="Send `Access-Control-Allow-Origin` with the page's origin, or `*`.",
        known=replayed("tests/test_cors.py"),
    ),
    Entry(
        id="app.cors.credentials",
        meaning="the answer does not let pages read it when they send cookies",
        advice="Send `Access-Control-Allow-Credentials: true` and the origin by its name: `*` does not do with cookies.",
        known=replayed("tests/test_cors.py"),
    ),
    Entry(
        id="app.cors.method",
        meaning="the preflight's answer does not permit the method",
        advice="Add the method to `Access-Control-Allow-Methods`.",
        known=replayed("tests/test_cors.py"),
    ),
    Entry(
        id="app.cors.headers",
        meaning="the preflight's answer does not permit a header of the request",
        advice="Add the header to `Access-Control-Allow-Headers`; `authorization` must be named, `*` does not cover it.",
        known=replayed("tests/test_cors.py"),
    ),
    Entry(
        id="app.cors_masked",
        meaning="an error answer lacks what lets a page read it, so a browser shows an opaque failure",
        advice="Send the CORS headers with errors as well (nginx: `add_header ... always`), so that users see what is wrong.",
        verdict=Verdict.DEGRADED,
        nel="unknown",
        known=replayed("tests/test_cors.py"),
    ),
)
