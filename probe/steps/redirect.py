"""Where a redirect leads; pure."""

import ipaddress
import re
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from probe.cause.failed import ProbeFailed
from probe.host import is_host
from probe.model import Hop
from probe.steps.request import is_printable
from probe.steps.response import Response

STATUSES = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_INWARD = (".localhost", ".local", ".home.arpa", ".internal", ".lan", ".home", ".corp", ".intranet")
_NO_HOST = re.compile(r"([a-z][a-z0-9+.-]*:)?//([/?#:]|$)", re.IGNORECASE)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def target(hop: Hop, path: str, response: Response) -> tuple[Hop, str]:
    """Return the place and path that a redirect leads to. Raises ProbeFailed (http.redirect_invalid)."""
    location = response.header("location") or ""
    shown = location.partition("?")[0]  # a query may hold a key
    # An empty host is none (RFC 9110, 4.2.1), and urljoin would put the first place's there.
    if _NO_HOST.match(location):
        raise ProbeFailed("http.redirect_invalid", f"the redirect leads to {shown!r}")
    try:
        parts = urlsplit(urljoin(f"{hop.scheme}://{hop.authority}{path}", location))
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise ProbeFailed("http.redirect_invalid", "the redirect cannot be read as an address") from error
    if not location or parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise ProbeFailed("http.redirect_invalid", f"the redirect leads to {shown!r}")
    if not is_printable(parts.path + parts.query) or not is_host(parts.hostname):
        raise ProbeFailed("http.redirect_invalid", f"the redirect leads to {shown!r}")
    same = parts.hostname == hop.host.lower()
    place = replace(
        hop,
        scheme=parts.scheme,
        host=hop.host if same else parts.hostname,
        port=port,
        address=hop.address if same else None,
    )
    return place, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def method_after(status: int, method: str) -> str:
    """Return the method to go on with, as browsers do (RFC 9110, 15.4; Fetch, HTTP-redirect fetch)."""
    if method == "HEAD" or status in (307, 308) or (status in (301, 302) and method != "POST"):
        return method
    return "GET"


def same_origin(one: Hop, other: Hop) -> bool:
    """Tell whether credentials for `one` may be shown to `other` (RFC 6454)."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def leads_inward(asked: str, address: str) -> bool:
    """Tell whether a redirect goes from a public address to one that is not: a target must not steer us inward.

    Where a proxy resolves, it is names that are compared, and of these only some tell.
    """
    return _is_public(asked) and not _is_public(address)


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # RFC 6761, 6762 and 8375, ICANN's .internal, and what routers call a home.
        return "." in address.strip(".") and not address.rstrip(".").endswith(_INWARD)
    if isinstance(parsed, ipaddress.IPv6Address):
        # An IPv4 address may be carried inside: mapped, 6to4, or behind a translator (RFC 6052).
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        parsed = inner or parsed
    return parsed.is_global and not parsed.is_multicast
