"""The stand-in for hk-vps: nginx, which answers /healthz itself and forwards the rest to Vercel.

It is the stock configuration with `proxy_ssl_server_name on`, `proxy_ssl_verify on`, and a shorter time-out: no
connection to the upstream is kept, the upstream's Date and Server are hidden, its error pages are the built-in ones.
"""

from dataclasses import replace
from http import HTTPStatus

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.lab.door import DeadEnds
from probe.lab.fault import Act
from probe.lab.layout import Layout
from probe.lab.reply import Reply, send, text_reply
from probe.lab.switch import Broken

_SERVER = {"Server": "nginx"}
_CHUNK_BYTES = 65_536

# RFC 9110, 7.6.1; Content-Length is set from the upstream's when the answer goes out.
_OF_ONE_CONNECTION = frozenset(
    {
        *("connection", "proxy-connection", "keep-alive", "upgrade", "content-length"),
        *("te", "trailer", "transfer-encoding"),  # codespell:ignore te
    }
)
# ngx_http_proxy_hide_headers, nginx src/http/modules/ngx_http_proxy_module.c.
_HIDDEN = frozenset(
    {
        *("date", "server", "x-pad", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate"),
        *("x-accel-buffering", "x-accel-charset"),
    }
)


# How nginx words a status line, where the standard library differs (ngx_http_header_filter_module.c).
_WORDINGS = {413: "Request Entity Too Large", 504: "Gateway Time-out"}


def stock_page(status: int) -> str:
    """Return nginx's built-in page for a status, with server_tokens off."""
    title = f"{status} {_wording(status)}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )


def _wording(status: int) -> str:
    return _WORDINGS.get(status) or HTTPStatus(status).phrase


class Nginx:
    """Forwards to one upstream."""

    def __init__(self, layout: Layout, session: aiohttp.ClientSession, dead_ends: DeadEnds) -> None:
        """Forward by `session`, or to a dead end while that leg is broken."""
        self._layout = layout
        self._session = session
        self._dead_ends = dead_ends

    async def __call__(self, request: web.BaseRequest, broken: Broken) -> web.StreamResponse:
        """Answer one request."""
        if request.path == "/healthz":
            marker = {**_SERVER, "X-Hop": "hk-vps"}
            return await send(request, text_reply(200, "ok\n", marker, "text/plain"), broken)
        try:
            upstream = await self._ask(request, broken)
        except TimeoutError:
            return await send(request, _error(504), broken)
        except web.HTTPRequestEntityTooLarge:
            return await send(request, _error(413), broken)
        except (aiohttp.ClientError, OSError):
            return await send(request, _error(502), broken)
        async with upstream:
            return await send(request, _passed_on(upstream), broken)

    async def _ask(self, request: web.BaseRequest, broken: Broken) -> aiohttp.ClientResponse:
        host = self._layout.name("vercel")
        url = URL.build(
            scheme="https",
            host=host,
            port=self._port(broken),
            path=request.rel_url.raw_path,
            query_string=request.rel_url.raw_query_string,
            encoded=True,
        )
        headers = CIMultiDict(_kept(request.headers))
        headers["Host"] = host
        seconds = self._layout.upstream_timeout_seconds
        return await self._session.request(
            request.method,
            url,
            headers=headers,
            data=await request.read() or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(sock_connect=seconds, sock_read=seconds),
        )

    def _port(self, broken: Broken) -> int:
        if Act.UPSTREAM_REFUSED in broken:
            return self._dead_ends.closed_port
        if Act.UPSTREAM_TIMEOUT in broken:
            return self._dead_ends.silent_port
        return self._layout.hop_port


def _kept(headers: CIMultiDictProxy[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION]


def _passed_on(upstream: aiohttp.ClientResponse) -> Reply:
    headers = CIMultiDict(
        (name, value) for name, value in _kept(upstream.headers) if name.lower() not in _HIDDEN
    )
    headers.update(_SERVER)
    body = upstream.content.iter_chunked(_CHUNK_BYTES)
    return Reply(
        status=upstream.status,
        reason=upstream.reason,
        headers=headers,
        body=body,
        length=upstream.content_length,
    )


def _error(status: int) -> Reply:
    page = text_reply(status, stock_page(status), _SERVER, "text/html")
    return replace(page, reason=_wording(status))
