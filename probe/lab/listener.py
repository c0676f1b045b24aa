"""One hop's front door for one vantage: TCP and TLS as the switch has it, then HTTP by the hop's site."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from probe.lab.authority import Identity
from probe.lab.door import Door, Mode
from probe.lab.fault import Act
from probe.lab.nginx import stock_page
from probe.lab.switch import Broken, Switch

Site = Callable[[web.BaseRequest, Broken], Awaitable[web.StreamResponse]]

_HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
_HELLO_BYTES = 65_536
# SO_LINGER on, for 0 s: close(2) sends a reset.
_ABORT = struct.pack("ii", 1, 0)


class Listener:
    """Does to each connection what is broken for this hop and vantage, and serves the rest."""

    def __init__(
        self,
        sock: socket.socket,
        tasks: asyncio.TaskGroup,
        *,
        hop: str,
        vantage: str | None,
        switch: Switch,
        identity: Identity,
        site: Site,
        slow_seconds: float,
    ) -> None:
        """Take over a bound socket; `refresh` opens it."""
        self._hop = hop
        self._vantage = vantage
        self._switch = switch
        self._identity = identity
        self._site = site
        self._slow_seconds = slow_seconds
        self._door = Door(sock, self._attend, tasks)
        # A client that has gone must not keep a slow answer alive.
        self._server = web.Server(self._answer, handler_cancellation=True, access_log=None)

    def refresh(self) -> None:
        """Open, close or silence the door as the switch has it."""
        broken = self._broken()
        if Act.REFUSED in broken:
            self._door.become(Mode.CLOSED)
        elif Act.BLACKHOLE in broken:
            self._door.become(Mode.SILENT)
        else:
            self._door.become(Mode.OPEN)

    async def close(self) -> None:
        """Give up the address and end what is being answered."""
        self._door.close()
        await self._server.shutdown(_GOODBYE_SECONDS / 10)

    def _broken(self) -> Broken:
        return self._switch.at(self._hop, self._vantage)

    async def _attend(self, conn: socket.socket) -> None:
        broken = self._broken()
        if hang := broken.get(Act.HANG):
            await hang.over.wait()
        elif Act.RESET in broken:
            await _reset(conn)
        elif Act.NOT_TLS in broken:
            await _answer_plainly(conn)
        else:
            await self._serve(conn, broken)

    async def _serve(self, conn: socket.socket, broken: Broken) -> None:
        shown = [context for act, context in self._identity.bad.items() if act in broken]
        guest = _Guest(self._server())
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: guest,
            socket.socket(fileno=conn.detach()),
            ssl=shown[0] if shown else self._identity.good,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=_GOODBYE_SECONDS,
        )
        try:
            await guest.gone.wait()
        finally:
            # In Python 3.11.2, Debian 12's, a TLS transport that was closed twice has forgotten what abort() needs.
            with suppress(AttributeError):
                transport.abort()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        broken = self._broken()
        if slow := broken.get(Act.SLOW):
            await slow.pass_within(self._slow_seconds)
        return await self._site(request, broken)


class _Guest(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, and says when the connection is gone."""

    def __init__(self, inner: web.RequestHandler) -> None:
        self._inner = inner
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> None:
        self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        self._inner.connection_lost(exc)


async def _hello(conn: socket.socket) -> None:
    async with asyncio.timeout(_HANDSHAKE_SECONDS):
        await asyncio.get_running_loop().sock_recv(conn, _HELLO_BYTES)


async def _reset(conn: socket.socket) -> None:
    await _hello(conn)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)


async def _answer_plainly(conn: socket.socket) -> None:
    await _hello(conn)
    body = stock_page(400)
    head = f"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
    await asyncio.get_running_loop().sock_sendall(conn, f"{head}Connection: close\r\n\r\n{body}".encode())
    conn.shutdown(socket.SHUT_WR)
    # Until the client has closed: closing first with its bytes unread would turn our answer into a reset.
    async with asyncio.timeout(_GOODBYE_SECONDS):
        while await asyncio.get_running_loop().sock_recv(conn, _HELLO_BYTES):
            continue
