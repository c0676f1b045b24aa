"""Whatever happens in whatever order: every record is in the store, waiting, lost unacknowledged, or in a counted drop."""

import asyncio
import shutil
import tempfile
from collections import Counter, deque
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from probe.codec import kind_of
from probe.model import Identity, Record
from probe.store import Drop, Store
from probe.store.reading import read
from probe.store.row import encode
from tests.store_records import MIB, ManualClock, bulky, miss, open_store

BACKLOG_BYTES = 20_000
MAX_AGE_SECONDS = 3600


class StoreAgainstModel(RuleBasedStateMachine):
    """The store beside a model of three plain collections."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="store-model-"))
        self.lives = 0
        self.directory = self.root / "0"
        self.clock = ManualClock()
        self.loop = asyncio.new_event_loop()
        self.waiting: deque[Record] = deque()
        self.kept: list[Record] = []
        self.dropped: Counter[Drop] = Counter()
        self.dropped_before: Counter[Drop] = Counter()
        self.given_out: set[Identity] = set()
        self.store: Store | None = None

    @initialize()
    def open(self) -> None:
        self.store = open_store(
            self.directory,
            clock=self.clock,
            max_bytes=8 * MIB,
            max_age_seconds=MAX_AGE_SECONDS,
            backlog_bytes=BACKLOG_BYTES,
        )

    @property
    def open_one(self) -> Store:
        assert self.store is not None
        return self.store

    def next_identity(self) -> Identity:
        identity = self.open_one.next_identity()
        assert identity not in self.given_out
        self.given_out.add(identity)
        return identity

    @rule(size=st.sampled_from([0, 3000]), times=st.integers(1, 6), age=st.integers(0, 2 * MAX_AGE_SECONDS))
    def add(self, size: int, times: int, age: int) -> None:
        at = self.clock.wall_ns() - age * 10**9
        for _ in range(times):
            self.write(bulky(self.next_identity(), size, started_at_ns=at))
        self.write(miss(identity=self.next_identity(), recorded_at_ns=at))

    def write(self, record: Record) -> None:
        self.open_one.write(record)
        self.waiting.append(record)
        while sum(encode(one).bytes for one in self.waiting) > BACKLOG_BYTES:
            self.waiting.popleft()
            self.dropped[Drop.BACKLOG] += 1

    @rule()
    def add_an_oversize_one(self) -> None:
        self.open_one.write(bulky(self.next_identity(), 2 * MIB))
        self.dropped[Drop.OVERSIZE] += 1

    @precondition(lambda self: self.kept)
    @rule()
    def add_one_again(self) -> None:
        self.flush()
        self.open_one.write(self.kept[-1])
        self.flush()

    @rule()
    def flush(self) -> None:
        self.loop.run_until_complete(self.open_one.flush())
        self.kept += [record for record in self.waiting if record not in self.kept]
        self.waiting.clear()

    @rule(minutes=st.integers(0, 50))
    def prune(self, minutes: int) -> None:
        self.clock.advance(minutes * 60)
        self.loop.run_until_complete(self.open_one.tidy())
        oldest = self.clock.wall_ns() - MAX_AGE_SECONDS * 10**9
        young = [record for record in self.kept if encode(record).columns[4] >= oldest]
        self.dropped[Drop.AGE] += len(self.kept) - len(young)
        self.kept = young

    @rule()
    def close_and_reopen(self) -> None:
        self.flush()
        self.leave()
        self.open()

    @rule()
    def crash_and_reopen(self) -> None:
        self.lives += 1
        crashed, self.directory = self.directory, self.root / str(self.lives)
        shutil.copytree(crashed, self.directory, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
        self.leave()
        self.waiting.clear()
        self.open()

    def leave(self) -> None:
        self.dropped_before += Counter(self.open_one.stats().dropped)
        self.loop.run_until_complete(self.open_one.close())

    @invariant()
    def nothing_is_missing(self) -> None:
        if self.store is None:
            return
        stats = self.store.stats()
        kinds = Counter(kind_of(record) for record in self.kept)

        assert self.kept == list(read(self.directory))
        assert len(self.waiting) == stats.backlog_rows
        assert +self.dropped == self.dropped_before + Counter(stats.dropped)
        assert kinds == +Counter(stats.rows)
        assert (stats.errors, stats.damaged) == ({}, 0)

    def teardown(self) -> None:
        if self.store is not None:
            self.leave()
        self.loop.close()
        shutil.rmtree(self.root)


TestStoreAgainstModel = StoreAgainstModel.TestCase
TestStoreAgainstModel.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
