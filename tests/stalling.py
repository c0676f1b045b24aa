"""Keep an event loop from running, as an overloaded machine does."""

import asyncio
import time
from contextlib import asynccontextmanager


@asynccontextmanager
async def stalled(seconds=0.08):
    """Block the event loop again and again, each time for longer than the pulse could overlook."""

    async def stall():
        while True:
            time.sleep(seconds)  # noqa: ASYNC251 - to block is the point
            await asyncio.sleep(0.001)

    stalling = asyncio.create_task(stall())
    try:
        yield
    finally:
        stalling.cancel()
