"""Causes of the layer vercel: answers that the platform made, not the code that runs on it."""

from probe.cause.taxonomy.cause import Element, Entry, replayed
from probe.model import Verdict

_RESPONSE = replayed("tests/test_cause_response.py")
_CODE = (Element.HOST,)
_PLATFORM = (Element.PLATFORM, Element.EDGE)

VERCEL = (
    Entry(
        id="vercel",
        meaning="the platform Vercel answered, in the place of the function",
        advice="Look the code of `x-vercel-error` up in Vercel's documentation, and at the deployment's log.",
        elements=(Element.HOST, Element.PLATFORM),
        verdict=Verdict.DOWN,
        nel="http.error",
        ooni=("http_request_failed",),
    ),
    Entry(
        id="vercel.function",
        meaning="the function did not come to an answer",
        advice="Look at the function's log in the project's dashboard.",
        elements=_CODE,
    ),
    Entry(
        id="vercel.function.timeout",
        meaning="the function ran into its time limit",
        advice="Look what it waited for, mostly the API: answer sooner, stream, or raise `maxDuration`.",
        elements=(Element.HOST, Element.SEG),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.function.crash",
        meaning="the function crashed",
        advice="The function's log has the exception; going back to the last good deployment helps at once.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.function.throttled",
        meaning="the platform throttled the function",
        advice="Look how many calls run at once, and at the plan's limit; probe less often if it is the probes.",
        elements=(Element.QUOTA, Element.PLATFORM),
        verdict=Verdict.BLOCKED,
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.function.no_response",
        meaning="the function gave no response",
        advice="See that every branch of the function returns a response, and that nothing ends its process.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.deployment",
        meaning="there is no deployment that would answer",
        advice="Look at the project's deployments and domains in the dashboard.",
        elements=_CODE,
    ),
    Entry(
        id="vercel.deployment.missing",
        meaning="the deployment does not exist",
        advice="Deploy again, or correct the address: it names a deployment that was never there or was deleted.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.deployment.disabled",
        meaning="the deployment is paused, disabled or blocked",
        advice="Look in the dashboard why: a spending limit, an unpaid bill, a used-up plan, or a block by the platform.",
        elements=(Element.QUOTA, Element.HOST),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.firewall",
        meaning="the platform's firewall answered",
        advice="Look at the firewall's log in the dashboard, and let the probes and the relay's address pass.",
        elements=(Element.PLATFORM, Element.HOST),
        verdict=Verdict.BLOCKED,
    ),
    Entry(
        id="vercel.firewall.challenge",
        meaning="the platform's firewall sent a challenge",
        advice="Switch attack mode off, or give the relay's address a bypass rule: no program can solve the challenge.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.firewall.denied",
        meaning="the platform's firewall denied the request",
        advice="Find the rule in the firewall's log and make an exception for the relay's address.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.firewall.rate_limited",
        meaning="a rate rule of the platform's firewall denied the request",
        advice="Raise the rule's limit for the relay's address: all users come from it. Or probe less often.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.request",
        meaning="the platform says that the request is wrong",
        advice="Compare the check's method, path and headers with what the platform's error code says.",
        elements=(Element.HOST, Element.AGENT),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.routing",
        meaning="the platform found nothing to route the request to",
        advice="Compare the path with the deployment's routes (`vercel.json`, the build's output).",
        elements=_CODE,
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.routing.dns",
        meaning="the platform could not resolve its target",
        advice="Look at the name that the deployment's rewrite goes to, and at its zone.",
        elements=(Element.HOST, Element.ZONE),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.routing.external",
        meaning="the platform could not reach its external target",
        advice="Look whether the target of the deployment's rewrite answers and has a valid certificate.",
        elements=(Element.SEG, Element.HOST),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.routing.loop",
        meaning="the platform found a loop",
        advice="See that the deployment's rewrite and the relay do not point at each other.",
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.payload",
        meaning="a body is larger than the platform allows",
        advice="Send less: Vercel's functions take and give bodies of some megabytes only, or stream the answer.",
        elements=(Element.HOST, Element.QUOTA),
        known=_RESPONSE,
    ),
    Entry(
        id="vercel.internal",
        meaning="the platform failed internally",
        advice="Look at the platform's status page and wait; nothing of yours is at fault.",
        elements=_PLATFORM,
        known=_RESPONSE,
    ),
)
