"""The lab's DNS server on its sockets, UDP and TCP (RFC 1035, 4.2)."""

import asyncio
import socket

from probe.lab.door import Door, Mode
from probe.lab.zone import Zone

_IDLE_SECONDS = 10.0


class NameServer:
    """Answers for a zone by UDP and TCP; a forged answer races the true one on UDP only."""

    def __init__(self, zone: Zone, tcp: socket.socket, udp: socket.socket, tasks: asyncio.TaskGroup) -> None:
        """Take over the bound sockets; `start` begins to answer."""
        self._zone = zone
        self._udp = udp
        self._door = Door(tcp, self._attend, tasks)
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Begin to answer."""
        self._door.become(Mode.OPEN)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._zone), sock=self._udp
        )

    def close(self) -> None:
        """Give up the address."""
        self._door.close()
        if self._transport:
            self._transport.abort()
        else:
            self._udp.close()

    async def _attend(self, conn: socket.socket) -> None:
        source: str = conn.getpeername()[0]
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=conn.detach()))
        try:
            while await self._converse(source, reader, writer):
                continue
        except (TimeoutError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    async def _converse(
        self, source: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        async with asyncio.timeout(_IDLE_SECONDS):
            length = int.from_bytes(await reader.readexactly(2), "big")
            answer = self._zone.answer(await reader.readexactly(length), source)
        if answer is None:
            return False
        if answer.silence:
            await answer.silence.over.wait()
            return False
        writer.write(len(answer.wire).to_bytes(2, "big") + answer.wire)
        await writer.drain()
        return True


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # typeshed is wider
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._zone.answer(data, addr[0])
        if answer is None or answer.silence or self._transport is None:
            return
        if answer.forged is None:
            self._transport.sendto(answer.wire, addr)
            return
        self._transport.sendto(answer.forged, addr)
        lead_seconds = self._zone.layout.forged_lead_seconds
        asyncio.get_running_loop().call_later(lead_seconds, self._late, answer.wire, addr)

    def _late(self, wire: bytes, addr: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(wire, addr)
