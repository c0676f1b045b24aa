"""Let an operator's own program ask for a reload; the one request that changes anything, and off unless switched on."""

import asyncio
from typing import Final

from aiohttp import web

from probe.web.board import BOARD

RELOAD: Final = "reload"
_METHODS: Final = ("POST", "PUT")
# Our own deadline for a request cuts the connection; before it comes there is time to say why.
_OF_DEADLINE: Final = 0.8


async def reload(request: web.Request) -> web.Response:
    """Answer 200 when the configuration was taken over, 422 with every problem when it was not."""
    board = request.app[BOARD]
    if request.method not in _METHODS:
        raise web.HTTPMethodNotAllowed(request.method, _METHODS, text="a reload is asked for by POST or PUT")
    if board.reload is None:
        raise web.HTTPForbidden(
            text="reloading by HTTP is switched off; --web.enable-lifecycle switches it on, SIGHUP always works"
        )
    _refuse_browsers(request)
    try:
        async with asyncio.timeout(board.limits.request_seconds * _OF_DEADLINE):
            is_taken, text = await board.reload()
    except TimeoutError:
        return web.Response(
            status=202, text="the reload goes on; hopwatch_config_last_reload_successful will tell\n"
        )
    return web.Response(status=200 if is_taken else 422, text=f"{text}\n")


def _refuse_browsers(request: web.Request) -> None:
    """Refuse what a page asks, ours included: a form of another site needs nobody's leave to post here."""
    if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
        raise web.HTTPForbidden(text="a page may not ask for a reload; a program or a signal may")
