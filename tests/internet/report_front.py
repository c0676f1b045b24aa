"""The fronts of hops that report: they hand every request to the real program behind them, and every answer back as it is."""

from collections.abc import Mapping

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from probe.clock import Clock
from probe.lab.layout import Layout
from probe.lab.reply import Reply, send
from probe.lab.switch import Broken
from probe.lab.vercel import Vercel
from tests.internet.reporting import FUNCTION_PORT, NGINX_PORT

_CHUNK_BYTES = 65_536
_OF_ONE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "proxy-connection"}
)


class Relay:
    """The front of nginx: whatever it says goes back as it is."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Ask nginx by `session`."""
        self._session = session

    async def __call__(self, request: web.BaseRequest, broken: Broken) -> web.StreamResponse:
        """Hand a request over, and the answer back."""
        try:
            answer = await _passed(self._session, request, NGINX_PORT, request.rel_url)
        except (aiohttp.ClientError, OSError):
            # nginx has closed the connection without an answer; so do we.
            if request.transport:
                request.transport.abort()
            return web.Response()
        async with answer:
            return await send(request, _whole(answer), broken)


class ReportingVercel(Vercel):
    """The platform's stand-in, whose function is the real one."""

    def __init__(self, layout: Layout, session: aiohttp.ClientSession, clock: Clock) -> None:
        """Ask the function by `session`."""
        super().__init__(layout, session, clock)
        self._local = session

    async def _ask_api(self, request: web.BaseRequest, headers: Mapping[str, str]) -> Reply:
        async with await _passed(self._local, request, FUNCTION_PORT, request.rel_url) as answer:
            found = _whole(answer)
            body = await answer.read()
        merged = CIMultiDict(found.headers)
        merged.update(headers)
        return Reply(status=answer.status, headers=merged, body=body)


async def _passed(
    session: aiohttp.ClientSession, request: web.BaseRequest, port: int, what: URL
) -> aiohttp.ClientResponse:
    url = URL.build(
        scheme="http",
        host="127.0.0.1",
        port=port,
        path=what.raw_path,
        query_string=what.raw_query_string,
        encoded=True,
    )
    headers = [
        (name, value) for name, value in request.headers.items() if name.lower() not in _OF_ONE_CONNECTION
    ]
    return await session.request(
        request.method,
        url,
        headers=CIMultiDict(headers),
        data=await request.read() or None,
        allow_redirects=False,
    )


def _whole(answer: aiohttp.ClientResponse) -> Reply:
    headers = CIMultiDict(
        (name, value) for name, value in answer.headers.items() if name.lower() not in _OF_ONE_CONNECTION
    )
    body = answer.content.iter_chunked(_CHUNK_BYTES)
    return Reply(
        status=answer.status, reason=answer.reason, headers=headers, body=body, length=answer.content_length
    )
