"""Whether a browser would let a page of another origin read an answer, by the rules of the Fetch standard; pure.

What is checked here in the browser's stead: the CORS check (Fetch, "CORS check") and what follows an answered preflight
("CORS-preflight fetch", step 7).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from probe.cause.failed import ProbeFailed
from probe.steps.request import is_token
from probe.steps.response import Response
from probe.text import clean

_SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
# The one name that `*` does not cover (Fetch, "CORS non-wildcard request-header name"); Chromium only warns so far.
_NEVER_BY_WILDCARD = "authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossOrigin:
    """What the page wants to do: its origin, the method, the headers that need permission, and whether with cookies."""

    origin: str
    method: str = "GET"
    headers: tuple[str, ...] = ()
    credentials: bool = False

    def preflight_headers(self) -> dict[str, str]:
        """Return the headers of the question that a browser sends ahead."""
        asked = {"Origin": self.origin, "Access-Control-Request-Method": self.method}
        if self.headers:
            asked["Access-Control-Request-Headers"] = ",".join(sorted(name.lower() for name in self.headers))
        return asked


def check_readable(response: Response, wanted: CrossOrigin) -> None:
    """Run the CORS check. Raises ProbeFailed (app.cors.origin, app.cors.credentials)."""
    headers = response.combined()
    allowed = headers.get("access-control-allow-origin")
    if allowed is None:
        raise ProbeFailed("app.cors.origin", "the answer has no Access-Control-Allow-Origin")
    if allowed == "*" and not wanted.credentials:
        return
    if allowed != wanted.origin:
        why = "which does not hold with credentials" if allowed == "*" else f"the page's is {wanted.origin}"
        raise ProbeFailed("app.cors.origin", f"the allowed origin is {clean(allowed, 100)!r}, {why}")
    if wanted.credentials and headers.get("access-control-allow-credentials") != "true":
        raise ProbeFailed("app.cors.credentials", "Access-Control-Allow-Credentials is not `true`")


def check_permitted(response: Response, wanted: CrossOrigin) -> None:
    """Check that an answered preflight permits the method and every header. Raises ProbeFailed (app.cors. ...)."""
    methods = _names(response, "access-control-allow-methods", "app.cors.method")
    headers = _names(response, "access-control-allow-headers", "app.cors.headers")
    by_wildcard = not wanted.credentials
    if not _allows_method(wanted.method, methods, by_wildcard=by_wildcard):
        raise ProbeFailed(
            "app.cors.method", f"{wanted.method} is not among the allowed methods {_shown(methods)}"
        )
    lowered = {name.lower() for name in headers}
    missing = [
        name for name in wanted.headers if not _allows_header(name.lower(), lowered, by_wildcard=by_wildcard)
    ]
    if missing:
        raise ProbeFailed(
            "app.cors.headers", f"{', '.join(missing)} not among the allowed headers {_shown(headers)}"
        )


def _allows_method(method: str, allowed: Collection[str], *, by_wildcard: bool) -> bool:
    return method in allowed or method in _SAFELISTED_METHODS or (by_wildcard and "*" in allowed)


def _allows_header(name: str, allowed: Collection[str], *, by_wildcard: bool) -> bool:
    return name in allowed or (by_wildcard and "*" in allowed and name != _NEVER_BY_WILDCARD)


def _names(response: Response, header: str, cause: str) -> Sequence[str]:
    """Return the names that a header lists; what is no list of names voids the whole answer, as in a browser."""
    value = response.combined().get(header, "")
    names = [name for part in value.split(",") if (name := part.strip(" \t"))]
    if not all(is_token(name) for name in names):
        raise ProbeFailed(cause, f"{header} is {clean(value, 100)!r}, which is no list of names")
    return names


def _shown(names: Sequence[str]) -> str:
    return clean(f"({', '.join(names)})", 200)
