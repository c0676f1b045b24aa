"""Causes of the layer api: what the API at the end of the chain, or the edge before it, says itself."""

from probe.cause.taxonomy.cause import Element, Entry, replayed
from probe.model import Verdict

_RESPONSE = replayed("tests/test_cause_response.py")
_KEY = (Element.AUTH,)

API = (
    Entry(
        id="api",
        meaning="the API, or the edge before it, refused the request or failed",
        advice="Read the error in the excerpt, and look at the provider's status page.",
        elements=(Element.HOST, Element.EDGE),
        verdict=Verdict.DOWN,
        nel="http.error",
        ooni=("http_request_failed",),
    ),
    Entry(
        id="api.auth",
        meaning="the API refused the key",
        advice="See that the key is where the function looks for it, whole and not revoked, and may use this path.",
        elements=_KEY,
        known=_RESPONSE,
    ),
    Entry(
        id="api.billing",
        meaning="the API wants payment",
        advice="Pay the account's bill or add credit.",
        elements=(Element.QUOTA, Element.AUTH),
        known=_RESPONSE,
    ),
    Entry(
        id="api.quota",
        meaning="an API quota is used up",
        advice="Look at the answer's `x-ratelimit-*` headers: they say which limit, what is left and when it is renewed.",
        elements=(Element.QUOTA,),
        verdict=Verdict.BLOCKED,
        known=_RESPONSE,
    ),
    Entry(
        id="api.quota.requests_minute",
        meaning="the API's requests per minute are used up",
        advice="Spread requests, or wait a minute; count the probes with a key as well (`hopwatch config check`).",
        known=_RESPONSE,
    ),
    Entry(
        id="api.quota.requests_day",
        meaning="the API's requests per day are used up",
        advice="Wait for the time in `x-ratelimit-reset-requests-day`, use another plan, or probe less often with the key.",
        known=_RESPONSE,
    ),
    Entry(
        id="api.quota.tokens_minute",
        meaning="the API's tokens per minute are used up",
        advice="Lower `max_completion_tokens`: many providers charge it in advance, so that a large one uses up the minute "
        "alone.",
        known=_RESPONSE,
    ),
    Entry(
        id="api.quota.tokens_day",
        meaning="the API's tokens per day are used up",
        advice="Wait until the day is over, use another plan, or send shorter prompts.",
        known=_RESPONSE,
    ),
    Entry(
        id="api.overloaded",
        meaning="the API is full; it is not our quota",
        advice="Try again after a while, with growing pauses; another model of the same provider may have room.",
        elements=(Element.HOST,),
        known=_RESPONSE,
    ),
    Entry(
        id="api.request",
        meaning="the API cannot do anything with the request",
        advice="Compare the request with the API's documentation; the message in the excerpt says what it minds.",
        elements=(Element.HOST,),
    ),
    Entry(
        id="api.request.invalid",
        meaning="the API says that the request is wrong",
        advice="Look at what changed in the function or the page: the message names the parameter.",
        known=_RESPONSE,
    ),
    Entry(
        id="api.request.model_missing",
        meaning="the API does not know the model or path",
        advice="List the models that the key may use (`/v1/models`); providers take old ones away.",
        known=_RESPONSE,
    ),
    Entry(
        id="api.server_error",
        meaning="the API failed internally",
        advice="Look at the provider's status page and try again later; nothing of yours is at fault.",
        elements=(Element.HOST,),
        known=_RESPONSE,
    ),
    Entry(
        id="api.edge",
        meaning="the edge before the API answered in its place",
        advice="Keep the ray id from the excerpt: the provider can look it up.",
        elements=(Element.EDGE,),
    ),
    Entry(
        id="api.edge.blocked",
        meaning="the API's edge blocks us",
        advice="Ask from another address or region; the number in the page (1005 to 1020) says which rule it is.",
        verdict=Verdict.BLOCKED,
        known=_RESPONSE,
    ),
    Entry(
        id="api.edge.blocked.geo",
        meaning="the API's edge blocks the country we come from",
        advice="Have the function run in a region that the API serves (Vercel: `regions`, or the project's settings).",
        elements=(Element.EDGE, Element.HOST),
        known=_RESPONSE,
    ),
    Entry(
        id="api.edge.rate_limited",
        meaning="the API's edge limits the rate",
        advice="Ask less often from that address; this is not the key's quota.",
        elements=(Element.EDGE, Element.QUOTA),
        verdict=Verdict.BLOCKED,
        known=_RESPONSE,
    ),
    Entry(
        id="api.edge.origin",
        meaning="the API's edge cannot reach its origin",
        advice="Look at the provider's status page and wait. For a page of your own, look at its origin.",
        elements=(Element.HOST, Element.EDGE),
        known=_RESPONSE,
    ),
)
