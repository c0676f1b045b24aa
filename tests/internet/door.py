"""Take a host's TCP connections one by one, so that each can be remembered, and treated otherwise by a rule."""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

from tests.internet.record import Record
from tests.internet.rule import DoorRule
from tests.internet.server_tls import Front, careless_side, leave

log = logging.getLogger(__name__)

_BACKLOG = 256
_PATIENCE_SECONDS = 10.0
# SO_LINGER on, for 0 s: close(2) sends a reset.
_ABORT = struct.pack("ii", 1, 0)
# The record of a fatal alert (RFC 8446, 6) up to its number.
_FATAL_ALERT = b"\x15\x03\x03\x00\x02\x02"


class Door:
    """One port on every address of the host, plain or with TLS; behind it is an asyncio protocol."""

    def __init__(
        self,
        port: int,
        inside: Callable[[], asyncio.Protocol],
        record: Record,
        rules: Mapping[str, DoorRule],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Lead to `inside`; `rules` may change at any time."""
        self._port = port
        self._inside = inside
        self._record = record
        self._rules = rules
        self._tls = tls
        self._listeners: list[socket.socket] = []
        self._guests: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Listen."""
        for family, anywhere in ((socket.AF_INET, ""), (socket.AF_INET6, "::")):
            listener = socket.create_server((anywhere, self._port), family=family, backlog=_BACKLOG)
            listener.setblocking(False)
            self._listeners.append(listener)
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def close(self) -> None:
        """Give up the port and send everybody away."""
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()
        self._listeners.clear()
        for guest in self._guests:
            guest.cancel()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError, ConnectionAbortedError):
            connection, peer = listener.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            guest = asyncio.get_running_loop().create_task(self._receive(connection, peer[0], peer[1]))
            self._guests.add(guest)
            guest.add_done_callback(self._part)

    def _part(self, guest: asyncio.Task[None]) -> None:
        self._guests.discard(guest)
        if not guest.cancelled() and (error := guest.exception()):
            log.error("a connection", exc_info=error)

    async def _receive(self, connection: socket.socket, client: str, client_port: int) -> None:
        rules = self._rules.items()
        number, rule = next(
            ((key, each) for key, each in rules if each.fires(client, self._port)), ("", None)
        )
        self._record.note("arrival", client=client, client_port=client_port, port=self._port, rule=number)
        with suppress(OSError):
            if rule is None:
                await self._welcome(connection, self._tls)
            elif rule.act == "certificate":
                # A port without TLS shows no certificate.
                await self._welcome(connection, careless_side(rule) if self._tls else None)
            else:
                with connection:
                    await _mistreat(connection, rule)

    async def _welcome(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        if tls:
            await Front(tls).receive(connection, self._inside)
        else:
            await asyncio.get_running_loop().connect_accepted_socket(self._inside, connection)


async def _mistreat(connection: socket.socket, rule: DoorRule) -> None:
    loop = asyncio.get_running_loop()
    if rule.act == "hang":
        await asyncio.Event().wait()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await loop.sock_recv(connection, 1 << 16)
    match rule.act:
        case "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        case "stall":
            await asyncio.Event().wait()
        case "plain":
            await loop.sock_sendall(connection, rule.text.encode())
            await leave(connection)
        case "alert":
            await loop.sock_sendall(connection, _FATAL_ALERT + bytes([rule.number]))
            await leave(connection)
        case "close" | "hang" | "certificate":
            return
