"""The marks of a response: header names, and their values, that tell of a server and not of the content; pure."""

from typing import NamedTuple

from probe.model import Http

_MOST_CHARACTERS = 64
# What describes the content, its freshness, this connection, or what browsers may do with it: any hop's answer may or may
# not have it. HSTS is among them, because nginx leaves out of its errors what it only adds to successes.
_OF_CONTENT = frozenset(
    {
        "accept-ranges", "age", "allow", "alt-svc", "cache-control", "cache-status", "cf-cache-status", "connection",
        "date", "etag", "expires", "keep-alive", "last-modified", "link", "location", "permissions-policy", "pragma",
        "proxy-status", "referrer-policy", "refresh", "retry-after", "server-timing", "set-cookie",
        "strict-transport-security", "timing-allow-origin", "trailer", "transfer-encoding", "upgrade", "vary",
        "www-authenticate", "x-accel-buffering", "x-cache", "x-cache-hits", "x-content-type-options", "x-download-options",
        "x-frame-options", "x-matched-path", "x-permitted-cross-domain-policies", "x-robots-tag", "x-vercel-cache",
        "x-xss-protection",
    }
)  # fmt: skip
_OF_CONTENT_BEGINS = (
    "content-",
    "access-control-",
    "cross-origin-",
    "x-ratelimit-",
    "ratelimit",
    "x-hopwatch-",
)
# Who says something by Proxy-Status is a mark, whatever he says.
REPORTS, RECEIVED = "proxy-status", "proxy-status received"


class Mark(NamedTuple):
    """A header that is there, or one that is there with a value."""

    name: str
    value: str | None = None


def marks(http: Http) -> frozenset[Mark]:
    """Return the marks that a response bears."""
    found = set[Mark]()
    for header, value in http.headers:
        name = header.lower()[:_MOST_CHARACTERS]
        if name not in _OF_CONTENT and not name.startswith(_OF_CONTENT_BEGINS):
            found |= {Mark(name), Mark(name, value.strip().lower()[:_MOST_CHARACTERS])}
    return frozenset(found)


def reports(http: Http) -> frozenset[Mark]:
    """Return who says something of a response by Proxy-Status, and who of them received it from another hop."""
    said = {Mark(REPORTS, one.hop.lower()) for one in http.proxy_status}
    return frozenset(
        said
        | {Mark(RECEIVED, one.hop.lower()) for one in http.proxy_status if one.received_status is not None}
    )
