"""The store keeps within its size and age, the oldest records go first, and each one that goes is counted."""

import asyncio
from pathlib import Path

import pytest

from probe.store import Drop, Store
from tests.store_records import MIB, NOW_NS, ManualClock, bulky, miss, observation, opened, stored

DAY_NS = 86_400 * 10**9


def write(store: Store, rows: int, body_bytes: int = 2000) -> None:
    for _ in range(rows):
        store.write(bulky(store.next_identity(), body_bytes))


async def flush_watched(store: Store, directory: Path) -> int:
    """Flush, and return the most that the directory held meanwhile."""
    largest = 0
    async with asyncio.TaskGroup() as tasks:
        flushing = tasks.create_task(store.flush())
        while not flushing.done():
            await asyncio.sleep(0.0005)
            largest = max(largest, disk_bytes(directory))
    return largest


def disk_bytes(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir())


async def test_the_directory_never_outgrows_its_bound_and_the_newest_records_stay(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=4 * MIB)
    largest = 0
    for _ in range(8):
        write(store, rows=500)
        largest = max(largest, await flush_watched(store, tmp_path))
    stats = store.stats()
    await store.close()
    kept = [record.identity.seq for record in await stored(tmp_path)]

    assert largest <= 4 * MIB
    assert list(range(4001 - len(kept), 4001)) == kept
    assert len(kept) > 500
    assert stats.dropped == {Drop.SIZE: 4000 - len(kept)}
    assert stats.rows == {"observation": len(kept)}
    assert stats.errors == {}


@pytest.mark.parametrize("body_bytes", [10, 20_000, 60_000])
async def test_the_bound_holds_for_any_size_of_record(tmp_path: Path, body_bytes: int):
    store = await opened(tmp_path, max_bytes=4 * MIB)
    largest = 0
    for _ in range(12):
        write(store, rows=max(25, 400_000 // (body_bytes + 800)), body_bytes=body_bytes)
        largest = max(largest, await flush_watched(store, tmp_path))

    assert largest <= 4 * MIB
    assert store.stats().errors == {}
    await store.close()


async def test_a_store_that_was_made_smaller_shrinks(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=64 * MIB)
    write(store, rows=4000)
    await store.close()
    smaller = await opened(tmp_path, max_bytes=4 * MIB)
    await smaller.tidy()
    stats = smaller.stats()
    await smaller.close()

    assert disk_bytes(tmp_path) <= 4 * MIB
    assert stats.dropped[Drop.SIZE] + stats.rows["observation"] == 4000
    assert stats.rows["observation"] > 500


async def test_records_older_than_the_age_go_and_are_counted(tmp_path: Path):
    clock = ManualClock()
    store = await opened(tmp_path, clock=clock, max_age_seconds=86_400)
    for day in range(4):
        store.write(observation(store.next_identity(), started_at_ns=NOW_NS + day * DAY_NS))
    store.write(miss(5, recorded_at_ns=NOW_NS))
    await store.flush()
    clock.advance(2.5 * 86_400)
    await store.tidy()
    stats = store.stats()
    await store.close()

    assert [record.identity.seq for record in await stored(tmp_path)] == [3, 4]
    assert (stats.dropped, stats.rows["observation"], stats.oldest_at_ns) == (
        {Drop.AGE: 3},
        2,
        NOW_NS + 2 * DAY_NS,
    )


async def test_many_old_records_go_in_small_helpings_until_none_is_left(tmp_path: Path):
    clock = ManualClock()
    store = await opened(tmp_path, clock=clock, max_age_seconds=60)
    write(store, rows=1500, body_bytes=10)
    await store.flush()
    clock.advance(61)
    await store.tidy()

    assert store.stats().dropped == {Drop.AGE: 1500}
    assert await stored(tmp_path) == []
    await store.close()


async def test_a_full_backlog_drops_the_oldest_and_counts_them(tmp_path: Path):
    store = await opened(tmp_path, backlog_bytes=100_000)
    write(store, rows=60)
    kept = store.stats().backlog_rows
    await store.close()

    assert list(range(61 - kept, 61)) == [record.identity.seq for record in await stored(tmp_path)]
    assert 20 < kept < 40
    assert store.stats().dropped == {Drop.BACKLOG: 60 - kept}
