"""Answers that a proxy of our own makes by itself: nginx's stock pages, and those of other proxies; pure."""

import re

from probe.cause.response.answer import Answer, By

# At the end, but for closing tags and the comments that pad its pages for old browsers.
_NGINX = re.compile(
    rb"<center>(?:nginx|openresty|tengine|angie|freenginx)(?:/[\w.-]{1,40})?(?: \([^)<]{1,60}\))?</center>"
    rb"(?:\s|</\w+>|<!--[^>]*-->)*$",
    re.IGNORECASE,
)
# What a platform or an edge passes on bears its marks, so whoever made it stands behind them.
_PASSED_ON = ("x-vercel-id", "cf-ray")


def by_nginx(answer: Answer) -> By | None:
    """Know nginx's own page, which no platform passed on, by its tail.

    Connecting, handshake, sending and reading that take too long are 504; refused, reset, no route, a failed handshake,
    an early end, no valid header, no address and no live upstream are 502: the page does not say which.
    """
    if any(answer.has(header) for header in _PASSED_ON) or not _NGINX.search(answer.body):
        return None
    return By("nginx", by_status(answer.status))


def by_status(status: int) -> str:
    """Return what nginx means by a status of its own; 503 is what it answers at its limits unless told otherwise."""
    if status in (502, 504):
        return "relay.upstream"
    return "relay.limited" if status in (429, 503) else "relay.misconfig"


# The stock sentences of other proxies with what each says, the most exact first. HAProxy answers a failed connection with
# 503, so its 504 comes after one; Envoy puts the system's error number or its own word behind its sentence.
_STOCK: tuple[tuple[str, re.Pattern[bytes], str], ...] = tuple(
    (maker, re.compile(pattern.replace(rb" ", rb"\s+")), cause)
    for maker, pattern, cause in (
        ("envoy", rb"^upstream connect error .{0,200}delayed connect error: 111\b", "relay.upstream.refused"),
        ("envoy", rb"^upstream connect error .{0,200}delayed connect error: 113\b", "relay.upstream.unreachable"),
        ("envoy", rb"^upstream connect error .{0,200}TLS[ _]error", "relay.upstream.tls"),
        ("envoy", rb"^upstream connect error .{0,200}reason: connection timeout", "relay.upstream.connect_timeout"),
        ("envoy", rb"^upstream connect error .{0,200}reason: connection termination", "relay.upstream.closed"),
        ("envoy", rb"^upstream connect error .{0,200}reason: overflow", "relay.limited"),
        ("envoy", rb"^upstream connect error or disconnect/reset before headers", "relay.upstream"),
        ("envoy", rb"^upstream request timeout$", "relay.upstream.read_timeout"),
        ("envoy", rb"^no healthy upstream$", "relay.upstream.no_live"),
        ("haproxy", rb"<h1>502 Bad Gateway</h1> The server returned an invalid or incomplete response\.", "relay.upstream"),
        ("haproxy", rb"<h1>503 Service Unavailable</h1> No server is available to handle this request\.", "relay.upstream"),
        ("haproxy", rb"<h1>504 Gateway Time-out</h1> The server didn't respond in time\.", "relay.upstream.read_timeout"),
        ("haproxy", rb"<h1>429 Too Many Requests</h1> You have sent too many requests", "relay.limited"),
        ("haproxy", rb"<h1>403 Forbidden</h1> Request forbidden by administrative rules\.", "relay.misconfig"),
        ("varnish", rb"<h1>Error 503 Backend fetch failed</h1>", "relay.upstream"),
        ("apache", rb"Reason: <strong>DNS lookup failure for", "relay.upstream.dns"),
        ("apache", rb"The proxy server received an invalid response from an upstream server\.", "relay.upstream"),
        ("apache", rb"The gateway did not receive a timely response from the upstream server", "relay.upstream"),
    )
)  # fmt: skip
# Of these statuses such sentences are; in a page that went well they are only talked about.
_STOCK_STATUS = frozenset({403, 429, 502, 503, 504})


def by_other_proxy(answer: Answer) -> By | None:
    """Know the stock answer of another proxy, which no platform passed on, by its sentence."""
    if answer.status not in _STOCK_STATUS or any(answer.has(header) for header in _PASSED_ON):
        return None
    body = answer.body.strip()
    return next((By(maker, cause) for maker, pattern, cause in _STOCK if pattern.search(body)), None)
