"""Who made a response that is no success: one ordered table, and the first row that fits wins; pure.

First what the hops say themselves, then the marks of those nearest to us, then of those behind them (Proxy-Status of
RFC 9209; nginx's special responses; vercel.com, "Error Codes"; Cloudflare's 1xxx and 5xx pages).
"""

from collections.abc import Callable
from dataclasses import dataclass

from probe.cause.response.answer import Answer, By
from probe.cause.response.api import by_api
from probe.cause.response.cloudflare import by_challenge, by_cloudflare
from probe.cause.response.function import by_function, by_marked_function
from probe.cause.response.nginx import by_nginx, by_other_proxy
from probe.cause.response.proxy_status import by_proxy_status
from probe.cause.response.vercel import by_firewall, by_platform
from probe.model import Made
from probe.text import clean


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its id, what it says in a sentence, and whom it takes a response to be by."""

    id: str
    says: str
    by: Callable[[Answer], By | None]


TABLE: tuple[Row, ...] = (
    Row(
        "response.proxy-status",
        "A hop says by Proxy-Status that something failed; of several, the one nearest the origin is right.",
        by_proxy_status,
    ),
    Row(
        "response.nginx-own",
        "The page ends as nginx's own do and bears no mark of a platform behind it: the relay made it.",
        by_nginx,
    ),
    Row(
        "response.proxy-own",
        "The body is the stock sentence of another proxy (Envoy, HAProxy, Varnish, Apache), and no platform passed it on.",
        by_other_proxy,
    ),
    Row(
        "response.vercel-firewall",
        "`x-vercel-mitigated`, or the title of its checkpoint: Vercel's firewall let nothing through.",
        by_firewall,
    ),
    Row(
        "response.vercel-platform",
        "`x-vercel-error`: Vercel's platform answers in the place of the code.",
        by_platform,
    ),
    Row(
        "response.function-mark",
        "`X-Hopwatch-Made-By`, or `made_by` in its JSON: the function's code made it itself.",
        by_marked_function,
    ),
    Row(
        "response.cloudflare-challenge",
        "`cf-mitigated: challenge`: Cloudflare's edge wants a browser.",
        by_challenge,
    ),
    Row(
        "response.cloudflare-page",
        "`cf-error-type`, a number or words of its own pages: Cloudflare's edge made it.",
        by_cloudflare,
    ),
    Row("response.api-error", "The body is an error object of an LLM's API: the API answered.", by_api),
    Row(
        "response.function-alone",
        "`x-vercel-id`, an error of a server, and no other mark: the code on the platform made it.",
        by_function,
    ),
)


def author(answer: Answer) -> Made | None:
    """Return who made a response and what that amounts to; None when nothing in it tells."""
    for row in TABLE:
        if by := row.by(answer):
            name = clean(by.name, 64) if by.name else None
            return Made(rule=row.id, maker=by.maker, cause=by.cause, name=name, pop=by.pop)
    return None
