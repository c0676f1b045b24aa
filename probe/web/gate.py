"""Let in a bounded number of connections, in such a way that idle ones cannot keep a newcomer out."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from aiohttp import web


@dataclass(eq=False, slots=True, kw_only=True)
class Guest:
    """One connection, from its acceptance on; before the TLS handshake is over there is only the task that does it."""

    address: str
    arrival: asyncio.Task[None] | None
    connection: web.RequestHandler | None = None
    is_leaving: bool = False

    @property
    def is_here(self) -> bool:
        """Tell whether it still takes a place."""
        has_ended = self.connection is not None and self.connection.transport is None
        return not (self.is_leaving or has_ended)

    def leave(self) -> None:
        """Make room at once."""
        self.is_leaving = True
        transport = self.connection.transport if self.connection is not None else None
        if transport is None:
            if self.arrival is not None:
                self.arrival.cancel()
        elif transport.get_extra_info("sslcontext") or transport.get_write_buffer_size():
            # A graceful end waits for the other side.
            transport.abort()
        else:
            transport.close()


class Gate:
    """Keep the list of guests; when there are too many, the one that has idled longest goes.

    Thousands of half-sent requests then displace each other, while a scrape that comes with its head at once is
    answered. Connections with a request under way are never displaced, and if all are, the newcomer is refused. One
    address may not take all places.
    """

    def __init__(self, busy: AbstractSet[web.RequestHandler], limit: int, limit_per_address: int) -> None:
        """Start empty; those in `busy` have a request under way."""
        self._busy = busy
        self._limit = limit
        self._limit_per_address = limit_per_address
        self._guests: list[Guest] = []

    def enter(self, address: str, arrival: asyncio.Task[None] | None) -> Guest | None:
        """Return a newcomer's place, or None when there is none."""
        self._guests = [one for one in self._guests if one.is_here]
        neighbours = [one for one in self._guests if one.address == address]
        if not self._make_room(neighbours, self._limit_per_address):
            return None
        if not self._make_room([one for one in self._guests if one.is_here], self._limit):
            return None
        guest = Guest(address=address, arrival=arrival)
        self._guests.append(guest)
        return guest

    def relieve(self) -> None:
        """End half of the idle connections: we have run out of files, which probes need, too."""
        idle = [one for one in self._guests if one.is_here and one.connection not in self._busy]
        for one in idle[: (len(idle) + 1) // 2]:
            one.leave()

    def _make_room(self, guests: Sequence[Guest], limit: int) -> bool:
        excess = len(guests) + 1 - limit
        idle = [one for one in guests if one.connection not in self._busy]
        if excess > len(idle):
            return False
        for one in idle[: max(0, excess)]:
            one.leave()
        return True
