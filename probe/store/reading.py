"""Read a store from outside its writer, while the daemon runs or when it does not.

Rows come in short pages, so that no reader ever holds the write-ahead log for longer than a moment.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import structlog

from probe.codec import from_text
from probe.model import Change, Health, Observation, Record
from probe.store.database import Database, Value, ask, connect_readonly, number
from probe.store.errors import StoreError
from probe.store.home import DATABASE
from probe.store.schema import MIGRATIONS, check_version

log = structlog.get_logger()

KINDS = frozenset({"observation", "miss", "finding", "incident", "change", "health"})

_PAGE_ROWS = 256
_BEGINNING, _END = -(2**63), 2**63 - 1

# Without INDEXED BY and the unary plus SQLite, which knows nothing of the rows, may walk the whole file or sort it.
_FIRST = "SELECT min(position) FROM record INDEXED BY record_at WHERE at_ns >= ? AND at_ns < ?"
_COUNT = "SELECT count(*) FROM record INDEXED BY record_at WHERE at_ns >= ? AND at_ns < ?"
_ALL_KINDS = """
SELECT position, kind, body FROM record
WHERE position > ? AND position <= ? AND +at_ns >= ? AND +at_ns < ? ORDER BY position LIMIT ?
"""
_RARE_KINDS = """
SELECT position, kind, body FROM record INDEXED BY record_kind
WHERE kind <> 'observation' AND position > ? AND position <= ? AND +at_ns >= ? AND +at_ns < ?
ORDER BY position LIMIT ?
"""
_NEXT_SERIES = """
SELECT vantage, route, hop, "check" FROM record INDEXED BY record_series
WHERE kind = ? AND (vantage, route, hop, "check") > (?, ?, ?, ?)
ORDER BY vantage, route, hop, "check" LIMIT 1
"""
_OF_SERIES = """
SELECT at_ns, position, body FROM record INDEXED BY record_series
WHERE kind = 'observation' AND vantage = ? AND route = ? AND hop = ? AND "check" = ?
    AND (at_ns, position) > (?, ?) AND at_ns < ?
ORDER BY at_ns, position LIMIT ?
"""
_NEWEST_OF_SERIES = """
SELECT position, body FROM record INDEXED BY record_series
WHERE kind = 'observation' AND vantage = ? AND route = ? AND hop = ? AND "check" = ? AND purpose = 'routine'
ORDER BY at_ns DESC, position DESC LIMIT ?
"""
_NEWEST_FINDING = """
SELECT position, body FROM record INDEXED BY record_series
WHERE kind = 'finding' AND vantage = ? AND route = ? AND hop = ? AND "check" = ?
ORDER BY at_ns DESC, position DESC LIMIT 1
"""
_PARENTS = """
SELECT record.position, record.body FROM parent CROSS JOIN record INDEXED BY record_identity USING (agent, epoch, seq)
WHERE parent.position = ?
"""
_NEWEST_CHANGES = """
SELECT body FROM record INDEXED BY record_kind
WHERE kind <> 'observation' AND kind = 'change' ORDER BY position DESC LIMIT ?
"""


_NEWEST_HEALTHS = """
SELECT body FROM record INDEXED BY record_kind
WHERE kind <> 'observation' AND kind = 'health' ORDER BY position DESC LIMIT ?
"""


def read_text(
    path: Path,
    since_ns: int | None = None,
    until_ns: int | None = None,
    *,
    kinds: Collection[str] = KINDS,
    limit: int | None = None,
) -> Iterator[str]:
    """Yield the records of a span as they were stored, one line of JSON each, in the order in which they came.

    What is written after the call is not included. Raises StoreError.
    """
    since, until = _span(since_ns, until_ns)
    sql = _ALL_KINDS if "observation" in kinds else _RARE_KINDS
    left = _END if limit is None else limit
    with reader(path) as database:
        last = number(database, "SELECT max(position) FROM record")
        position = number(database, _FIRST, since, until) - 1
        while (
            left > 0
            and 0 <= position < last
            and (page := ask(database, sql, position, last, since, until, _PAGE_ROWS))
        ):
            bodies = [str(body) for _, kind, body in page if kind in kinds][:left]
            yield from bodies
            left -= len(bodies)
            position = _integer(page[-1][0])


def count(
    path: Path,
    since_ns: int | None = None,
    until_ns: int | None = None,
    *,
    kinds: Collection[str] = KINDS,
) -> int:
    """Count the records of a span. Raises StoreError."""
    since, until = _span(since_ns, until_ns)
    asked = ", ".join("?" for _ in kinds)
    with reader(path) as database:
        return number(database, f"{_COUNT} AND +kind IN ({asked})", since, until, *kinds)


def read(
    path: Path,
    since_ns: int | None = None,
    until_ns: int | None = None,
    *,
    kinds: Collection[str] = KINDS,
    limit: int | None = None,
) -> Iterator[Record]:
    """Yield the records of a span in the order in which they came; those of a newer version are left out and logged."""
    yield from _decode(read_text(path, since_ns, until_ns, kinds=kinds, limit=limit))


def read_series(
    path: Path,
    since_ns: int | None = None,
    until_ns: int | None = None,
    *,
    on_unreadable: Callable[[int, str], None] | None = None,
) -> Iterator[Observation]:
    """Yield the observations of a span series by series, each in the order in which they started.

    How many were of a newer version, and why, goes to `on_unreadable`, or to the log.
    """
    since, until = _span(since_ns, until_ns)
    with reader(path) as database:
        for series in _all_series(database):
            yield from _observations(_pages(database, series, since, until), on_unreadable)


def recent(path: Path, per_series: int) -> list[Observation]:
    """Return the newest routine observations of every series, oldest first."""
    newest: list[tuple[int, str]] = []
    with reader(path) as database:
        # A colon is in the names of controls and of no check of a plan, so it need not be looked for among them.
        for series in (one for one in _all_series(database) if ":" not in str(one[-1])):
            rows = ask(database, _NEWEST_OF_SERIES, *series, per_series)
            newest += [(_integer(position), str(body)) for position, body in rows]
    return list(_observations(body for _, body in sorted(newest)))


def recent_findings(path: Path) -> list[Record]:
    """Return the newest finding of every series with the observations that it rests on, each once, oldest first."""
    newest: dict[int, str] = {}
    with reader(path) as database:
        for series in _all_series(database, "finding"):
            for position, body in ask(database, _NEWEST_FINDING, *series):
                parents = ask(database, _PARENTS, position)
                newest |= {_integer(place): str(text) for place, text in (*parents, (position, body))}
    return list(_decode(body for _, body in sorted(newest.items())))


def recent_changes(path: Path, limit: int) -> list[Change]:
    """Return the newest changes of the vantages' networks, oldest first."""
    with reader(path) as database:
        rows = ask(database, _NEWEST_CHANGES, limit)
    return [
        record for record in _decode(str(body) for (body,) in reversed(rows)) if isinstance(record, Change)
    ]


