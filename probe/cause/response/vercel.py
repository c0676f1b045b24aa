"""Answers that Vercel's firewall or platform makes in the place of the code that runs there; pure.

By vercel.com's "Error Codes" and "Response headers".
"""

import re

from probe.cause.response.answer import Answer, By, pop

# By the beginning of the code, the first that fits; codes of the platform itself begin with INTERNAL_.
_CODES: tuple[tuple[str, str], ...] = (
    ("FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("EDGE_FUNCTION_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("MIDDLEWARE_INVOCATION_TIMEOUT", "vercel.function.timeout"),
    ("FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
    ("EDGE_FUNCTION_INVOCATION_FAILED", "vercel.function.crash"),
    ("MIDDLEWARE_INVOCATION_FAILED", "vercel.function.crash"),
    ("FUNCTION_THROTTLED", "vercel.function.throttled"),
    ("FUNCTION_RATE_LIMIT", "vercel.function.throttled"),
    ("NO_RESPONSE_FROM_FUNCTION", "vercel.function.no_response"),
    ("FUNCTION_PAYLOAD_TOO_LARGE", "vercel.payload"),
    ("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE", "vercel.payload"),
    ("DEPLOYMENT_NOT_FOUND", "vercel.deployment.missing"),
    ("DEPLOYMENT_DELETED", "vercel.deployment.missing"),
    ("DEPLOYMENT_", "vercel.deployment.disabled"),
    ("DNS_HOSTNAME_", "vercel.routing.dns"),
    ("INFINITE_LOOP_DETECTED", "vercel.routing.loop"),
    ("ROUTER_CANNOT_MATCH", "vercel.routing"),
    ("ROUTER_EXTERNAL_TARGET_", "vercel.routing.external"),
    ("NOT_FOUND", "vercel.routing"),
    ("RESOURCE_NOT_FOUND", "vercel.routing"),
    ("INTERNAL_", "vercel.internal"),
)
_CHECKPOINT = b"Vercel Security Checkpoint"
_REGION = re.compile(r"[a-z]{3}[0-9]{1,2}")


def by_firewall(answer: Answer) -> By | None:
    """Know the firewall by its header, or by the title of its challenge where a relay hides the header."""
    mitigated = answer.get("x-vercel-mitigated")
    if not mitigated and not (answer.status in (403, 429) and _CHECKPOINT in answer.body):
        return None
    cause = "vercel.firewall.rate_limited" if answer.status == 429 else "vercel.firewall.denied"
    if mitigated in ("", "challenge"):
        cause = "vercel.firewall.challenge"
    return By("vercel-firewall", cause, pop=pop(answer, "x-vercel-id"))


def by_platform(answer: Answer) -> By | None:
    """Know the platform by its error code."""
    if not answer.has("x-vercel-error"):
        return None
    code = answer.get("x-vercel-error")
    # A code we do not know yet: its status still tells whose fault it is.
    unknown = "vercel.internal" if answer.status >= 500 else "vercel.request"
    cause = next((cause for beginning, cause in _CODES if code.startswith(beginning)), unknown)
    return By("vercel-platform", cause, pop=pop(answer, "x-vercel-id"))


def regions(vercel_id: str) -> tuple[str, ...]:
    """Return the regions that an x-vercel-id lists: the edge that was entered, and then where code ran, if it did."""
    words = vercel_id[:200].partition(",")[0].split("::")[:-1]
    return tuple(word for word in words if _REGION.fullmatch(word))
