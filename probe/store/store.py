"""The durable home of all records: an exporter that acknowledges after the commit, and shares its thread with nobody.

Records are encoded at once, wait in a bounded backlog, and are committed in groups by the one thread that writes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

import structlog

from probe.clock import Clock
from probe.model import Event, Identity, Pending, UplinkState
from probe.store.backlog import Backlog
from probe.store.ballast import Ballast
from probe.store.database import Database, connect
from probe.store.errors import Drop, StoreError
from probe.store.home import Home
from probe.store.limits import MIB, SMALLEST_BYTES, Limits
from probe.store.opening import Opener
from probe.store.row import encode
from probe.store.schema import MIGRATIONS
from probe.store.scribe import Scribe
from probe.store.stats import Stats

DEFAULT_BACKLOG_BYTES = 32 * MIB

_RETRY_NS = 10**9
_TIDY_NS = 60 * 10**9

T = TypeVar("T")

log = structlog.get_logger()


class Store:
    """One store, open for writing; see `probe.store.reading` for the other side."""

    def __init__(
        self,
        home: Home,
        scribe: Scribe,
        backlog: Backlog,
        *,
        clock: Clock,
        agent: str,
        interval_ns: int,
        limits: Limits,
    ) -> None:
        """Wrap what `open` made."""
        self._home = home
        self._scribe = scribe
        self._backlog = backlog
        self._clock = clock
        self._agent = agent
        self._interval_ns = interval_ns
        self._limits = limits
        self._issued = scribe.life.issued
        self._is_closed = False
        self._enough = asyncio.Event()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        max_bytes: int,
        max_age_seconds: float,
        commit_interval_seconds: float = 1.0,
        clock: Clock,
        agent: str,
        backlog_bytes: int = DEFAULT_BACKLOG_BYTES,
        connect: Callable[[Path], Database] = connect,
        migrations: Sequence[str] = MIGRATIONS,
    ) -> Self:
        """Open the store in a directory, made if need be, or raise StoreError; it reads the disk, so call it in a thread."""
        if max_bytes < SMALLEST_BYTES:
            raise StoreError(
                f"a store needs {SMALLEST_BYTES // MIB} MiB at least, {max_bytes} bytes are too few"
            )
        home, limits, backlog = Home(path), Limits(max_bytes), Backlog(backlog_bytes)
        ballast = Ballast(home, limits.ballast_bytes)
        opener = Opener(
            home=home, limits=limits, ballast=ballast, clock=clock, connect=connect, migrations=migrations
        )
        home.claim()
        try:
            scribe = Scribe(opener, backlog, agent=agent, max_age_ns=int(max_age_seconds * 1e9))
        except BaseException:
            home.release()
            raise
        interval_ns = int(commit_interval_seconds * 1e9)
        return cls(home, scribe, backlog, clock=clock, agent=agent, interval_ns=interval_ns, limits=limits)

    @property
    def epoch(self) -> str:
        """The name of this life of the store: it changes only when the store is begun anew."""
        return self._scribe.life.epoch

    def next_identity(self) -> Identity:
        """Give out the next identity; none is ever given out twice, across restarts and crashes too."""
        self._issued += 1
        return Identity(agent=self._agent, epoch=self.epoch, seq=self._issued)

    def write(self, event: Event) -> None:
        """Queue a record to be committed; never blocks, never raises, and counts what it cannot take."""
        if isinstance(event, Pending | UplinkState):
            return
        if self._is_closed:
            self._backlog.drop(Drop.CLOSED)
            return
        try:
            row = encode(event)
        except Exception:  # noqa: BLE001 - whatever is wrong with one record must not reach the probes
            self._backlog.drop(Drop.UNSTORABLE)
            return
        if row.body_bytes > self._limits.group_bytes:
            self._backlog.drop(Drop.OVERSIZE)
            return
        self._backlog.add(row)
        if len(self._backlog) >= self._limits.group_rows and not self._scribe.stats.is_stuck:
            self._enough.set()

    async def run(self) -> None:
        """Commit and tidy up until cancelled, then flush."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._commit_by_time())
                tasks.create_task(self._commit_by_count())
                tasks.create_task(self._keep_tidy())
        finally:
            await self.flush()

    async def flush(self) -> bool:
        """Commit what is queued now; False when it could not be."""
        if not self._is_closed:
            await self._in_writer(self._drain)
        return not len(self._backlog)

    async def tidy(self) -> None:
        """Delete what is too old or too much, and give back room, until nothing is left to do."""
        while not self._is_closed and await self._in_writer(self._scribe.tidy):
            pass

    async def close(self) -> None:
        """Flush, close the files and let another process have the directory; closing twice is well."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._in_writer(self._finish)
        self._writer.shutdown(wait=False)

    def limit(self, *, max_bytes: int, max_age_seconds: float, commit_interval_seconds: float = 1.0) -> None:
        """Hold other bounds from now on, at least as many bytes as `open` demands; returns at once."""
        self._limits = Limits(max_bytes)
        self._interval_ns = int(commit_interval_seconds * 1e9)
        self._writer.submit(self._scribe.limit, self._limits, int(max_age_seconds * 1e9))

    def stats(self) -> Stats:
        """Return the counts that metrics and page show."""
        written = self._scribe.stats
        return replace(
            written,
            dropped=Counter(written.dropped) + self._backlog.dropped(),
            max_bytes=self._limits.max_bytes,
            backlog_rows=len(self._backlog),
            backlog_bytes=self._backlog.bytes,
        )

    async def _commit_by_time(self) -> None:
        due_ns = self._clock.boot_ns() + self._interval_ns
        while True:
            await self._clock.sleep_until(min(due_ns, self._clock.boot_ns() + _RETRY_NS))
            if self._clock.boot_ns() < due_ns and not self._scribe.stats.is_stuck:
                continue
            await self.flush()
            due_ns = self._clock.boot_ns() + self._interval_ns

    async def _commit_by_count(self) -> None:
        while True:
            await self._enough.wait()
            self._enough.clear()
            await self.flush()

    async def _keep_tidy(self) -> None:
        while True:
            await self.tidy()
            await self._clock.sleep_until(self._clock.boot_ns() + _TIDY_NS)

    def _drain(self) -> None:
        self._scribe.drain(self._issued)

    def _finish(self) -> None:
        self._drain()
        self._scribe.close(self._issued)
        if left := len(self._backlog):
            self._backlog.drop(Drop.CLOSED, left)
            log.warning("store.closed_with_losses", records=left)
        self._home.release()

    async def _in_writer(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, act)
