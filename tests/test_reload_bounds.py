"""Bounds of the store and of the metrics can be moved while they are at work, and what is there stays as far as it fits."""

import asyncio
from pathlib import Path

from probe.store import Drop, Store
from tests.metrics_plan import line_count, metrics_of, observe, plan
from tests.store_records import MIB, NOW_NS, ManualClock, bulky, observation, opened, stored

HOUR_NS = 3600 * 10**9


async def fill(store: Store, rows: int) -> None:
    for _ in range(rows):
        store.write(bulky(store.next_identity(), 2000))
    await store.flush()


def ballast(folder: Path) -> tuple[int, int]:
    """Tell which file the ballast is, and when it was written."""
    found = next(path for path in folder.iterdir() if "ballast" in path.name).stat()
    return found.st_ino, found.st_mtime_ns


def disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


async def test_a_store_that_has_to_shrink_loses_its_oldest_records_and_no_other(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=16 * MIB)
    await fill(store, 3000)
    before = disk_bytes(tmp_path)
    store.limit(max_bytes=4 * MIB, max_age_seconds=3600)
    await store.tidy()
    after, stats = disk_bytes(tmp_path), store.stats()
    await store.close()
    kept = [record.identity.seq for record in await stored(tmp_path)]

    assert before > 6 * MIB
    assert after <= 4 * MIB
    assert list(range(3001 - len(kept), 3001)) == kept
    assert len(kept) > 500
    assert (stats.dropped, stats.errors) == ({Drop.SIZE: 3000 - len(kept)}, {})


async def test_a_store_that_may_grow_does(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=4 * MIB)
    store.limit(max_bytes=16 * MIB, max_age_seconds=3600)
    await fill(store, 3000)
    dropped = store.stats().dropped
    await store.close()

    assert dropped == {}
    assert len(await stored(tmp_path)) == 3000


async def test_the_bound_that_is_told_is_the_one_that_holds(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=4 * MIB)
    before = store.stats().max_bytes
    store.limit(max_bytes=16 * MIB, max_age_seconds=3600)
    after = store.stats().max_bytes
    await store.close()

    assert (before, after) == (4 * MIB, 16 * MIB)


async def test_a_shorter_age_takes_old_records_away(tmp_path: Path):
    clock = ManualClock()
    store = await opened(tmp_path, clock=clock, max_age_seconds=86_400)
    for hours in (0, 2, 4):
        store.write(observation(store.next_identity(), started_at_ns=NOW_NS - hours * HOUR_NS))
    await store.flush()
    store.limit(max_bytes=16 * MIB, max_age_seconds=3 * 3600)
    await store.tidy()
    await store.close()

    assert [(NOW_NS - one.started_at_ns) // HOUR_NS for one in await stored(tmp_path)] == [0, 2]


async def test_the_same_bounds_again_and_again_cost_nothing(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=8 * MIB)
    before = ballast(tmp_path)
    for _ in range(100):
        store.limit(max_bytes=8 * MIB, max_age_seconds=3600)
    await store.flush()
    after = ballast(tmp_path)
    await store.close()

    assert before == after


async def test_records_that_wait_when_a_bound_moves_are_committed(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=8 * MIB)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(store.run())
        for size in (16, 4, 32):
            for _ in range(50):
                store.write(observation(store.next_identity()))
            store.limit(max_bytes=size * MIB, max_age_seconds=3600, commit_interval_seconds=0.01)
            await asyncio.sleep(0.02)
        running.cancel()
    await store.close()

    assert len(await stored(tmp_path)) == 150


def test_a_lower_bound_of_series_takes_nothing_away_and_a_higher_one_lets_more_in():
    chain = plan()
    metrics = metrics_of(chain, max_series=250)
    begun = line_count(metrics)
    metrics.adopt(chain, max_series=100)
    for probe in chain.probes:
        metrics.write(observe(probe.series))
    bounded = line_count(metrics)
    metrics.adopt(chain, max_series=5000)
    for probe in chain.probes:
        metrics.write(observe(probe.series))

    assert begun == bounded < line_count(metrics)
