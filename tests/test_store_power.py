"""Power cuts and failing disks: what was acknowledged is there afterwards, whatever call it was that did not come back."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import apsw
import pytest

from probe.store.backlog import Backlog
from probe.store.ballast import Ballast
from probe.store.errors import Operation, StoreError, Trouble
from probe.store.home import Home
from probe.store.ledger import Ledger
from probe.store.limits import Limits
from probe.store.opening import Opener
from probe.store.reading import read
from probe.store.row import encode
from probe.store.schema import MIGRATIONS
from probe.store.scribe import Scribe
from tests.store_disk import Connection, Disk
from tests.store_records import MIB, ManualClock, bulky, open_store

GROUPS = 8
ROWS = 5
DAY_NS = 86_400 * 10**9


def acknowledged_before_the_cut(home: Home, disk: Disk, synchronous: str) -> list[int]:
    """Commit group after group, with a checkpoint now and then, until the power goes."""
    home.directory.mkdir()
    home.touch_database()
    acknowledged: list[int] = []
    connection = Connection(disk, home.database, synchronous=synchronous)
    ledger = Ledger.open(connection, home, Limits(64 * MIB), migrations=MIGRATIONS)
    for group in range(GROUPS):
        seqs = list(range(group * ROWS + 1, (group + 1) * ROWS + 1))
        ledger.insert([encode(bulky(seq, 500)) for seq in seqs], seqs[-1])
        acknowledged += [] if disk.is_off else seqs
        if group % 3 == 2:
            ledger.checkpoint()
    ledger.close()
    return acknowledged


def lost_by_a_cut(directory: Path, cut_at: int, seed: int, synchronous: str) -> set[int]:
    """Cut the power at a call, open what is left with the real store, and return what is missing."""
    disk = Disk(f"disk-{directory.name}-{cut_at}", cut_at=cut_at)
    acknowledged = acknowledged_before_the_cut(Home(directory / "before"), disk, synchronous)
    disk.leave_to(directory / "after", Random(seed))
    store = open_store(directory / "after")
    damaged = store.stats().damaged
    kept = {record.identity.seq for record in read(directory / "after")}
    asyncio.run(store.close())
    return set(acknowledged) - kept if not damaged else {-1}


def cuts(directory: Path, synchronous: str, number: int) -> Iterator[set[int]]:
    random = Random(17)
    for trial in range(number):
        (directory / str(trial)).mkdir()
        yield lost_by_a_cut(directory / str(trial), random.randrange(1, 260), trial, synchronous)


def test_power_cuts_at_random_points_lose_no_acknowledged_record(tmp_path: Path):
    assert [set()] * 60 == list(cuts(tmp_path, "FULL", 60))


def test_the_power_cut_is_a_real_one_because_it_costs_a_store_that_does_not_sync(tmp_path: Path):
    assert any(cuts(tmp_path, "NORMAL", 60))


def live_with_a_failing_call(directory: Path, disk: Disk) -> Scribe | None:
    """Open, commit a few groups, delete some, checkpoint and close; None when the store refused to open."""
    home, limits, clock = Home(directory), Limits(4 * MIB), ManualClock()
    opener = Opener(
        home=home,
        limits=limits,
        ballast=Ballast(home, limits.ballast_bytes),
        clock=clock,
        connect=lambda file: Connection(disk, file),
        migrations=MIGRATIONS,
    )
    backlog = Backlog(MIB)
    directory.mkdir()
    try:
        scribe = Scribe(opener, backlog, agent="agent", max_age_ns=DAY_NS)
    except StoreError:
        return None
    backlog.add(encode(bulky(1, 500, started_at_ns=clock.wall_ns() - 2 * DAY_NS)))
    for group in range(2):
        backlog.add(encode(bulky(group + 2, 30_000)))
        scribe.drain(issued=3)
        scribe._attempt(Operation.CHECKPOINT, scribe._ledger.checkpoint)
    for _ in range(2):
        scribe.drain(issued=3)
        scribe.tidy()
    scribe.close(issued=3)
    return scribe


@pytest.mark.parametrize(("error", "expected"), [(apsw.IOError, Trouble.IO), (apsw.FullError, Trouble.FULL)])
def test_whichever_call_fails_no_record_is_lost_and_the_store_goes_on(
    tmp_path: Path, error: type[apsw.Error], expected: Trouble
):
    failed_at, troubles = 0, Counter[tuple[Operation, Trouble]]()
    while True:
        failed_at += 1
        directory = tmp_path / str(failed_at)
        disk = Disk(f"{error.__name__}-{failed_at}", fail_at=failed_at)
        disk.error = error
        scribe = live_with_a_failing_call(directory, disk)
        again = open_store(directory)
        kept = [record.identity.seq for record in read(directory)]
        asyncio.run(again.close())

        assert (again.stats().damaged, kept) == (0, [] if scribe is None else [2, 3])
        if disk.calls < failed_at:
            break
        troubles += Counter(scribe.stats.errors if scribe else {})

    assert failed_at > 50
    assert {trouble for _, trouble in troubles} == {expected}
    assert {operation for operation, _ in troubles} == {
        Operation.COMMIT,
        Operation.PRUNE,
        Operation.CHECKPOINT,
    }