def recent_healths(path: Path, limit: int = 200) -> list[Health]:
    """Return the newest records of the vantages' health, oldest first."""
    with reader(path) as database:
        rows = ask(database, _NEWEST_HEALTHS, limit)
    return [
        record for record in _decode(str(body) for (body,) in reversed(rows)) if isinstance(record, Health)
    ]


@contextmanager
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store to read it, and have whatever goes wrong meanwhile raised as StoreError."""
    file = path / DATABASE
    if not file.is_file():
        raise StoreError(f"there is no store in {path}")
    try:
        with closing(connect_readonly(file)) as database:
            _check(database, file)
            yield database
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot read {file}: {error}") from error


def _check(database: Database, file: Path) -> None:
    check_version(database, file)
    version = number(database, "PRAGMA user_version")
    if version < len(MIGRATIONS):
        raise StoreError(
            f"{file} has version {version}, this hopwatch reads version {len(MIGRATIONS)}: "
            "start `hopwatch run` on it once to bring it up to date"
        )


def _all_series(database: Database, kind: str = "observation") -> Iterator[tuple[Value, ...]]:
    series: tuple[Value, ...] = ("", "", "", "")
    while found := ask(database, _NEXT_SERIES, kind, *series):
        series = tuple(found[0])
        yield series


def _pages(database: Database, series: tuple[Value, ...], since: int, until: int) -> Iterator[str]:
    at, position = since, _BEGINNING
    while page := ask(database, _OF_SERIES, *series, at, position, until, _PAGE_ROWS):
        yield from (str(body) for _, _, body in page)
        at, position = _integer(page[-1][0]), _integer(page[-1][1])


def _observations(
    texts: Iterator[str], on_unreadable: Callable[[int, str], None] | None = None
) -> Iterator[Observation]:
    return (record for record in _decode(texts, on_unreadable) if isinstance(record, Observation))


def _decode(
    texts: Iterator[str], on_unreadable: Callable[[int, str], None] | None = None
) -> Iterator[Record]:
    unreadable, reason = 0, ""
    for text in texts:
        try:
            yield from_text(text)
        except ValueError as error:
            unreadable, reason = unreadable + 1, reason or str(error)
    if unreadable:
        (on_unreadable or _log_unreadable)(unreadable, reason)


def _log_unreadable(records: int, reason: str) -> None:
    log.warning("store.records_unreadable", records=records, error=reason)


def _span(since_ns: int | None, until_ns: int | None) -> tuple[int, int]:
    since = _BEGINNING if since_ns is None else since_ns
    until = _END if until_ns is None else until_ns
    return max(_BEGINNING, min(since, _END)), max(_BEGINNING, min(until, _END))


def _integer(value: Value) -> int:
    return value if isinstance(value, int) else 0
