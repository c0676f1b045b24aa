"""Accept connections: each gets a place or is turned away, and makes its TLS handshake under a deadline of its own.

Accepted by ourselves, because a server of asyncio has one TLS context for ever, and hides those that never finish their
handshake.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from aiohttp import web

from probe.access.live import Access
from probe.clock import Clock
from probe.web.gate import Gate, Guest
from probe.web.limits import Limits

_log = structlog.get_logger()
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_PAUSE_NS = 1_000_000_000
_MOST_TURNED_AWAY = 16


class Door:
    """Lets in whoever the gate has a place for."""

    def __init__(
        self,
        gate: Gate,
        make_connection: Callable[[], web.RequestHandler],
        access: Access | None,
        *,
        clock: Clock,
        limits: Limits,
    ) -> None:
        """Stand at `gate`; each guest gets a connection made."""
        self._gate = gate
        self._make_connection = make_connection
        self._access = access
        self._clock = clock
        self._limits = limits
        self._turned_away = 0

    async def run(self, listeners: Sequence[socket.socket]) -> None:
        """Accept until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in listeners:
                group.create_task(self._accept(one, group))

    async def _accept(self, listener: socket.socket, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, peer = await loop.sock_accept(listener)
            except ConnectionError:
                continue
            except OSError as error:
                # Out of files or memory: without a pause this would be asked again at once, for ever.
                _log.warning("web.accept_failed", reason=error.strerror)
                self._gate.relieve()
                await self._clock.sleep_until(self._clock.boot_ns() + _PAUSE_NS)
                continue
            group.create_task(self._admit(sock, str(peer[0])))

    async def _admit(self, sock: socket.socket, address: str) -> None:
        guest = self._gate.enter(address, asyncio.current_task())
        try:
            if guest is None:
                await self._turn_away(sock)
            else:
                await self._greet(sock, guest)
        except OSError:
            # Whoever cannot finish a handshake is nobody.
            self._leave(sock, guest)
        except asyncio.CancelledError:
            self._leave(sock, guest)
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours in one connection ends no other
            _log.error("web.connection_broke", exc_info=error)
            self._leave(sock, guest)

    def _leave(self, sock: socket.socket, guest: Guest | None) -> None:
        if guest is not None:
            guest.is_leaving = True
        sock.close()

    async def _greet(self, sock: socket.socket, guest: Guest) -> None:
        loop = asyncio.get_running_loop()
        context = (await self._access.refresh()).context if self._access else None
        if context is None:
            transport, protocol = await loop.connect_accepted_socket(self._make_connection, sock)
        else:
            transport, protocol = await loop.connect_accepted_socket(
                self._make_connection,
                sock,
                ssl=context,
                ssl_handshake_timeout=self._limits.handshake_seconds,
                ssl_shutdown_timeout=self._limits.shutdown_seconds,
            )
        # An answer then counts as given when all of it has gone to the kernel, which its deadline is for.
        transport.set_write_buffer_limits(0)
        guest.connection = protocol
        guest.arrival = None

    async def _turn_away(self, sock: socket.socket) -> None:
        """Say that we are full; to some even in such a way that they hear it when they have sent something."""
        with sock:
            if self._access and self._access.rules.context:
                return
            with suppress(OSError):
                sock.send(_FULL)
                sock.shutdown(socket.SHUT_WR)
                if self._turned_away < _MOST_TURNED_AWAY:
                    await self._hear_out(sock)

    async def _hear_out(self, sock: socket.socket) -> None:
        self._turned_away += 1
        try:
            async with asyncio.timeout(1.0):
                while await asyncio.get_running_loop().sock_recv(sock, 4096):
                    pass
        except TimeoutError:
            pass
        finally:
            self._turned_away -= 1
