"""Change the headers of an answer at the last moment, whoever made it: a server whose clock or tongue is another."""

import asyncio
import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler


@dataclass(slots=True)
class Dress:
    """What a server's answers wear: the date of a clock that is so many seconds ahead, and that each is the last one."""

    ahead_s: float = 0.0
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Headers that take the place of an answer's own, and names of those that go."""

    headers: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


class DressedRequest(web.BaseRequest):
    """A request whose answer is dressed before its headers leave."""

    def __init__(self, dress: Dress, *given: object) -> None:
        """Wear this."""
        super().__init__(*given)  # type: ignore[arg-type]  # as the server makes every request
        self._dress = dress
        self._change = Change()

    def change(self, change: Change) -> None:
        """Have the answer changed so."""
        self._change = change

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        if self._dress.ahead_s:
            response.headers[hdrs.DATE] = email.utils.formatdate(
                time.time() + self._dress.ahead_s, usegmt=True
            )
        if self._dress.closes:
            response.headers[hdrs.CONNECTION] = "close"
            response.force_close()
        for name in self._change.without:
            response.headers.popall(name, None)
        response.headers.update(self._change.headers)


Factory = Callable[
    [RawRequestMessage, StreamReader, RequestHandler, AbstractStreamWriter, "asyncio.Task[None]"],
    web.BaseRequest,
]


def dressed(dress: Dress) -> Factory:
    """Return what makes the requests of a server that wears this, which may change at any time."""

    def make(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        return DressedRequest(dress, message, payload, protocol, writer, task, asyncio.get_running_loop())

    return make
