"""Two servers to which an access router diverts: one that decrypts and passes on, one that is the captive portal."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from weakref import WeakKeyDictionary

from aiohttp import web

from tests.internet.door import Door
from tests.internet.record import Record
from tests.internet.server_tls import server_side

_ORIGINAL_DESTINATION = 80  # SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST
_CHUNK_BYTES = 65_536
_GOODBYE_SECONDS = 0.1


class Interceptor:
    """Shows its own certificate and relays to where the connection was meant to go, whoever that is."""

    def __init__(self, record: Record, *, port: int, certificate: str) -> None:
        """Listen on that port, to which the firewall redirects."""
        self.rules: dict[str, dict[str, object]] = {}
        self._record = record
        self._port = port
        self._asked: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()
        self._towards_client = server_side(certificate)
        self._towards_client.sni_callback = self._note_name
        self._towards_server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._towards_server.check_hostname = False
        self._towards_server.verify_mode = ssl.CERT_NONE
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on every address of the host."""
        self._server = await asyncio.start_server(self._relay, None, self._port, ssl=self._towards_client)

    async def close(self) -> None:
        """Give up the port."""
        if self._server:
            self._server.close()

    def _note_name(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if isinstance(tls, ssl.SSLObject):
            self._asked[tls] = name or ""

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client: str = writer.get_extra_info("peername")[0]
        address, port = _meant_for(writer.get_extra_info("socket"))
        name = self._asked.get(writer.get_extra_info("ssl_object")) or None
        self._record.note("intercepted", client=client, name=name, server=address, port=port)
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(
                address, port, ssl=self._towards_server, server_hostname=name or address
            )
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, far_writer))
                both.create_task(_pump(far_reader, writer))
        writer.close()


def _meant_for(diverted: socket.socket) -> tuple[str, int]:
    """Return where a diverted connection was going, as the kernel remembers it."""
    if diverted.family == socket.AF_INET6:
        raw = diverted.getsockopt(socket.IPPROTO_IPV6, _ORIGINAL_DESTINATION, 28)
        port, address = struct.unpack_from("!2xH4x16s", raw)
    else:
        raw = diverted.getsockopt(socket.IPPROTO_IP, _ORIGINAL_DESTINATION, 16)
        port, address = struct.unpack_from("!2xH4s", raw)
    return str(ip_address(address)), port


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while octets := await reader.read(_CHUNK_BYTES):
            writer.write(octets)
            await writer.drain()
    # TLS has no half-close, so the end of one way is the end of both.
    writer.close()


class PortalServer:
    """Gives every request the same answer."""

    def __init__(
        self,
        record: Record,
        *,
        port: int,
        status: int,
        headers: Mapping[str, str],
        body: str,
        certificate: str = "",
    ) -> None:
        """Listen on that port, to which the firewall redirects; with a certificate it speaks TLS."""
        self.rules: dict[str, dict[str, object]] = {}
        self._record = record
        self._answered = (status, dict(headers), body)
        self._server = web.Server(self._answer, access_log=None)
        tls = server_side(certificate) if certificate else None
        self._door = Door(port, self._server, record, {}, tls)

    async def open(self) -> None:
        """Listen on every address of the host."""
        self._door.open()

    async def close(self) -> None:
        """Give up the port."""
        self._door.close()
        await self._server.shutdown(_GOODBYE_SECONDS)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._record.note(
            "request", client=request.remote, method=request.method, name=request.host, path=request.path
        )
        status, headers, body = self._answered
        return web.Response(status=status, headers=headers, text=body, content_type="text/html")
