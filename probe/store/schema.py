"""The tables, as the list of steps that make them; a step once released is never changed, only followed by another.

All kinds of records share one table, because they share one counter, one order and one fate when space runs out.
What is asked for has a column; the whole record is the JSON text in `body`. The views are for people with sqlite3.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from probe.store.database import Database, number
from probe.store.errors import StoreError

# "HOPW", so that file(1) and we can tell a store from somebody else's database (PRAGMA application_id).
APPLICATION_ID = 0x484F5057

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    vantage TEXT,
    route TEXT,
    hop TEXT,
    "check" TEXT,
    purpose TEXT,
    outcome TEXT,
    cause TEXT,
    element TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_identity ON record (agent, epoch, seq);
CREATE INDEX record_kind ON record (kind) WHERE kind <> 'observation';
CREATE INDEX record_at ON record (at_ns);
CREATE INDEX record_series ON record (kind, vantage, route, hop, "check", at_ns);
CREATE INDEX record_outcome ON record (outcome, at_ns) WHERE outcome <> 'ok';
CREATE INDEX record_cause ON record (cause, at_ns) WHERE cause IS NOT NULL;
CREATE INDEX record_purpose ON record (purpose, at_ns) WHERE purpose <> 'routine';
CREATE INDEX record_element ON record (element, at_ns) WHERE element IS NOT NULL;

CREATE TABLE parent (
    position INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (position, agent, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX parent_identity ON parent (agent, epoch, seq);

CREATE VIEW observation AS SELECT agent, epoch, seq, at_ns AS started_at_ns, vantage, route, hop, "check",
    purpose, outcome, cause, body FROM record WHERE kind = 'observation';
CREATE VIEW miss AS SELECT agent, epoch, seq, at_ns AS recorded_at_ns, vantage, route, hop, "check",
    cause AS reason, body FROM record WHERE kind = 'miss';
CREATE VIEW finding AS SELECT agent, epoch, seq, at_ns AS recorded_at_ns, vantage, route, hop, "check",
    cause, element, body FROM record WHERE kind = 'finding';
CREATE VIEW incident AS SELECT agent, epoch, seq, at_ns AS last_seen_at_ns,
    cause, element, body FROM record WHERE kind = 'incident';
"""

_CHANGES = """
CREATE VIEW change AS SELECT agent, epoch, seq, at_ns AS lost_at_ns, vantage, cause AS what, element, body
    FROM record WHERE kind = 'change';
"""

# The cause and element of the first of several ailments; empty when there is none.
_HEALTHS = """
CREATE VIEW health AS SELECT agent, epoch, seq, at_ns AS recorded_at_ns, vantage, cause, element, body
    FROM record WHERE kind = 'health';
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _CHANGES, _HEALTHS)


def migrate(database: Database, file: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the database up to the last step, each step whole or not at all; refuse a newer or a foreign one."""
    check_version(database, file, len(migrations))
    for version in range(number(database, "PRAGMA user_version"), len(migrations)):
        _step(database, migrations[version], version + 1)


def check_version(database: Database, file: Path, known: int = len(MIGRATIONS)) -> None:
    """Raise StoreError unless the file is a store, or empty, and not of a version beyond the `known` one."""
    application = number(database, "PRAGMA application_id")
    if application != APPLICATION_ID and number(database, "SELECT count(*) FROM sqlite_schema"):
        raise StoreError(f"{file} is a database of another program, not a hopwatch store")
    version = number(database, "PRAGMA user_version")
    if version > known:
        raise StoreError(
            f"{file} has version {version}, this hopwatch knows versions up to {known}: "
            "use the newer hopwatch that wrote it, or another directory"
        )


def _step(database: Database, script: str, version: int) -> None:
    try:
        database.executescript(
            f"BEGIN IMMEDIATE;{script};PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={version};COMMIT"
        )
    except Exception:
        with suppress(Exception):
            database.execute("ROLLBACK")
        raise
