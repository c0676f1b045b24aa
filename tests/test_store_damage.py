"""What the store does with a file that is damaged, newer, foreign, or older than itself."""

import sqlite3
from pathlib import Path

import pytest

from probe.store import Drop, Operation, Store, StoreError, Trouble
from probe.store.reading import read
from probe.store.schema import MIGRATIONS
from tests.store_records import ManualClock, bulky, miss, observation, opened, stored

DAY_NS = 86_400 * 10**9
MOVED = "store.sqlite.corrupt-20260101T000000Z"


async def filled(directory: Path, rows: int = 300) -> None:
    store = await opened(directory)
    for _ in range(rows):
        store.write(bulky(store.next_identity()))
    await store.close()


def overwrite(file: Path, offset: int, noise: bytes = b"\xa5" * 20_000) -> None:
    with file.open("r+b") as stream:
        stream.seek(offset)
        stream.write(noise)


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def run_sql(file: Path, sql: str) -> None:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute(sql)
    database.close()


async def takes_a_record(store: Store, directory: Path) -> bool:
    """Tell whether the store, empty so far, keeps what it is given."""
    record = observation(store.next_identity())
    store.write(record)
    await store.close()
    return [record] == await stored(directory)


@pytest.mark.parametrize("offset", [0, 8192, 200_000], ids=["header", "schema", "rows"])
async def test_a_damaged_database_is_moved_aside_whole_and_an_empty_one_begun(tmp_path: Path, offset: int):
    await filled(tmp_path)
    overwrite(tmp_path / "store.sqlite", offset)
    damaged = (tmp_path / "store.sqlite").read_bytes()
    store = await opened(tmp_path)

    assert store.stats().damaged == 1
    assert damaged == (tmp_path / MOVED).read_bytes()
    assert await takes_a_record(store, tmp_path)


async def test_a_file_of_another_format_is_moved_aside(tmp_path: Path):
    (tmp_path / "store.sqlite").write_bytes(b"these are not the pages you are looking for" * 1000)
    store = await opened(tmp_path)

    assert MOVED in names(tmp_path)
    assert await takes_a_record(store, tmp_path)


async def test_a_second_damage_in_the_same_second_overwrites_nothing(tmp_path: Path):
    for _ in range(2):
        (tmp_path / "store.sqlite").write_bytes(b"x" * 5000)
        await (await opened(tmp_path)).close()

    assert {MOVED, f"{MOVED}.2"} <= names(tmp_path)


async def test_a_new_life_has_a_new_epoch(tmp_path: Path):
    await filled(tmp_path)
    before = {record.identity.epoch for record in await stored(tmp_path)}
    overwrite(tmp_path / "store.sqlite", 0)
    store = await opened(tmp_path)

    assert store.epoch not in before
    await store.close()


async def test_damage_found_while_running_costs_what_was_stored_but_not_what_waits(tmp_path: Path):
    clock = ManualClock()
    store = await opened(tmp_path, clock=clock)
    for _ in range(2000):  # more than SQLite's cache, from which damage cannot be seen
        store.write(bulky(store.next_identity()))
    await store.flush()
    overwrite(tmp_path / "store.sqlite", 0, b"\xa5" * 8_000_000)
    kept = observation(store.next_identity(), started_at_ns=clock.wall_ns() + 8 * DAY_NS)
    store.write(kept)
    clock.advance(8 * DAY_NS / 1e9)
    await store.tidy()
    await store.flush()
    stats = store.stats()
    await store.close()

    assert [kept] == await stored(tmp_path)
    assert "store.sqlite.corrupt-20260109T000000Z" in names(tmp_path)
    assert (stats.damaged, stats.dropped, stats.rows) == (1, {Drop.DAMAGE: 2000}, {"observation": 1})
    assert stats.errors == {(Operation.PRUNE, Trouble.DAMAGED): 1}


async def test_a_truncated_log_costs_no_more_than_its_end(tmp_path: Path):
    store = await opened(tmp_path / "a")
    for _ in range(10):
        store.write(observation(store.next_identity()))
        await store.flush()
    (tmp_path / "b").mkdir()
    for name in ("store.sqlite", "store.sqlite-wal"):
        (tmp_path / "b" / name).write_bytes((tmp_path / "a" / name).read_bytes())
    await store.close()
    with (tmp_path / "b" / "store.sqlite-wal").open("r+b") as log:
        log.truncate((tmp_path / "b" / "store.sqlite-wal").stat().st_size - 1)
    again = await opened(tmp_path / "b")
    await again.close()

    assert list(range(1, 10)) == [record.identity.seq for record in await stored(tmp_path / "b")]
    assert again.stats().damaged == 0


