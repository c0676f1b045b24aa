"""A host's DNS server: over UDP and TCP, and with a certificate over TLS (port 853) and HTTPS (/dns-query) too."""

import asyncio
import base64
import binascii
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiohttp import web

from tests.internet.dns_answer import Answers, Reply
from tests.internet.door import Door
from tests.internet.dressing import Dress, dressed
from tests.internet.record import Record
from tests.internet.rule import DnsRule, DoorRule
from tests.internet.server_tls import server_side

_PORT, _TLS_PORT, _HTTPS_PORT = 53, 853, 443
_IDLE_SECONDS = 10.0
_MESSAGE = "application/dns-message"


class NameServer:
    """Answers by its zone and its rules over every transport."""

    def __init__(self, record: Record, *, zone: Mapping[str, Sequence[str]], certificate: str = "") -> None:
        """Answer by the zone; the certificate is a file."""
        self.answers = Answers(zone, record)
        self._door_rules: dict[str, DoorRule] = {}
        self.rules: dict[str, dict[str, DnsRule] | dict[str, DoorRule]] = {
            "dns": self.answers.rules,
            "door": self._door_rules,
        }
        self._record = record
        self._certificate = certificate
        self.dress = Dress()
        self._https = web.Server(
            self._answer_request,
            request_factory=dressed(self.dress),
            handler_cancellation=True,
            access_log=None,
        )
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._doors = [Door(_PORT, self._stream("tcp"), record, self._door_rules)]
        if certificate:
            tls = server_side(certificate)
            self._doors.append(Door(_TLS_PORT, self._stream("tls"), record, self._door_rules, tls))
            self._doors.append(Door(_HTTPS_PORT, self._https, record, self._door_rules, tls))

    async def open(self) -> None:
        """Listen on every address of the host."""
        loop = asyncio.get_running_loop()
        for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self.answers), sock=_bound(family, anywhere)
            )
            self._datagrams.append(transport)
        for door in self._doors:
            door.open()

    async def close(self) -> None:
        """Give up the ports."""
        while self._datagrams:
            self._datagrams.pop().abort()
        for door in self._doors:
            door.close()

    def _stream(self, over: str) -> "_Streams":
        return _Streams(self.answers, over)

    async def _answer_request(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one query by RFC 8484."""
        try:
            wire = await request.read() if request.method == "POST" else _decoded(request.query["dns"])
        except (KeyError, binascii.Error):
            return web.Response(status=400)
        for seconds, message in self.answers.reply(wire, request.remote or "", "https").messages[-1:]:
            await asyncio.sleep(seconds)
            return web.Response(body=message, content_type=_MESSAGE)
        await asyncio.Event().wait()
        raise AssertionError


class _Streams:
    """Makes a protocol for each connection on which queries come one after the other, each after its length."""

    def __init__(self, answers: Answers, over: str) -> None:
        self._answers = answers
        self._over = over

    def __call__(self) -> asyncio.Protocol:
        reader = asyncio.StreamReader()
        return asyncio.StreamReaderProtocol(reader, self._converse)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client: str = writer.get_extra_info("peername")[0]
        with suppress(OSError, EOFError):
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    wire = await reader.readexactly(length)
                # A forged answer is sent by somebody beside the path, who cannot take part in a connection.
                for seconds, message in self._answers.reply(wire, client, self._over).messages[-1:]:
                    await asyncio.sleep(seconds)
                    writer.write(len(message).to_bytes(2, "big") + message)
                    await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # typeshed is wider
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._send_all(self._answers.reply(data, addr[0], "udp"), addr)

    def _send_all(self, reply: Reply, addr: tuple[str, int]) -> None:
        for seconds, message in reply.messages:
            if seconds:
                asyncio.get_running_loop().call_later(seconds, self._send, message, addr)
            else:
                self._send(message, addr)

    def _send(self, message: bytes, addr: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(message, addr)


def _bound(family: int, address: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, _PORT))
    return sock


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
