"""Listen on an address and serve the application there until the block ends."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from probe.web.board import BOARD
from probe.web.gate import Gate
from probe.web.security import HOSTS

_SHUTDOWN_SECONDS = 1.0
_WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 - named to be told apart, not bound


class ListenError(Exception):
    """The address cannot be listened on; the text is one sentence for the operator."""


def parse_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port`, `[v6]:port` or `:port`. Raises ListenError."""
    host, colon, port = address.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    if (
        not colon
        or not (port.isascii() and port.isdigit())
        or int(port) > 65535
        or (":" in host and not is_bracketed)
    ):
        raise ListenError(
            f"{address!r} is not an address to listen on; write host:port, such as 127.0.0.1:9860"
        )
    return host.strip("[]"), int(port)


@asynccontextmanager
async def serving(app: web.Application, address: str) -> AsyncIterator[str]:
    """Serve `app` at `host:port` and give the page's address; port 0 takes a free one. Raises ListenError."""
    host, port = parse_address(address)
    board = app[BOARD]
    if host not in _WILDCARDS:
        app[HOSTS].add(host)
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        keepalive_timeout=board.limits.keepalive_seconds,
        lingering_time=1.0,
        max_line_size=board.limits.header_bytes,
        max_field_size=board.limits.header_bytes,
        max_headers=board.limits.headers,
    )
    await runner.setup()
    try:
        assert runner.server is not None  # noqa: S101 - setup made it
        gate = Gate(runner.server, board.busy, board.limits.connections)
        server = await _listen(gate, host, port, address)
        try:
            yield _url(host, _port(server))
        finally:
            server.close()
    finally:
        await runner.cleanup()


async def _listen(gate: Gate, host: str, port: int, address: str) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(gate, host or None, port)
    except socket.gaierror as error:
        raise ListenError(f"cannot listen on {address}: {host!r} is no address of this machine") from error
    except OSError as error:
        raise ListenError(f"cannot listen on {address}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "another program listens there already"
        case errno.EADDRNOTAVAIL:
            return "it is no address of this machine"
        case errno.EACCES | errno.EPERM:
            return "this user may not listen there"
        case None:
            return str(error)
        case number:
            return os.strerror(number).lower()


def _port(server: asyncio.Server) -> int:
    # With port 0 and no host, IPv4 and IPv6 get different ports, and the address shown is IPv4's.
    first = min(server.sockets, key=lambda sock: sock.family != socket.AF_INET)
    port: int = first.getsockname()[1]
    return port


def _url(host: str, port: int) -> str:
    shown = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - as above
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