async def test_a_newer_version_is_refused_naming_both(tmp_path: Path):
    await filled(tmp_path, rows=1)
    run_sql(tmp_path / "store.sqlite", "PRAGMA user_version=99")
    sentence = f"store.sqlite has version 99, this hopwatch knows versions up to {len(MIGRATIONS)}: "

    with pytest.raises(StoreError, match=sentence):
        await opened(tmp_path)
    with pytest.raises(StoreError, match=sentence):
        next(read(tmp_path))


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path):
    run_sql(tmp_path / "store.sqlite", "CREATE TABLE recipes (name)")
    before = (tmp_path / "store.sqlite").read_bytes()

    with pytest.raises(StoreError, match=r"is a database of another program, not a hopwatch store$"):
        await opened(tmp_path)
    assert before == (tmp_path / "store.sqlite").read_bytes()


async def test_an_older_store_is_brought_up_to_date_with_its_records(tmp_path: Path):
    record = observation()
    store = await opened(tmp_path, migrations=MIGRATIONS[:1])
    store.write(record)
    await store.close()
    extra = "ALTER TABLE record ADD COLUMN mood TEXT; CREATE INDEX record_mood ON record (mood)"
    newer = await opened(tmp_path, migrations=(*MIGRATIONS, extra))
    newer.write(miss(2))
    await newer.close()
    run_sql(tmp_path / "store.sqlite", "SELECT mood FROM record INDEXED BY record_mood WHERE mood = ''")
    run_sql(tmp_path / "store.sqlite", f"PRAGMA user_version={len(MIGRATIONS)}")

    assert [record, miss(2)] == await stored(tmp_path)


async def test_a_step_that_breaks_leaves_the_store_as_it_was(tmp_path: Path):
    await filled(tmp_path, rows=2)
    before = await stored(tmp_path)
    broken = "ALTER TABLE record ADD COLUMN mood TEXT; CREATE INDEX oops ON nothing_at_all (mood)"

    with pytest.raises(StoreError, match=r"^cannot use .*: no such table: main\.nothing_at_all$"):
        await opened(tmp_path, migrations=(*MIGRATIONS, broken))
    assert before == await stored(tmp_path)
    assert not any("corrupt" in name for name in names(tmp_path))


async def test_a_store_without_its_tables_is_damaged(tmp_path: Path):
    await filled(tmp_path, rows=1)
    run_sql(tmp_path / "store.sqlite", "DROP TABLE meta")
    store = await opened(tmp_path)

    assert store.stats().damaged == 1
    assert await takes_a_record(store, tmp_path)


async def test_files_removed_under_a_running_store_cost_what_was_stored_but_not_what_comes(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(observation(store.next_identity()))
    await store.flush()
    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"):
        (tmp_path / name).unlink()
    later = observation(store.next_identity())
    store.write(later)
    await store.flush()
    stats = store.stats()
    await store.close()

    assert [later] == await stored(tmp_path)
    assert (stats.damaged, stats.dropped, stats.rows) == (1, {Drop.DAMAGE: 1}, {"observation": 1})


async def test_a_directory_that_vanishes_and_comes_back_costs_no_waiting_record(tmp_path: Path):
    store = await opened(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "away")
    waiting = observation(store.next_identity())
    store.write(waiting)
    gone = await store.flush()
    await store.tidy()
    errors = store.stats().errors
    (tmp_path / "away").rename(tmp_path / "here")
    back = await store.flush()
    await store.close()

    assert (gone, errors, back) == (False, {(Operation.OPEN, Trouble.OTHER): 1}, True)
    assert [waiting] == await stored(tmp_path / "here")


async def test_a_row_that_sqlite_refuses_is_dropped_alone_and_counted(tmp_path: Path):
    picky = (
        "CREATE TRIGGER picky BEFORE INSERT ON record WHEN new.seq = 3 BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    store = await opened(tmp_path, migrations=(*MIGRATIONS, picky))
    for _ in range(5):
        store.write(observation(store.next_identity()))
    flushed = await store.flush()
    stats = store.stats()
    await store.close()
    run_sql(tmp_path / "store.sqlite", f"PRAGMA user_version={len(MIGRATIONS)}")

    assert [record.identity.seq for record in await stored(tmp_path)] == [1, 2, 4, 5]
    assert (flushed, stats.dropped) == (True, {Drop.UNSTORABLE: 1})
    assert stats.errors == {(Operation.COMMIT, Trouble.REFUSED): 2}
