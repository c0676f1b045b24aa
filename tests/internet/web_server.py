"""A host's web server on ports 80 and 443; /whoami tells a client the address that it came from."""

import asyncio
import math
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.internet.door import Door
from tests.internet.dressing import Change, Dress, DressedRequest, dressed
from tests.internet.record import Record
from tests.internet.rule import WebRule
from tests.internet.server_tls import server_side
from tests.internet.stand_in import StandIn

_GOODBYE_SECONDS = 0.1
_ABORT = struct.pack("ii", 1, 0)


class WebServer:
    """Answers every path, remembers who came, and does otherwise where a rule says so.

    With a stand-in all but /whoami, /bytes/COUNT, /sse/COUNT/MILLISECONDS and /redirects/COUNT is answered by that.
    """

    def __init__(
        self,
        record: Record,
        *,
        name: str,
        certificate: str = "",
        stand_in: Mapping[str, Any] | None = None,
        closes: bool = False,
    ) -> None:
        """Serve plain HTTP, and HTTPS too when there is a certificate; it may close after each answer."""
        self.rules: dict[str, dict[str, Any]] = {"web": {}, "door": {}}
        self._record = record
        self._name = name
        self.dress = Dress(closes=closes)
        self._asked_at: dict[str, float] = {}
        self._server = web.Server(
            self._answer, request_factory=dressed(self.dress), handler_cancellation=True, access_log=None
        )
        self.stand_in = StandIn(**stand_in) if stand_in else None
        tls = [(443, server_side(certificate))] if certificate else []
        self._doors = [
            Door(port, self._server, record, self.rules["door"], context)
            for port, context in [(80, None), *tls]
        ]

    async def open(self) -> None:
        """Listen on every address of the host."""
        if self.stand_in:
            await self.stand_in.open()
        for door in self._doors:
            door.open()

    async def close(self) -> None:
        """Give up the ports."""
        for door in self._doors:
            door.close()
        if self.stand_in:
            await self.stand_in.close()
        await self._server.shutdown(_GOODBYE_SECONDS)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        client, name = request.remote or "", request.host.partition(":")[0].lower()
        rules: dict[str, WebRule] = self.rules["web"]
        firing = (
            each
            for each in rules.items()
            if each[1].fires(client, request.method, name, request.path) and self._has_idled(*each)
        )
        number, rule = next(firing, ("", None))
        self._record.note(
            "request", client=client, method=request.method, name=name, path=request.path,
            scheme=request.scheme, rule=number,
        )  # fmt: skip
        if rule is None:
            return await self._honest(request, client)
        return await self._otherwise(rule, request, client)

    async def _honest(self, request: web.BaseRequest, client: str) -> web.StreamResponse:
        headers = {"Server": self._name}
        match request.path.strip("/").split("/"):
            case ["whoami"]:
                return web.Response(text=client, headers=headers)
            case ["bytes", count]:
                return web.Response(body=b"x" * int(count), headers=headers)
            case ["sse", count, milliseconds]:
                return await _stream(request, int(count), int(milliseconds) / 1000, headers)
            case ["redirects", count] if int(count):
                return web.Response(
                    status=302, headers={**headers, "Location": f"/redirects/{int(count) - 1}"}
                )
            case _ if self.stand_in:
                return await self.stand_in.answer(request)
            case _:
                return web.Response(text=f"{self._name} {request.path} for {client}\n", headers=headers)

    async def _otherwise(self, rule: WebRule, request: web.BaseRequest, client: str) -> web.StreamResponse:
        if rule.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(rule.delay_ms / 1000)
        if rule.is_reset and rule.end_after is None:
            return _reset(request)
        if rule.is_honest:
            if isinstance(request, DressedRequest):
                request.change(Change(headers=rule.headers, without=rule.without))
            return await self._honest(request, client)
        return await _send(request, rule)

    def _has_idled(self, number: str, rule: WebRule) -> bool:
        """Say whether a rule for the first request after a pause fires now."""
        now = time.monotonic()
        before = self._asked_at.get(number, -math.inf)
        self._asked_at[number] = now
        return now - before >= rule.after_idle_s


async def _send(request: web.BaseRequest, rule: WebRule) -> web.StreamResponse:
    body = (rule.body or "").encode()
    response = web.StreamResponse(status=rule.status or 200, headers=rule.headers)
    if body.startswith(b"<") and "Content-Type" not in response.headers:
        # A browser would save it as a file.
        response.content_type = "text/html"
    if not rule.is_chunked:
        response.content_length = len(body)
    await response.prepare(request)
    if rule.end_after is not None:
        await response.write(body[: rule.end_after])
        if rule.is_reset:
            _reset(request)
        elif request.transport:
            request.transport.close()
    elif rule.stall_after is not None:
        await response.write(body[: rule.stall_after])
        await asyncio.Event().wait()
    else:
        await response.write(body)
    return response


async def _stream(
    request: web.BaseRequest, count: int, seconds: float, headers: Mapping[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(count):
        await response.write(f'data: {{"number": {number}}}\n\n'.encode())
        await asyncio.sleep(seconds)
    await response.write(b"data: [DONE]\n\n")
    return response


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    transport = request.transport
    if transport:
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        transport.abort()
    return web.Response()
