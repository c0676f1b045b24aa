"""Take a host's TCP connections one by one, so that each can be remembered, and treated otherwise by a rule."""

import asyncio
import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress

from tests.internet.record import Record
from tests.internet.rule import DoorRule

_BACKLOG = 256
_PATIENCE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
# SO_LINGER on, for 0 s: close(2) sends a reset.
_ABORT = struct.pack("ii", 1, 0)
_VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
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
            guest.add_done_callback(self._guests.discard)

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
                await self._welcome(connection, careless_side(rule.certificate, rule.newest))
            else:
                with connection:
                    await _mistreat(connection, rule)

    async def _welcome(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        patience = _PATIENCE_SECONDS if tls else None
        await asyncio.get_running_loop().connect_accepted_socket(
            self._inside, connection, ssl=tls, ssl_handshake_timeout=patience
        )


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
            await _leave(connection)
        case "alert":
            await loop.sock_sendall(connection, _FATAL_ALERT + bytes([rule.number]))
            await _leave(connection)
        case "close" | "hang" | "certificate":
            return


async def _leave(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    # Until the client has closed: closing first with its bytes unread would turn our answer into a reset.
    async with asyncio.timeout(_GOODBYE_SECONDS):
        while await asyncio.get_running_loop().sock_recv(connection, 1 << 16):
            continue


def server_side(certificate: str) -> ssl.SSLContext:
    """Make the context of a server that shows the certificate of that file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


def careless_side(certificate: str, newest: str) -> ssl.SSLContext:
    """Make that of a server whose certificate may be too weak, and whose TLS goes up to that version only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = _VERSIONS[newest]
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context
