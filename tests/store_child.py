"""A process that stores records and says which are acknowledged, until somebody kills it."""

import asyncio
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from probe.clock import SystemClock
from tests.store_records import MIB, bulky, opened


def store_until_killed(directory: Path, told: Connection) -> None:
    """Commit group after group; after each tell the highest number given out, and that of the last acknowledged."""
    asyncio.run(_store_until_killed(directory, told))


async def _store_until_killed(directory: Path, told: Connection) -> None:
    store = await opened(directory, clock=SystemClock(), max_bytes=512 * MIB)
    for number in count():
        for _ in range(number % 40 + 1):
            store.write(bulky(store.next_identity(), started_at_ns=SystemClock().wall_ns()))
        await store.flush()
        acknowledged = store.stats().committed_seq
        given_out = store.next_identity().seq
        told.send((given_out, acknowledged, number % 40 + 1))
