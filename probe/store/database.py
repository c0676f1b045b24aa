"""Open SQLite the way the store needs it: durable for the one writer, read-only for everybody else."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

Value = int | float | str | bytes | None

# An observation has 2 to 3 KiB: pages of 4 KiB would be a third empty.
_PAGE_BYTES = 8192
_READER_BUSY_SECONDS = 5.0
# Only somebody with the sqlite3 shell can make the writer wait; records wait with it, so not for long.
_WRITER_BUSY_SECONDS = 1.0

# These two count only before the first table is made.
_NEW_FILE = f"""
PRAGMA page_size={_PAGE_BYTES};
PRAGMA auto_vacuum=INCREMENTAL;
"""
# FULL syncs the log at every commit; NORMAL loses acknowledged records when the power goes (sqlite.org/pragma.html).
# fullfsync is what a flush to the disk is called on macOS. mmap would turn an I/O error into a signal. A process that may
# open no more files still writes: what SQLite would put into temporary ones stays in memory.
_WRITER = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA fullfsync=ON;
PRAGMA checkpoint_fullfsync=ON;
PRAGMA wal_autocheckpoint=0;
PRAGMA temp_store=MEMORY;
PRAGMA mmap_size=0;
PRAGMA foreign_keys=ON;
PRAGMA trusted_schema=OFF;
"""


class Database(Protocol):
    """What the store uses of a connection; a test may put another SQLite, or a failing one, behind it."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, parameters: Sequence[Value] = ..., /) -> Iterable[Sequence[Value]]:
        """Run one statement and return its rows."""

    def executescript(self, script: str, /) -> object:
        """Run several statements."""

    def close(self) -> None:
        """Close the connection."""


def connect(file: Path) -> Database:
    """Open the one connection that writes; one thread opens it, then the store's own thread has it."""
    return sqlite3.connect(file, timeout=_WRITER_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def configure(database: Database) -> None:
    """Set what a connection needs before it may write."""
    if not number(database, "PRAGMA page_count"):
        database.executescript(_NEW_FILE)
    database.executescript(_WRITER)


def connect_readonly(file: Path) -> sqlite3.Connection:
    """Open a connection that can only read; SQLite replays the log in memory when no daemon runs."""
    uri = f"file:{quote(str(file))}?mode=ro"
    return sqlite3.connect(
        uri, uri=True, timeout=_READER_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """Run the body whole or not at all; it is durable when this returns."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # SQLite itself has already rolled back after some errors (sqlite.org/lang_transaction.html, 3.1).
        with suppress(sqlite3.Error):
            if database.in_transaction:
                database.execute("ROLLBACK")
        raise


def number(database: Database, sql: str, *parameters: Value) -> int:
    """Return the whole number that a query gives, 0 for none."""
    for row in database.execute(sql, parameters):
        return row[0] if isinstance(row[0], int) else 0
    return 0


def ask(database: Database, sql: str, *parameters: Value) -> list[Sequence[Value]]:
    """Return all rows of a query, so that no read transaction stays open behind them."""
    return list(database.execute(sql, parameters))
