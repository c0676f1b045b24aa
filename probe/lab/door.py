"""A listening address that can be open, closed or silent, and whose connections are tasks, bounded in number.

A bound socket that does not listen refuses, and one whose accept queue is full leaves a SYN unanswered
(tcp_conn_request, linux/net/ipv4/tcp_input.c), so the port stays ours while it is broken.
"""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from functools import partial

from probe.lab.layout import AddressTakenError

_BACKLOG = 64
_MOST_CONNECTIONS = 48
_ATTEMPTS = 20

Attend = Callable[[socket.socket], Coroutine[None, None, None]]


class Mode(Enum):
    """What happens to a SYN."""

    CLOSED = auto()
    OPEN = auto()
    SILENT = auto()


def bind(address: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Return a non-blocking socket bound to the address; it does not listen yet."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.setblocking(False)
    # For UDP this lets the lab live beside an mDNS daemon on 0.0.0.0:5353; the TCP port tells a second lab apart.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise AddressTakenError(_why_not(address, port, error)) from error
    return sock


def bind_all(addresses: tuple[str, ...], port: int) -> tuple[socket.socket, ...]:
    """Bind every address to one port; if that is 0, to a port that is free on all of them."""
    for _ in range(_ATTEMPTS):
        bound: list[socket.socket] = []
        try:
            for address in addresses:
                bound.append(bind(address, port_of(bound[0]) if bound else port))
        except AddressTakenError:
            for sock in bound:
                sock.close()
            if port:
                raise
        else:
            return tuple(bound)
    raise AddressTakenError(f"no port is free on all of {addresses[0]} to {addresses[-1]}")


def listen(sock: socket.socket) -> None:
    """Start listening, or say that somebody else does."""
    try:
        sock.listen(_BACKLOG)
    except OSError as error:
        address, port = sock.getsockname()
        raise AddressTakenError(_why_not(address, port, error)) from error


def fill(sock: socket.socket) -> socket.socket:
    """Listen with a full queue, so that no SYN is answered; return the connection that fills it."""
    sock.listen(0)
    filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    filler.setblocking(False)
    filler.connect_ex(sock.getsockname())
    return filler


def _why_not(address: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"{address}:{port} is taken; is another lab running?"
        case errno.EADDRNOTAVAIL:
            return f"this machine has no address {address}; on macOS, `sudo ifconfig lo0 alias {address}` adds it"
        case _:
            return f"{address}:{port} cannot be listened on: {error.strerror}"


class Door:
    """A bound socket and what comes in by it; when there are too many connections the oldest makes room."""

    def __init__(self, sock: socket.socket, attend: Attend, tasks: asyncio.TaskGroup) -> None:
        """Take over a bound socket; the door is closed until told otherwise."""
        self._sock = sock
        self._attend = attend
        self._tasks = tasks
        self._mode = Mode.CLOSED
        self._filler: socket.socket | None = None
        self._guests: dict[asyncio.Task[None], None] = {}

    def become(self, mode: Mode) -> None:
        """Open, close or go silent; what is inside leaves, unless nothing changes."""
        if mode is self._mode:
            return
        if self._mode is not Mode.CLOSED:
            address, port = self._sock.getsockname()
            self.close()
            self._sock = bind(address, port)
        self._mode = mode
        if mode is Mode.OPEN:
            listen(self._sock)
            asyncio.get_running_loop().add_reader(self._sock, self._accept)
        elif mode is Mode.SILENT:
            self._filler = fill(self._sock)

    def close(self) -> None:
        """Give up the address and send everybody away."""
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()
        if self._filler:
            self._filler.close()
            self._filler = None
        for guest in self._guests:
            guest.cancel()

    def _accept(self) -> None:
        try:
            conn, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            self._make_room()
            return
        conn.setblocking(False)
        if len(self._guests) >= _MOST_CONNECTIONS:
            self._make_room()
        guest = self._tasks.create_task(self._receive(conn))
        self._guests[guest] = None
        # Not a `finally` of the task: one cancelled before its first step would never reach it.
        guest.add_done_callback(partial(self._leave, conn))

    def _leave(self, conn: socket.socket, guest: asyncio.Task[None]) -> None:
        self._guests.pop(guest, None)
        conn.close()

    def _make_room(self) -> None:
        if oldest := next(iter(self._guests), None):
            del self._guests[oldest]
            oldest.cancel()

    async def _receive(self, conn: socket.socket) -> None:
        try:
            await self._attend(conn)
        except OSError:
            return  # the client left, or its handshake failed: that is the client's to report


class DeadEnds:
    """Two ports on one address that lead nowhere: one closed, one silent."""

    def __init__(self, address: str) -> None:
        """Reserve the ports."""
        self._closed = bind(address, 0)
        self._silent = bind(address, 0)
        self._filler = fill(self._silent)

    @property
    def closed_port(self) -> int:
        """A port that refuses."""
        return port_of(self._closed)

    @property
    def silent_port(self) -> int:
        """A port that never answers a SYN."""
        return port_of(self._silent)

    def close(self) -> None:
        """Give the ports back."""
        for sock in (self._filler, self._silent, self._closed):
            sock.close()


def port_of(sock: socket.socket) -> int:
    """Return the port that the socket is bound to."""
    port: int = sock.getsockname()[1]
    return port
