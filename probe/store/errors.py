"""What can go wrong with the store, in a few words that are also metric labels."""

import errno
import sqlite3
from enum import StrEnum


class StoreError(Exception):
    """The store cannot be used; the text is one sentence for the operator."""


class DamagedError(sqlite3.DatabaseError):
    """The database file does not hold what we once wrote."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class HeldUpError(sqlite3.OperationalError):
    """A reader keeps the log from being emptied."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY


class Trouble(StrEnum):
    """Why an operation on the store went wrong."""

    FULL = "full"
    IO = "io"
    DAMAGED = "damaged"
    DENIED = "denied"
    BUSY = "busy"
    REFUSED = "refused"
    OTHER = "other"


class Operation(StrEnum):
    """What the store was doing when it went wrong."""

    OPEN = "open"
    READ = "read"
    COMMIT = "commit"
    PRUNE = "prune"
    CHECKPOINT = "checkpoint"
    BALLAST = "ballast"


class Drop(StrEnum):
    """Why a record is not, or no longer, in the store."""

    BACKLOG = "backlog"
    OVERSIZE = "oversize"
    UNSTORABLE = "unstorable"
    CLOSED = "closed"
    AGE = "age"
    SIZE = "size"
    DAMAGE = "damage"


_SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.IO,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
    sqlite3.SQLITE_PERM: Trouble.DENIED,
    sqlite3.SQLITE_READONLY: Trouble.DENIED,
    sqlite3.SQLITE_CANTOPEN: Trouble.DENIED,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CONSTRAINT: Trouble.REFUSED,
    sqlite3.SQLITE_MISMATCH: Trouble.REFUSED,
    sqlite3.SQLITE_TOOBIG: Trouble.REFUSED,
}
_ERRNO = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EFBIG: Trouble.FULL,
    errno.EACCES: Trouble.DENIED,
    errno.EPERM: Trouble.DENIED,
    errno.EROFS: Trouble.DENIED,
}


def trouble_of(error: sqlite3.Error | OSError) -> Trouble:
    """Name the trouble behind an error of SQLite or of the system."""
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, Trouble.IO)
    # The low byte is the result code, the rest its extension (sqlite.org/rescode.html).
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, Trouble.OTHER)
