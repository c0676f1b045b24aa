"""The store's database as its one writer uses it: plain statements, errors let through."""

import secrets
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from probe.store.database import Database, Value, ask, configure, number, transaction
from probe.store.errors import DamagedError, HeldUpError
from probe.store.home import Home, size_of
from probe.store.limits import Limits
from probe.store.row import Row, parent_columns
from probe.store.schema import check_version, migrate

# So many identities are set aside on disk at a time: after a crash none is given twice, committed or not.
_RESERVE = 100_000
_VACUUM_PAGES = 64

_INSERT = """
INSERT INTO record (position, kind, agent, epoch, seq, at_ns, vantage, route, hop, "check",
    purpose, outcome, cause, element, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (agent, epoch, seq) DO NOTHING RETURNING position
"""
_INSERT_PARENT = "INSERT INTO parent (position, agent, epoch, seq) VALUES (?, ?, ?, ?)"
_EVICT = """
DELETE FROM record WHERE position IN (SELECT position FROM record ORDER BY position LIMIT ?) RETURNING kind
"""
_EXPIRE = """
DELETE FROM record WHERE position IN (SELECT position FROM record WHERE at_ns < ? ORDER BY at_ns LIMIT ?)
RETURNING kind
"""
_SET_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


@dataclass(frozen=True, slots=True)
class Life:
    """The life of a store: its name, and how many identities it has given out."""

    epoch: str
    issued: int


class Ledger:
    """One open database; not safe for two threads at once."""

    life: Life

    def __init__(self, database: Database, home: Home, limits: Limits) -> None:
        """Wrap a connection; `open` is the way in."""
        self._database = database
        self._home = home
        self._limits = limits
        self._position = 0
        self._ceiling = 0

    @classmethod
    def open(
        cls,
        database: Database,
        home: Home,
        limits: Limits,
        *,
        migrations: Sequence[str],
        life: Life | None = None,
    ) -> Self:
        """Bring the database up to date and check it; a new one begins a new life unless told to go on with `life`."""
        ledger = cls(database, home, limits)
        check_version(database, home.database, len(migrations))
        if (verdict := ask(database, "PRAGMA quick_check(1)")[0][0]) != "ok":
            raise DamagedError(str(verdict))
        configure(database)
        migrate(database, home.database, migrations)
        ledger._bound()
        ledger._begin(life or Life(epoch=secrets.token_hex(8), issued=0))
        return ledger

    def insert(self, rows: Sequence[Row], issued: int) -> Counter[str]:
        """Write the rows, durably once this returns, and count by kind those that were not there already."""
        added: Counter[str] = Counter()
        with transaction(self._database):
            for offset, row in enumerate(rows, start=1):
                added[row.kind] += self._insert(self._position + offset, row)
            ceiling = self._reserve(issued)
        self._position += len(rows)
        self._ceiling = ceiling
        return added

    def evict(self, limit: int) -> Counter[str]:
        """Delete up to `limit` of the oldest rows and count them by kind."""
        return self._delete(_EVICT, limit)

    def expire(self, before_ns: int, limit: int) -> Counter[str]:
        """Delete up to `limit` rows from before an instant and count them by kind."""
        return self._delete(_EXPIRE, before_ns, limit)

    def checkpoint(self) -> bool:
        """Move the log into the database and empty it, or raise HeldUpError."""
        _, frames, moved = ask(self._database, "PRAGMA wal_checkpoint(PASSIVE)")[0]
        # Emptying waits for readers: worth it for those that come and go, not for one that holds an old state.
        if moved != frames or ask(self._database, "PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise HeldUpError("a reader keeps the log from being emptied")
        return True

    def log_bytes(self) -> int:
        """Return the size of the write-ahead log."""
        return size_of(self._home.log)

    def is_crowded(self) -> bool:
        """Tell whether the rows have come so near to the bound that the oldest must go."""
        used = number(self._database, "PRAGMA page_count") - number(self._database, "PRAGMA freelist_count")
        return used * self._page_bytes() > self._limits.crowded_bytes

    def shrink(self) -> bool:
        """Give one helping of free pages back while the file is larger than its bound; True when it did."""
        pages = number(self._database, "PRAGMA page_count")
        if pages * self._page_bytes() <= self._limits.database_bytes:
            return False
        ask(self._database, f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")
        self._bound()
        return number(self._database, "PRAGMA page_count") < pages

    def counts(self) -> Counter[str]:
        """Count the rows by kind."""
        rows = ask(self._database, "SELECT kind, count(*) FROM record GROUP BY kind")
        return Counter({str(kind): count for kind, count in rows if isinstance(count, int)})

    def oldest_at_ns(self) -> int | None:
        """Return the earliest instant of all rows."""
        oldest = ask(self._database, "SELECT min(at_ns) FROM record")[0][0]
        return oldest if isinstance(oldest, int) else None

    def last_seq(self, agent: str) -> int:
        """Return the highest number that an agent has here in this life."""
        sql = "SELECT max(seq) FROM record WHERE agent = ? AND epoch = ?"
        return number(self._database, sql, agent, self.life.epoch)

    def limit(self, limits: Limits) -> None:
        """Hold other bounds from now on."""
        self._limits = limits
        self._bound()

    def close(self, issued: int | None = None) -> None:
        """Close the database; with `issued`, its numbering goes on exactly there."""
        with suppress(sqlite3.Error):
            if issued is not None:
                with transaction(self._database):
                    self._set("seq_ceiling", issued)
        with suppress(sqlite3.Error):
            self._database.close()

    def _begin(self, life: Life) -> None:
        try:
            meta = {str(key): str(value) for key, value in ask(self._database, "SELECT key, value FROM meta")}
            self._position = number(self._database, "SELECT max(position) FROM record")
        except sqlite3.OperationalError as error:
            raise DamagedError(str(error)) from error
        self.life = Life(
            epoch=meta.get("epoch", life.epoch), issued=int(meta.get("seq_ceiling", life.issued))
        )
        with transaction(self._database):
            self._set("epoch", self.life.epoch)
            self._ceiling = self._reserve(self.life.issued)

    def _insert(self, position: int, row: Row) -> bool:
        if not ask(self._database, _INSERT, position, *row.columns):
            return False
        for parent in row.parents:
            ask(self._database, _INSERT_PARENT, position, *parent_columns(parent))
        return True

    def _delete(self, sql: str, *parameters: Value) -> Counter[str]:
        with transaction(self._database):
            return Counter(str(kind) for (kind,) in ask(self._database, sql, *parameters))

    def _reserve(self, issued: int) -> int:
        if self._ceiling - issued >= _RESERVE // 2:
            return self._ceiling
        self._set("seq_ceiling", issued + _RESERVE)
        return issued + _RESERVE

    def _set(self, key: str, value: str | int) -> None:
        ask(self._database, _SET_META, key, str(value))

    def _bound(self) -> None:
        pages = self._limits.database_bytes // self._page_bytes()
        ask(self._database, f"PRAGMA max_page_count={pages}")

    def _page_bytes(self) -> int:
        return number(self._database, "PRAGMA page_size")
