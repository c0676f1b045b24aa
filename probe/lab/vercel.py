"""The stand-in for vercel: an edge in Hong Kong with a static page, and a function in Washington that asks the API.

What the function's code answers carries a marker, what the platform answers in its stead carries x-vercel-error.
"""

import asyncio
import secrets
from collections.abc import Mapping

import aiohttp
from aiohttp import web
from yarl import URL

from probe.clock import Clock
from probe.lab.fault import Act
from probe.lab.layout import Layout
from probe.lab.reply import Reply, json_reply, send, text_reply
from probe.lab.switch import Broken

_PAGE = (
    "<!doctype html><title>hopwatch lab</title><p>The static page that Vercel's edge serves by itself.</p>\n"
)
_MARKER = {"made_by": "function", "hop": "vercel", "region": "iad1"}
_MOST_BODY_BYTES = 1_048_576

# Any page may call the function and read what its code answers; what the platform answers in its stead lacks this.
_FOR_PAGES = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **_FOR_PAGES,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}

# What the function copies of the API's answer, so that who made it can still be told.
_COPIED = ("content-type", "cf-ray", "cf-error-type", "retry-after")
_COPIED_PREFIX = "x-ratelimit-"


class Vercel:
    """Routes to the static page or the function, and ends a function that takes too long."""

    def __init__(self, layout: Layout, session: aiohttp.ClientSession, clock: Clock) -> None:
        """Let the function ask the API by `session`."""
        self._layout = layout
        self._session = session
        self._clock = clock

    async def __call__(self, request: web.BaseRequest, broken: Broken) -> web.StreamResponse:
        """Answer one request."""
        return await send(request, await self._route(request, broken), broken)

    async def _route(self, request: web.BaseRequest, broken: Broken) -> Reply:
        tail = f"{secrets.token_hex(3)[:5]}-{self._clock.wall_ns() // 1_000_000}-{secrets.token_hex(6)}"
        if request.path.startswith("/api/"):
            return await self._invoke(request, broken, tail)
        at_edge = _headers(f"hkg1::{tail}")
        if request.path == "/":
            return text_reply(200, _PAGE, {**at_edge, "X-Vercel-Cache": "HIT"})
        return _platform_error(404, "NOT_FOUND", "The page could not be found", at_edge)

    async def _invoke(self, request: web.BaseRequest, broken: Broken, tail: str) -> Reply:
        in_region = _headers(f"hkg1::iad1::{tail}")
        if Act.FUNCTION_CRASH in broken:
            return _platform_error(
                500, "FUNCTION_INVOCATION_FAILED", "A server error has occurred", in_region
            )
        try:
            async with asyncio.timeout(self._layout.function_limit_seconds):
                return await self._function(request, broken, in_region)
        except TimeoutError:
            sentence = "An error occurred with your deployment"
            return _platform_error(504, "FUNCTION_INVOCATION_TIMEOUT", sentence, in_region)

    async def _function(self, request: web.BaseRequest, broken: Broken, headers: Mapping[str, str]) -> Reply:
        if hung := broken.get(Act.FUNCTION_TIMEOUT):
            await hung.over.wait()
        if request.method == "OPTIONS":
            return Reply(status=204, headers={**headers, **_PREFLIGHT})
        headers = {**headers, **_FOR_PAGES}
        if request.path == "/api/ping":
            return json_reply(200, {"ok": True, **_MARKER}, headers)
        if not request.path.startswith("/api/v1/"):
            return json_reply(404, {"error": "no such function", **_MARKER}, headers)
        try:
            return await self._ask_api(request, headers)
        except (aiohttp.ClientError, OSError) as error:
            return json_reply(
                502, {"error": "upstream unreachable", "kind": type(error).__name__, **_MARKER}, headers
            )

    async def _ask_api(self, request: web.BaseRequest, headers: Mapping[str, str]) -> Reply:
        url = URL.build(
            scheme="https",
            host=self._layout.name("direct"),
            port=self._layout.hop_port,
            path=request.rel_url.raw_path.removeprefix("/api"),
            query_string=request.rel_url.raw_query_string,
            encoded=True,
        )
        sent = {"Accept": "application/json", "User-Agent": "node"}
        if self._layout.function_key is not None:
            sent["Authorization"] = f"Bearer {self._layout.function_key}"
        body = await request.read() or None
        async with self._session.request(
            request.method, url, headers=sent, data=body, allow_redirects=False
        ) as upstream:
            copied = {name: value for name, value in upstream.headers.items() if _is_copied(name)}
            return Reply(status=upstream.status, headers={**headers, **copied}, body=await _bounded(upstream))


async def _bounded(upstream: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in upstream.content.iter_any():
        body += chunk
        if len(body) > _MOST_BODY_BYTES:
            raise aiohttp.ClientPayloadError("the API's answer is too large")
    return bytes(body)


def _is_copied(name: str) -> bool:
    return name.lower() in _COPIED or name.lower().startswith(_COPIED_PREFIX)


def _headers(request_id: str) -> dict[str, str]:
    return {
        "Server": "Vercel",
        "X-Vercel-Id": request_id,
        "Cache-Control": "public, max-age=0, must-revalidate",
        "Strict-Transport-Security": "max-age=63072000",
    }


def _platform_error(status: int, code: str, sentence: str, headers: Mapping[str, str]) -> Reply:
    body = f"{sentence}\n\n{code}\n\n{headers['X-Vercel-Id']}\n"
    return text_reply(status, body, {**headers, "X-Vercel-Error": code}, "text/plain; charset=utf-8")
