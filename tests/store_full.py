"""Fill a small disk under a running store and say what happened; test_store_full.py runs this in its own mount namespace."""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path

from probe.clock import SystemClock
from probe.store import Stats, Store, StoreError
from probe.store.reading import read
from tests.store_records import MIB, bulky, open_store

DAY_NS = 86_400 * 10**9


def fill(file: Path) -> None:
    """Write until the disk takes no more."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as stream:
        for size in (1 << 16, 1 << 10):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(b"x" * size)


def write(store: Store, rows: int, age_ns: int = 0) -> float:
    """Write records and return the longest that one write took."""
    slowest = 0.0
    for _ in range(rows):
        record = bulky(store.next_identity(), started_at_ns=SystemClock().wall_ns() - age_ns)
        began = time.monotonic()
        store.write(record)
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def refused(directory: Path) -> str:
    """Return the sentence with which a store refuses to open."""
    try:
        open_store(directory)
    except StoreError as error:
        return str(error)
    return "opened"


async def until_written(store: Store) -> float:
    """Wait until nothing waits, and return the seconds that took."""
    began = time.monotonic()
    while store.stats().backlog_rows:
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def story(directory: Path) -> dict[str, object]:
    """Live through a full disk."""
    store = Store.open(
        directory, max_bytes=4 * MIB, max_age_seconds=7 * 86_400, clock=SystemClock(), agent="agent"
    )
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(store.run())
        await asyncio.sleep(0.1)
        write(store, rows=50, age_ns=8 * DAY_NS)
        write(store, rows=50)
        await store.flush()
        fill(directory / "filler")
        slowest = write(store, rows=300)
        await asyncio.sleep(1.5)
        during = store.stats()
        held = (directory / "store.ballast").exists()
        await store.tidy()
        expired = store.stats().dropped
        fill(directory / "more")
        refusal = refused(directory / "second")
        for name in ("filler", "more"):
            (directory / name).unlink()
        seconds = await until_written(store)
        run.cancel()
    after = store.stats()
    await store.close()
    return {
        **told(during),
        "ballast while full": held,
        "expired while full": expired,
        "opening another while full": refusal,
        "slowest write": slowest,
        "seconds to resume": seconds,
        "stuck after": after.is_stuck,
        "dropped after": after.dropped,
        "ballast after": (directory / "store.ballast").exists(),
        "kept": [record.identity.seq for record in read(directory)],
    }


def told(during: Stats) -> dict[str, object]:
    """Return what the store tells of itself while the disk is full."""
    return {
        "stuck while full": during.is_stuck,
        "acknowledged while full": during.committed_seq,
        "waiting while full": during.backlog_rows,
        "errors while full": sorted(f"{operation} {trouble}" for operation, trouble in during.errors),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(asyncio.wait_for(story(Path(sys.argv[1])), 30))))  # noqa: T201
