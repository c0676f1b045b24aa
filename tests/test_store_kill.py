"""kill -9 at any moment loses no acknowledged record, and no identity is ever given out twice."""

import multiprocessing
import sqlite3
import time
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from probe.store.reading import read
from tests.store_child import store_until_killed

KILLS = 12


def live_and_die(directory: Path, seconds: float) -> list[tuple[int, int, int]]:
    """Run the child until it has acknowledged once and for so long after; return what it told before it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store_child"])
    hears, tells = context.Pipe(duplex=False)
    child = context.Process(target=store_until_killed, args=(directory, tells))
    child.start()
    tells.close()
    try:
        assert hears.poll(20)
        time.sleep(seconds)
    finally:
        child.kill()
        child.join()
    return list(everything(hears))


def everything(hears: Connection):
    """Yield what is still in the pipe."""
    with hears:
        while True:
            try:
                yield hears.recv()
            except (EOFError, OSError):  # the kill may cut a message
                return


def test_kill_9_at_random_points_loses_no_acknowledged_record_and_repeats_no_identity(tmp_path: Path):
    random = Random(9)
    acknowledged: set[int] = set()
    given_out = 0
    for _ in range(KILLS):
        told = live_and_die(tmp_path, random.uniform(0.0, 0.2))
        assert min(last - rows for _, last, rows in told) >= given_out
        for seq, last, rows in told:
            acknowledged |= set(range(last - rows + 1, last + 1))
            given_out = seq
    kept = [record.identity.seq for record in read(tmp_path)]
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        verdict = database.execute("PRAGMA integrity_check").fetchone()
    database.close()

    assert acknowledged - set(kept) == set()
    assert len(acknowledged) > 100 * KILLS
    assert sorted(set(kept)) == kept
    assert verdict == ("ok",)
