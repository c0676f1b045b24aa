"""Reading a store: by span and kind, while it is being written and when nobody runs, without ever changing it."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from probe.model import Purpose, Record, Series
from probe.store import Operation, StoreError, Trouble
from probe.store.reading import read, read_series, read_text, recent, recent_findings
from tests.store_records import (
    MIB,
    SERIES,
    bulky,
    failed,
    finding,
    health,
    identity,
    incident,
    miss,
    observation,
    opened,
    stored,
)

OTHER = Series(vantage="mobile", route="main", hop="static", check="tls")


async def keep(directory: Path, records: Sequence[Record]) -> None:
    store = await opened(directory)
    for record in records:
        store.write(record)
    await store.close()


async def test_a_span_includes_its_beginning_and_not_its_end(tmp_path: Path):
    records = [observation(number, started_at_ns=number * 10) for number in range(1, 6)]
    await keep(tmp_path, records)

    assert records[1:3] == list(read(tmp_path, 20, 40))
    assert records[3:] == list(read(tmp_path, since_ns=40))
    assert records[:3] == list(read(tmp_path, until_ns=40))
    assert list(read(tmp_path, since_ns=51)) == []
    assert records == list(read(tmp_path, -(2**80), 2**80))


async def test_each_kind_is_listed_by_its_own_instant(tmp_path: Path):
    records: list[Record] = [
        observation(1, started_at_ns=10),
        miss(2, recorded_at_ns=20, intended_at_ns=1),
        finding(3, recorded_at_ns=30),
        incident(4, opened_at_ns=1, last_seen_at_ns=40, closed_at_ns=40),
        health(5, recorded_at_ns=50),
    ]
    await keep(tmp_path, records)

    assert [[record] for record in records] == [
        list(read(tmp_path, at, at + 1)) for at in (10, 20, 30, 40, 50)
    ]


async def test_some_kinds_only(tmp_path: Path):
    records: list[Record] = [observation(1), miss(2), observation(3), finding(4), incident(5)]
    await keep(tmp_path, records)

    assert [records[0], records[2]] == list(read(tmp_path, kinds={"observation"}))
    assert [records[1], records[4]] == list(read(tmp_path, kinds={"miss", "incident"}))
    assert list(read(tmp_path, kinds=())) == []


@pytest.mark.parametrize("limit", [0, 1, 700, 10_000])
async def test_a_limit_takes_the_oldest_across_pages(tmp_path: Path, limit: int):
    records = [observation(number) for number in range(1, 701)]
    await keep(tmp_path, records)

    assert records[:limit] == list(read(tmp_path, limit=limit))


async def test_order_is_that_of_arrival_even_when_the_clock_went_back(tmp_path: Path):
    records = [observation(number, started_at_ns=1000 - number) for number in range(1, 601)]
    await keep(tmp_path, records)

    assert records == list(read(tmp_path, since_ns=0))


async def test_reading_goes_on_while_the_writer_writes_and_ends_where_it_began(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=16 * MIB)
    for _ in range(1000):
        store.write(bulky(store.next_identity()))
    await store.flush()
    reading = read(tmp_path)
    seen = []
    for _ in range(10):
        seen += [await asyncio.to_thread(next, reading) for _ in range(100)]
        for _ in range(200):
            store.write(bulky(store.next_identity()))
        await store.flush()
    rest = list(reading)
    await store.close()

    assert list(range(1, 1001)) == [record.identity.seq for record in seen]
    assert rest == []
    assert store.stats().errors == {}


async def test_a_reader_that_will_not_go_away_is_counted_and_holds_up_no_commit(tmp_path: Path):
    store = await opened(tmp_path, max_bytes=4 * MIB)
    store.write(bulky(store.next_identity()))
    await store.flush()
    shell = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    shell.execute("BEGIN")
    shell.execute("SELECT count(*) FROM record").fetchall()
    for _ in range(200):
        store.write(bulky(store.next_identity()))
    began = time.monotonic()
    await store.flush()
    seconds = time.monotonic() - began
    stats = store.stats()
    shell.close()
    await store.close()

    assert stats.committed_seq == 201
    assert set(stats.errors) == {(Operation.CHECKPOINT, Trouble.BUSY)}
    assert seconds < 3


async def test_reading_what_a_crash_left_changes_nothing(tmp_path: Path):
    store = await opened(tmp_path / "a")
    records = [observation(store.next_identity()) for _ in range(3)]
    for record in records:
        store.write(record)
    await store.flush()
    (tmp_path / "b").mkdir()
    for name in ("store.sqlite", "store.sqlite-wal"):
        (tmp_path / "b" / name).write_bytes((tmp_path / "a" / name).read_bytes())
    await store.close()
    before = {name: (tmp_path / "b" / name).read_bytes() for name in ("store.sqlite", "store.sqlite-wal")}

    assert records == list(read(tmp_path / "b"))
    assert before == {name: (tmp_path / "b" / name).read_bytes() for name in before}


async def test_recent_gives_the_newest_routine_observations_of_each_series_oldest_first(tmp_path: Path):
    mine = [observation(number, started_at_ns=number) for number in range(1, 6)]
    other = [failed(6, series=OTHER, started_at_ns=3)]
    control = observation(7, purpose=Purpose.CONTROL, parent=identity(6), started_at_ns=8)
    await keep(tmp_path, [*mine, *other, control, miss(8)])

    assert [*mine[-2:], *other] == recent(tmp_path, per_series=2)


async def test_recent_findings_are_the_newest_of_each_series_with_what_they_rest_on(tmp_path: Path):
    asked = replace(SERIES, hop="gate", check="control:gate")
    looked_into, elsewhere = failed(1, started_at_ns=1), failed(2, series=OTHER, started_at_ns=2)
    gate = observation(3, series=asked, purpose=Purpose.CONTROL, parent=identity(1), started_at_ns=3)
    unused = observation(4, purpose=Purpose.CONFIRM, parent=identity(1), started_at_ns=4)
    older = finding(5, parents=[identity(1), identity(4)], recorded_at_ns=5)
    newer = finding(6, parents=[identity(1), identity(3), identity(99)], recorded_at_ns=6)
    other = finding(7, parents=[identity(2), identity(3)], series=OTHER, recorded_at_ns=7)
    await keep(tmp_path, [looked_into, elsewhere, gate, unused, older, newer, other])

    assert [looked_into, elsewhere, gate, newer, other] == recent_findings(tmp_path)


async def test_a_series_comes_in_one_piece_in_the_order_of_its_starts(tmp_path: Path):
    mine = [observation(number, started_at_ns=1000 - number) for number in range(1, 401)]
    other = [observation(number + 400, series=OTHER, started_at_ns=number) for number in range(1, 3)]
    await keep(tmp_path, [other[0], *mine, other[1]])

    assert [*other, *reversed(mine)] == list(read_series(tmp_path))
    assert [*reversed(mine[-10:])] == [
        record for record in read_series(tmp_path, 600, 610) if record.series == SERIES
    ]


async def test_unknown_fields_of_a_newer_writer_are_kept_in_the_text(tmp_path: Path):
    await keep(tmp_path, [observation()])
    change(tmp_path, "json_set(body, '$.weather', 'rain')")

    assert [observation()] == list(read(tmp_path))
    assert [json.loads(text)["weather"] for text in read_text(tmp_path)] == ["rain"]


async def test_records_of_a_newer_version_are_left_out_and_counted(tmp_path: Path):
    await keep(tmp_path, [observation(1), observation(2)])
    change(tmp_path, "CASE seq WHEN 1 THEN json_set(body, '$.version', 2) ELSE body END")
    told: list[tuple[int, str]] = []

    assert [observation(2)] == list(read_series(tmp_path, on_unreadable=lambda *what: told.append(what)))
    assert told == [(1, "observation: version 2 is newer than 1, the newest that this hopwatch reads")]


def change(directory: Path, body: str) -> None:
    """Rewrite the bodies as another hopwatch might have written them."""
    database = sqlite3.connect(directory / "store.sqlite", isolation_level=None)
    database.execute(f"UPDATE record SET body = {body}")
    database.close()


@pytest.mark.parametrize(
    "make", [lambda _: None, lambda path: (path / "store.sqlite").touch()], ids=["none", "empty"]
)
def test_no_store_is_one_sentence(tmp_path: Path, make):
    make(tmp_path)
    with pytest.raises(StoreError, match=r"there is no store in|has version 0, this hopwatch reads version"):
        next(read(tmp_path))


async def test_a_damaged_store_is_one_sentence_for_a_reader(tmp_path: Path):
    await keep(tmp_path, [observation()])
    (tmp_path / "store.sqlite").write_bytes(b"x" * 9000)
    with pytest.raises(StoreError, match=r"^cannot read .*: file is not a database$"):
        await stored(tmp_path)


async def test_columns_and_views_answer_what_is_asked_for(tmp_path: Path):
    records: list[Record] = [
        failed(1, parent=identity(9), purpose=Purpose.CONFIRM),
        miss(2),
        finding(3, parents=(identity(1), identity(2), identity(1))),
        incident(4, parents=(identity(3),)),
        health(5, parents=(identity(1),)),
    ]
    await keep(tmp_path, records)
    database = sqlite3.connect(tmp_path / "store.sqlite")
    try:
        answers = {
            sql: database.execute(sql).fetchall()
            for sql in (
                'SELECT seq, vantage, route, hop, "check", purpose, outcome, cause FROM observation',
                "SELECT seq, reason FROM miss",
                "SELECT seq, cause, element FROM finding",
                "SELECT seq, cause, element FROM incident",
                "SELECT seq, vantage, cause, element FROM health",
                "SELECT record.seq, parent.seq FROM parent JOIN record USING (position) ORDER BY 1, 2",
            )
        }
    finally:
        database.close()

    assert list(answers.values()) == [
        [(1, "wifi", "main", "vercel", "http", "confirm", "failed", "tls.cert.date_invalid")],
        [(2, "suspended")],
        [(3, "tcp.refused", "host[vercel]")],
        [(4, "tcp.refused", "host[vercel]")],
        [(5, "mobile", "local.captive_portal", "access[mobile]")],
        [(1, 9), (3, 1), (3, 2), (4, 3), (5, 1)],
    ]


async def test_parents_go_with_their_child(tmp_path: Path):
    store = await opened(tmp_path, max_age_seconds=60)
    store.write(finding(1, parents=(identity(2),), recorded_at_ns=1))
    await store.flush()
    await store.tidy()
    await store.close()
    database = sqlite3.connect(tmp_path / "store.sqlite")
    left = database.execute("SELECT count(*) FROM parent").fetchone()
    database.close()

    assert left == (0,)
