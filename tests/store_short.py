"""A process that may open no more files from some moment on, and stores all the same; prints what came of it as JSON."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from probe.clock import SystemClock
from probe.model import Observation
from probe.store import Store
from probe.store.reading import read
from tests.store_records import MIB, bulky, opened

RECORDS = 600


def fresh(store: Store) -> Observation:
    return bulky(store.next_identity(), started_at_ns=SystemClock().wall_ns())


async def story(directory: Path) -> dict[str, object]:
    """Store some records as usual, most without a file to spare, and close so."""
    store = await opened(directory, clock=SystemClock(), max_bytes=8 * MIB)
    store.write(fresh(store))
    await store.flush()
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    for _ in range(RECORDS):
        store.write(fresh(store))
    flushed = await store.flush()
    await store.tidy()
    during = store.stats()
    store.write(fresh(store))
    await store.close()
    after = store.stats()
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    return {
        "flushed": flushed,
        "stuck": during.is_stuck,
        "dropped": {str(reason): count for reason, count in after.dropped.items()},
        "kept": len(list(read(directory))),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(asyncio.wait_for(story(Path(sys.argv[1])), 30))))  # noqa: T201
