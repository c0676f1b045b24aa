"""Write for the store, in its own thread: what goes wrong is counted and tried again, never raised."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from probe.store.backlog import Backlog
from probe.store.ballast import Ballast
from probe.store.errors import Drop, Operation, StoreError, Trouble, trouble_of
from probe.store.ledger import Life
from probe.store.limits import Limits
from probe.store.opening import Opener
from probe.store.row import Row
from probe.store.stats import Stats, Tally

log = structlog.get_logger()

# One helping of pruning: small beside a commit, and a small part of what is there.
_PRUNE_ROWS = 200
_PRUNE_PART = 50

T = TypeVar("T")


class Scribe:
    """Commits the backlog, keeps the store within its bounds, and gets over full disks and damaged files."""

    stats: Stats

    def __init__(self, opener: Opener, backlog: Backlog, *, agent: str, max_age_ns: int) -> None:
        """Open the database, or raise StoreError; from here on nothing raises."""
        self._opener = opener
        self._limits = opener.limits
        self._backlog = backlog
        self._max_age_ns = max_age_ns
        self._ledger, damaged = opener.open()
        self._life = self._ledger.life
        self._tally = Tally(
            rows=self._ledger.counts(), committed_seq=self._ledger.last_seq(agent), damaged=int(damaged)
        )
        self._is_open = True
        self._is_full = False
        self._is_stuck = False
        self._group_rows = self._limits.group_rows
        self._log_due_bytes = self._limits.log_bytes
        self._told: dict[Operation, Trouble] = {}
        self._hold_ballast()
        self._publish()

    @property
    def life(self) -> Life:
        """The epoch, and the number from which to go on counting."""
        return self._life

    def drain(self, issued: int) -> None:
        """Commit the backlog group by group, until it is empty or a commit fails."""
        self._life = replace(self._life, issued=issued)
        self._is_stuck = not self._is_ready()
        while not self._is_stuck and (rows := self._backlog.take(self._group_rows, self._limits.group_bytes)):
            self._is_stuck = not self._commit(rows)
            self._shorten_log()
        self._publish()

    def tidy(self) -> bool:
        """Do one helping of pruning and shrinking; True when there is more to do."""
        if not self._is_open:
            return False
        busy = (
            self._expire() or self._evict_if_crowded() or self._attempt(Operation.PRUNE, self._ledger.shrink)
        )
        self._shorten_log()
        if not self._is_full:
            self._hold_ballast()
        self._publish()
        return bool(busy)

    def limit(self, limits: Limits, max_age_ns: int) -> None:
        """Hold other bounds from now on; what is too much goes when the store is next tidied up."""
        self._max_age_ns = max_age_ns
        if limits == self._limits:
            return
        ballast = Ballast(self._opener.home, limits.ballast_bytes)
        self._opener = replace(self._opener, limits=limits, ballast=ballast)
        self._limits = limits
        self._log_due_bytes = limits.log_bytes
        if self._is_open:
            self._attempt(Operation.PRUNE, lambda: self._ledger.limit(limits))
        if not self._is_full:
            self._hold_ballast()

    def close(self, issued: int) -> None:
        """Close the database; the numbering goes on at `issued` when it is opened again."""
        if self._is_open:
            self._ledger.close(issued)
            self._is_open = False

    def _is_ready(self) -> bool:
        if not self._is_open or not self._opener.home.has_database():
            self._start_over()
        if self._is_full and self._opener.ballast.has_room():
            self._is_full = False
            self._hold_ballast()
            log.info("store.space_returned", directory=str(self._opener.home.directory))
        return self._is_open and not self._is_full

    def _commit(self, rows: Sequence[Row]) -> bool:
        while self._evict_if_crowded():
            self._shorten_log()
        began = self._opener.clock.monotonic_ns()
        try:
            added = self._ledger.insert(rows, self._life.issued)
        except sqlite3.Error as error:
            return self._refused(rows, self._note(Operation.COMMIT, error))
        seconds = (self._opener.clock.monotonic_ns() - began) / 1e9
        own = [row.identity.seq for row in rows if row.identity.epoch == self._life.epoch]
        self._tally.committed(added, own, seconds)
        self._told.pop(Operation.COMMIT, None)
        return True

    def _refused(self, rows: Sequence[Row], trouble: Trouble) -> bool:
        """Decide what becomes of rows that were not committed; True to go on with the backlog."""
        if trouble is Trouble.REFUSED and len(rows) == 1:
            self._backlog.drop(Drop.UNSTORABLE)
            self._group_rows = self._limits.group_rows
            return True
        self._backlog.give_back(rows)
        # One row that SQLite will not have must not hold up the others: find it by committing them singly.
        if trouble is Trouble.REFUSED:
            self._group_rows = 1
        return trouble is Trouble.REFUSED

    def _expire(self) -> bool:
        before_ns = self._opener.clock.wall_ns() - self._max_age_ns
        return self._remove(Drop.AGE, lambda: self._ledger.expire(before_ns, _PRUNE_ROWS))

    def _evict_if_crowded(self) -> bool:
        crowded = self._attempt(Operation.READ, self._ledger.is_crowded)
        rows = max(1, min(_PRUNE_ROWS, self._tally.rows.total() // _PRUNE_PART))
        return bool(crowded) and self._remove(Drop.SIZE, lambda: self._ledger.evict(rows))

    def _remove(self, reason: Drop, act: Callable[[], Counter[str]]) -> bool:
        removed = self._attempt(Operation.PRUNE, act) or Counter()
        self._tally.removed(removed, reason)
        return bool(removed)

    def _shorten_log(self) -> None:
        if not self._is_open or self._ledger.log_bytes() < self._log_due_bytes:
            return
        emptied = self._attempt(Operation.CHECKPOINT, self._ledger.checkpoint)
        # A reader that stays holds the log; ask again only when it has grown by as much once more.
        self._log_due_bytes = self._limits.log_bytes + (0 if emptied else self._ledger.log_bytes())

    def _hold_ballast(self) -> None:
        ballast = self._opener.ballast
        if not ballast.is_held and ballast.has_room():
            self._attempt(Operation.BALLAST, ballast.hold)

    def _attempt(self, operation: Operation, act: Callable[[], T]) -> T | None:
        try:
            result = act()
        except (sqlite3.Error, OSError) as error:
            self._note(operation, error)
            return None
        self._told.pop(operation, None)
        return result

    def _note(self, operation: Operation, error: sqlite3.Error | OSError) -> Trouble:
        trouble = trouble_of(error)
        # SQLite calls a full disk an I/O error where it extends the log's index (SQLITE_IOERR_SHMSIZE).
        if trouble is Trouble.IO and self._opener.home.free_bytes() < self._limits.group_bytes:
            trouble = Trouble.FULL
        self._count(operation, trouble, str(error))
        if trouble is Trouble.FULL and operation is not Operation.BALLAST:
            self._relieve()
        if trouble is Trouble.DAMAGED:
            self._start_over()
        return trouble

    def _count(self, operation: Operation, trouble: Trouble, error: str) -> None:
        self._tally.errors[operation, trouble] += 1
        # Said once, not at every retry.
        if self._told.get(operation) is not trouble:
            log.warning("store.troubled", operation=operation.value, reason=trouble.value, error=error)
        self._told[operation] = trouble

    def _relieve(self) -> None:
        if self._is_full:
            return
        # The ballast's room is for deletes and checkpoints only: new rows wait until the disk could take it again.
        self._is_full = True
        if self._attempt(Operation.READ, self._ledger.is_crowded):
            # Only our own bound is reached: there is no space to wait for, and the next commit evicts.
            self._is_full = False
            return
        self._opener.ballast.release()
        self._attempt(Operation.CHECKPOINT, self._ledger.checkpoint)

    def _start_over(self) -> None:
        if self._is_open:
            self._ledger.close()
        self._is_open = False
        try:
            self._ledger, damaged = self._opener.open(self._life)
            lost = self._tally.rows - self._ledger.counts()
        except (StoreError, sqlite3.Error) as error:
            self._count(Operation.OPEN, Trouble.OTHER, str(error))
            return
        self._is_open = True
        self._told.pop(Operation.OPEN, None)
        self._tally.damaged += damaged or bool(lost)
        self._tally.removed(lost, Drop.DAMAGE)

    def _publish(self) -> None:
        oldest = self._attempt(Operation.READ, self._ledger.oldest_at_ns) if self._is_open else None
        self.stats = self._tally.stats(
            epoch=self._life.epoch,
            total_bytes=self._opener.home.bytes(),
            oldest_at_ns=oldest,
            is_stuck=self._is_stuck,
        )
