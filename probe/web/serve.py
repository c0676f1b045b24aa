"""Listen on an address and serve the application there until the block ends."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager

from aiohttp import web

from probe.web.admission import ACCESS
from probe.web.board import BOARD
from probe.web.door import Door
from probe.web.faults import LOGGER
from probe.web.gate import Gate
from probe.web.security import HOSTS

_SHUTDOWN_SECONDS = 1.0
# A burst of so many connections between two looks is accepted, and not made to try again after a second.
_BACKLOG = 4096
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
        logger=LOGGER,
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
        listeners = _listen(host, port, address)
        access = app.get(ACCESS)
        limits = board.limits
        gate = Gate(board.busy, limits.connections, limits.connections_per_address)
        door = Door(gate, runner.server, access, clock=board.clock, limits=limits)
        is_encrypted = access is not None and access.rules.context is not None
        with ExitStack() as stack:
            for one in listeners:
                stack.enter_context(one)
            async with _beside(door.run(listeners)):
                yield _url(host, _port(listeners), is_encrypted=is_encrypted)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let `work` go on during the block, whose own exception comes out as it is and not as a group."""
    failure: BaseException | None = None
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - raised again below
            failure = error
        task.cancel()
    if failure is not None:
        raise failure


def _listen(host: str, port: int, address: str) -> list[socket.socket]:
    with ExitStack() as stack:
        listeners: list[socket.socket] = []
        try:
            places = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            for family, _, _, _, place in dict.fromkeys(places):
                listeners.append(stack.enter_context(_bound(family, place)))
        except socket.gaierror as error:
            raise ListenError(
                f"cannot listen on {address}: {host!r} is no address of this machine"
            ) from error
        except OSError as error:
            raise ListenError(f"cannot listen on {address}: {_reason(error)}") from error
        stack.pop_all()
    return listeners


def _bound(family: int, place: object) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # IPv4 has a socket of its own.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setblocking(False)
        listener.bind(place)  # type: ignore[arg-type]  # getaddrinfo made it for this family
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


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


def _port(listeners: Sequence[socket.socket]) -> int:
    # With port 0 and no host, IPv4 and IPv6 get different ports, and the address shown is IPv4's.
    first = min(listeners, key=lambda sock: sock.family != socket.AF_INET)
    port: int = first.getsockname()[1]
    return port


def _url(host: str, port: int, *, is_encrypted: bool) -> str:
    shown = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - as above
    scheme = "https" if is_encrypted else "http"
    return f"{scheme}://[{shown}]:{port}/" if ":" in shown else f"{scheme}://{shown}:{port}/"
