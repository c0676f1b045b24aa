"""A client of the lab that shares no code with it: plain sockets, ssl, and dnspython."""

import asyncio
import json
import secrets
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import dns.asyncquery
import dns.message

from probe.lab import Lab, Layout

KEY = {"Authorization": "Bearer lab-key"}
PATIENCE_SECONDS = 1.0


def small() -> Layout:
    """Lay out a lab that runs beside others and is in a hurry."""
    return Layout(
        network=f"127.{secrets.randbelow(200) + 20}",
        hop_port=0,
        dns_port=0,
        control_port=0,
        upstream_timeout_seconds=1.0,
        function_limit_seconds=0.8,
        slow_seconds=0.5,
        forged_lead_seconds=0.03,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte_seconds: float

    @property
    def is_whole(self) -> bool:
        return len(self.body) == int(self.headers["content-length"])

    def json(self) -> Mapping[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


def trusting(lab: Lab) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=lab.ca_pem.decode())


@asynccontextmanager
async def patience(what: str) -> AsyncIterator[None]:
    """Say what took too long."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except TimeoutError as error:
        raise TimeoutError(what) from error


async def connect(lab: Lab, hop: str, vantage: str | None = None) -> socket.socket:
    """Open a TCP connection from the vantage's own address to the one it would be told by DNS."""
    sock = socket.socket()
    sock.setblocking(False)
    try:
        if vantage:
            sock.bind((lab.layout.sources[vantage], 0))
        async with patience("connect"):
            await asyncio.get_running_loop().sock_connect(
                sock, (lab.layout.address(hop, vantage), lab.layout.hop_port)
            )
    except BaseException:
        sock.close()
        raise
    return sock


async def get(
    lab: Lab,
    hop: str,
    path: str = "/",
    *,
    vantage: str | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: bytes = b"",
) -> Answer:
    """Send one request on a fresh connection and read to the end."""
    name = lab.layout.name(hop)
    sock = await connect(lab, hop, vantage)
    async with patience("handshake"):
        reader, writer = await asyncio.open_connection(sock=sock, ssl=trusting(lab), server_hostname=name)
    try:
        lines = "".join(f"{key}: {value}\r\n" for key, value in (headers or {}).items())
        start = asyncio.get_running_loop().time()
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {name}\r\n{lines}Connection: close\r\n\r\n".encode() + body
        )
        first = await reader.read(1)
        seconds = asyncio.get_running_loop().time() - start
        return understood(first + await reader.read(), seconds)
    finally:
        writer.transport.abort()


def understood(raw: bytes, first_byte_seconds: float) -> Answer:
    if not raw:
        raise ConnectionError("the connection ended without an answer")
    head, _, body = raw.partition(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    headers = {name.lower(): value for name, _, value in pairs}
    return Answer(
        status=int(start.split()[1]), headers=headers, body=body, first_byte_seconds=first_byte_seconds
    )


async def ask(lab: Lab, name: str, kind: str = "A", *, vantage: str | None = None) -> dns.message.Message:
    """Send one DNS query by UDP from the vantage's own address and return the first answer."""
    return await dns.asyncquery.udp(
        dns.message.make_query(name, kind),
        lab.layout.dns_address,
        port=lab.layout.dns_port,
        source=lab.layout.sources[vantage] if vantage else None,
        timeout=PATIENCE_SECONDS,
    )


async def addresses(lab: Lab, hop: str, vantage: str | None = None) -> list[str]:
    answer = await ask(lab, lab.layout.name(hop), vantage=vantage)
    return [record.to_text() for found in answer.answer for record in found]


async def datagrams(lab: Lab, name: str, vantage: str, seconds: float) -> list[dns.message.Message]:
    """Send one DNS query and collect every answer to it that comes within the time."""
    loop = asyncio.get_running_loop()
    found = []
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind((lab.layout.sources[vantage], 0))
        await loop.sock_connect(sock, (lab.layout.dns_address, lab.layout.dns_port))
        await loop.sock_sendall(sock, dns.message.make_query(name, "A").to_wire())
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found.append(dns.message.from_wire(await loop.sock_recv(sock, 4096)))
        except TimeoutError:
            return found


def tcp_state(sock: socket.socket) -> int:
    """Return the kernel's state of the connection: 1 established, 2 SYN sent (linux/tcp_states.h)."""
    state: int = struct.unpack("B", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))[0]
    return state
