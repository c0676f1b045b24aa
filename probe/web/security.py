"""Guards around every request: who we are called by, what may be asked, how long it may take, what a browser may do."""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from aiohttp import web

from probe.text import clean
from probe.web.admission import ACCESS
from probe.web.board import BOARD
from probe.web.events import EVENTS
from probe.web.lifecycle import RELOAD

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Server": "hopwatch",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Of a refusal's own headers; what else there is, is ours.
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


class Hosts:
    """The names we answer to: DNS rebinding makes a browser ask us under somebody else's name."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        """Start with loopback and `allowed`, in which `*` stands for every name."""
        self._names = {"localhost", *(_bare(name) for name in allowed)}

    def add(self, name: str) -> None:
        """Answer to the name or address that we listen on, too."""
        self._names.add(_bare(name))

    def allows(self, host: str, own_address: str | None) -> bool:
        """Tell whether a Host header names loopback, the address it was sent to, or a name we know."""
        name = _bare(host.rpartition(":")[0] if _has_port(host) else host)
        return "*" in self._names or name in self._names or _is_loopback(name) or name == own_address


HOSTS = web.AppKey("hosts", Hosts)


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and (host.count(":") == 1 or "]:" in host)


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith(".localhost")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser to run, load, frame and keep nothing but our own; the web configuration has the last word."""
    response.headers.update(_HEADERS)
    access = request.app.get(ACCESS)
    if access is not None:
        response.headers.update(access.rules.headers)
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is refused as JSON below /api and as plain text elsewhere."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        headers = {key: value for key, value in refusal.headers.items() if key in _KEPT}
        text = refusal.text or refusal.reason
        # aiohttp's own wording of an unknown path.
        text = "there is nothing at this path" if text == "404: Not Found" else text
        if request.path.startswith("/api/"):
            body = json.dumps({"version": 1, "error": text}) + "\n"
            return web.Response(
                status=refusal.status, text=body, content_type="application/json", headers=headers
            )
        return web.Response(status=refusal.status, text=f"{text}\n", headers=headers)


@web.middleware
async def bound_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each request, reading of the answer included, so many seconds; watchers have a rule of their own."""
    board = request.app[BOARD]
    board.busy.add(request.protocol)
    try:
        if request.match_info.route.name == EVENTS:
            return await handler(request)
        async with asyncio.timeout(board.limits.request_seconds):
            response = await handler(request)
            # Written here, not by aiohttp later, so that a reader who does not read is under the deadline.
            with suppress(ConnectionError):
                await response.prepare(request)
                await response.write_eof()
            return response
    except TimeoutError:
        if request.transport is not None:
            # In Python 3.11.2, Debian 12's, a TLS transport that was closed twice has forgotten what abort() needs.
            with suppress(AttributeError):
                request.transport.abort()
        raise web.HTTPServiceUnavailable(text="the answer was not read in time") from None
    finally:
        board.busy.discard(request.protocol)


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that name another host, and those that a page of another site makes behind its reader's back."""
    if not request.raw_path.startswith("/"):
        # RFC 9112, 3.2.2: what is asked of a proxy names its host here, and that name goes before the header.
        raise web.HTTPBadRequest(text="only paths of this server are answered")
    sockname = request.get_extra_info("sockname")
    own_address = sockname[0] if isinstance(sockname, tuple) else None
    host = request.headers.get("Host", "")
    if not request.app[HOSTS].allows(host, own_address):
        raise web.HTTPForbidden(
            text=f"this server is not called {clean(host, 80)!r}; --web.allowed-host lets it be"
        )
    is_navigation = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and not is_navigation:
        raise web.HTTPForbidden(text="pages of other sites may not read this server")
    return await handler(request)


@web.middleware
async def only_read(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse everything that is no reading; the one thing that changes anything has guards of its own."""
    if request.method not in ("GET", "HEAD") and request.match_info.route.name != RELOAD:
        raise web.HTTPMethodNotAllowed(request.method, ["GET", "HEAD"], text="only GET and HEAD are answered")
    return await handler(request)
