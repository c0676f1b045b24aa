"""The store as its users see it: what is flushed is there, in order, in the same words, whoever asks."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from probe.model import Pending, Record, Series
from probe.store import Drop, Store, StoreError
from tests.store_records import (
    MIB,
    SERIES,
    ManualClock,
    bulky,
    finding,
    identity,
    incident,
    miss,
    observation,
    open_store,
    opened,
    stored,
)


@asynccontextmanager
async def running(store: Store) -> AsyncIterator[Store]:
    """Run the store's own tasks around the test."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(store.run())
        for _ in range(5):  # its own tasks begin only when this one lets them
            await asyncio.sleep(0)
        yield store
        task.cancel()
    await store.close()


async def settle(store: Store, commits: int) -> None:
    """Wait for the writer's thread to have made so many commits."""
    async with asyncio.timeout(5):
        while store.stats().commits < commits:
            await asyncio.sleep(0.001)


def size(directory: Path, *names: str) -> int:
    """Sum up files."""
    return sum((directory / name).stat().st_size for name in names)


async def test_what_is_flushed_is_read_back_whole_and_in_order(tmp_path: Path):
    store = await opened(tmp_path)
    records: list[Record] = [
        observation(store.next_identity()),
        miss(2),
        finding(3, parents=(store.next_identity(),)),
        incident(4),
    ]
    for record in records:
        store.write(record)
    flushed = await store.flush()

    assert flushed
    assert records == await stored(tmp_path)
    await store.close()


async def test_nothing_is_acknowledged_before_it_is_committed(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(observation(store.next_identity()))
    before = store.stats().committed_seq
    await store.flush()

    assert (before, store.stats().committed_seq) == (0, 1)
    await store.close()


async def test_a_pending_probe_is_not_stored(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(Pending(series=SERIES, slot=1, phase=None, elapsed_seconds=3.0))
    await store.close()

    assert await stored(tmp_path) == []


async def test_identities_go_on_exactly_after_an_orderly_restart(tmp_path: Path):
    first = await opened(tmp_path)
    given = [first.next_identity() for _ in range(3)]
    await first.close()
    second = await opened(tmp_path)
    given += [second.next_identity()]
    await second.close()

    assert [(first.epoch, seq) for seq in (1, 2, 3, 4)] == [(one.epoch, one.seq) for one in given]
    assert {"agent"} == {one.agent for one in given}


async def test_two_stores_have_different_epochs(tmp_path: Path):
    epochs = set()
    for name in ("one", "two"):
        store = await opened(tmp_path / name)
        epochs.add(store.epoch)
        await store.close()

    assert [len(epoch) for epoch in epochs] == [16, 16]


async def test_the_same_record_written_twice_counts_once(tmp_path: Path):
    store = await opened(tmp_path)
    record = observation(store.next_identity())
    for _ in range(2):
        store.write(record)
        await store.flush()

    assert [record] == await stored(tmp_path)
    assert store.stats().rows == {"observation": 1}
    await store.close()


async def test_records_of_another_agent_may_have_the_same_numbers(tmp_path: Path):
    store = await opened(tmp_path)
    records = [observation(1), observation(identity(1, agent="far"))]
    for record in records:
        store.write(record)
    await store.close()

    assert records == await stored(tmp_path)


async def test_a_group_is_committed_when_the_interval_is_over(tmp_path: Path):
    clock = ManualClock()
    async with running(await opened(tmp_path, clock=clock, commit_interval_seconds=0.5)) as store:
        for _ in range(3):
            store.write(observation(store.next_identity()))
        clock.advance(0.5)
        await settle(store, commits=1)

        assert store.stats().committed_seq == 3


async def test_200_rows_do_not_wait_for_the_interval(tmp_path: Path):
    async with running(await opened(tmp_path, commit_interval_seconds=3600)) as store:
        for _ in range(200):
            store.write(observation(store.next_identity()))
        await settle(store, commits=1)

        assert store.stats().committed_seq == 200


async def test_cancelling_the_run_flushes(tmp_path: Path):
    async with running(await opened(tmp_path, commit_interval_seconds=3600)) as store:
        store.write(observation(store.next_identity()))

    assert store.stats().committed_seq == 1


async def test_a_write_after_the_close_is_counted_as_dropped(tmp_path: Path):
    store = await opened(tmp_path)
    await store.close()
    store.write(observation())
    await store.close()

    assert store.stats().dropped == {Drop.CLOSED: 1}


async def test_an_oversize_record_is_dropped_alone_and_counted(tmp_path: Path):
    store = await opened(tmp_path)
    kept = [observation(store.next_identity()) for _ in range(2)]
    store.write(kept[0])
    store.write(bulky(store.next_identity(), body_bytes=2 * MIB))
    store.write(kept[1])
    await store.close()

    assert kept == await stored(tmp_path)
    assert store.stats().dropped == {Drop.OVERSIZE: 1}


async def test_a_number_too_large_for_sqlite_is_dropped_alone_and_counted(tmp_path: Path):
    store = await opened(tmp_path)
    kept = observation(store.next_identity())
    store.write(observation(store.next_identity(), started_at_ns=2**63))
    store.write(kept)
    await store.close()

    assert [kept] == await stored(tmp_path)
    assert store.stats().dropped == {Drop.UNSTORABLE: 1}


async def test_nasty_text_is_kept_as_it_came(tmp_path: Path):
    store = await opened(tmp_path)
    record = observation(
        store.next_identity(), series=Series(vantage="a\ud800", route="b\0", hop="c'\"", check="\u202e")
    )
    store.write(record)
    await store.close()

    assert [record] == await stored(tmp_path)


async def test_directory_and_files_are_for_the_owner_alone(tmp_path: Path):
    store = await opened(tmp_path / "new")
    store.write(observation(store.next_identity()))
    await store.flush()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.lock", "store.ballast"} == set(
        modes
    )
    assert {0o600} == set(modes.values())
    await store.close()


async def test_a_second_instance_on_the_same_directory_is_refused(tmp_path: Path):
    store = await opened(tmp_path)
    with pytest.raises(StoreError, match=r"is in use by another hopwatch \(process \d+\)$"):
        await opened(tmp_path)
    await store.close()

    await (await opened(tmp_path)).close()


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"^cannot write to .*file/store: "):
        open_store(tmp_path / "file" / "store")


