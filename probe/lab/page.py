"""The stand-in for static: the host of the page, a cache that answers by itself."""

import hashlib
import secrets

from aiohttp import web

from probe.clock import Clock
from probe.lab.reply import Reply, send, text_reply
from probe.lab.switch import Broken

_PAGE = (
    "<!doctype html><title>hopwatch lab</title><h1>The page</h1><p>It is served from a cache near you.</p>\n"
)
_FRESH_SECONDS = 3600
_ETAG = f'"{hashlib.sha256(_PAGE.encode()).hexdigest()[:32]}"'


class StaticPage:
    """One page, cached since the lab started and fetched anew when it is no longer fresh."""

    def __init__(self, clock: Clock) -> None:
        """Put the page in the cache now."""
        self._clock = clock
        self._cached_ns = clock.monotonic_ns()

    async def __call__(self, request: web.BaseRequest, broken: Broken) -> web.StreamResponse:
        """Answer one request."""
        return await send(request, self._answer(request), broken)

    def _answer(self, request: web.BaseRequest) -> Reply:
        edge = {"Server": "cloudflare", "CF-RAY": f"{secrets.token_hex(8)}-HKG"}
        if request.path != "/":
            return text_reply(404, "<!doctype html><title>404</title><h1>Not found</h1>\n", edge)
        # What is no longer fresh is fetched anew.
        age = (self._clock.monotonic_ns() - self._cached_ns) // 1_000_000_000 % _FRESH_SECONDS
        cached = {
            "ETag": _ETAG,
            "Age": str(age),
            "Cache-Control": f"public, max-age={_FRESH_SECONDS}",
            "CF-Cache-Status": "HIT",
        }
        return text_reply(200, _PAGE, {**edge, **cached})
