"""Let in a bounded number of connections, in such a way that idle ones cannot keep a newcomer out."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import cast

from aiohttp import web

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Gate:
    """Make the protocol of each new connection; when there are too many, the one that has idled longest goes.

    Thousands of half-sent requests then displace each other, while a scrape that comes with its head at once is
    answered. Connections with a request under way are never displaced, and if all are, the newcomer is refused.
    """

    def __init__(self, server: web.Server, busy: AbstractSet[web.RequestHandler], limit: int) -> None:
        """Guard `server`, whose connections in `busy` have a request under way."""
        self._server = server
        self._busy = busy
        self._limit = limit
        self._leaving: set[web.RequestHandler] = set()

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol for one more connection."""
        connections = self._server.connections
        self._leaving.intersection_update(connections)
        staying = [one for one in connections if one not in self._leaving]
        excess = len(staying) + 1 - self._limit
        idle = [one for one in staying if one not in self._busy]
        if excess > len(idle):
            return _Refusal()
        for one in idle[: max(0, excess)]:
            self._leaving.add(one)
            one.force_close()
        return self._server()


class _Refusal(asyncio.Protocol):
    """Say that we are full, and close."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)
        stream.write(_FULL)
        stream.close()