def test_too_small_a_bound_is_one_sentence(tmp_path: Path):
    with pytest.raises(StoreError, match="needs 4 MiB at least"):
        open_store(tmp_path, max_bytes=MIB)


async def test_the_stats_tell_rows_by_kind_bytes_and_the_oldest(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(miss(recorded_at_ns=77))
    for number in range(2, 4):
        store.write(observation(number, started_at_ns=number * 100))
    waiting = store.stats().backlog_rows
    await store.flush()
    stats = store.stats()

    assert waiting == 3
    assert stats.rows == {"miss": 1, "observation": 2}
    assert stats.oldest_at_ns == 77
    assert stats.bytes == size(tmp_path, "store.sqlite", "store.sqlite-wal", "store.ballast")
    assert (
        stats.backlog_rows,
        stats.backlog_bytes,
        stats.dropped,
        stats.errors,
        stats.is_stuck,
    ) == (0, 0, {}, {}, False)
    await store.close()


async def test_the_counts_are_right_after_a_restart(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(miss())
    store.write(observation(store.next_identity()))
    await store.close()
    again = await opened(tmp_path)

    assert (again.stats().rows, again.stats().committed_seq) == ({"miss": 1, "observation": 1}, 1)
    await again.close()


async def test_nothing_that_a_probe_waits_for_blocks_the_loop(tmp_path: Path):
    store = await opened(tmp_path)
    with blockbuster_ctx("probe"):
        async with running(store):
            for _ in range(300):
                store.write(observation(store.next_identity()))
                store.stats()
            await store.flush()

    assert store.stats().committed_seq == 300
