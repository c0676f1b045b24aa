"""Find records by what they name, newest first and within a bounded time: a page of them, and counts of all that fit.

Time is walked backwards in slices, so that a search that has to stop knows how far it looked. SQLite itself finds and
counts, which leaves the interpreter to the probes meanwhile.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from probe.clock import Clock
from probe.codec import from_text
from probe.model import Record
from probe.store.database import Value, ask, number
from probe.store.reading import reader
from probe.store.wanted import HOUR_NS, NAMES, WHERE, Place, Wanted, sources

# Until when each may take: the page, what is counted of causes and hours, and of hops and vantages; the bodies of one page
# are read whatever the time.
_PAGE_SECONDS, _NAMES_SECONDS, _ALL_SECONDS, _BODIES_SECONDS = 0.25, 0.45, 0.6, 1.0
_SLOW_NS, _QUICK_NS = 100_000_000, 25_000_000
_STEPS_BETWEEN_LOOKS = 20_000
T = TypeVar("T")

_BODY = "SELECT body FROM record WHERE position = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records fit, in all and by cause, hop, vantage and hour (whole hours since 1970).

    `back_to_ns` says how far back it was counted where the time did not suffice for all, and `where_back_to_ns` the same
    of hops and vantages.
    """

    records: int = 0
    by_cause: Mapping[str, int] = field(default_factory=dict)
    by_hop: Mapping[str, int] = field(default_factory=dict)
    by_vantage: Mapping[str, int] = field(default_factory=dict)
    by_hour: Mapping[int, int] = field(default_factory=dict)
    back_to_ns: int | None = None
    where_back_to_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of records, the newest first, and `next` when there are more.

    `back_to_ns` says how far back it was looked where the time did not suffice to fill the page; `unreadable` are of a newer
    version.
    """

    records: tuple[Record, ...] = ()
    unreadable: int = 0
    next: Place | None = None
    back_to_ns: int | None = None
    counts: Counts = field(default_factory=Counts)


def search(path: Path, wanted: Wanted, *, before: Place | None = None, limit: int, clock: Clock) -> Found:
    """Return a page of what fits, older than `before` if that is given, and the counts of all. Raises StoreError."""
    with reader(path) as database:
        walk = _Walk(database, wanted, clock)
        found = walk.page(before, limit)
        return replace(found, counts=walk.counts())


class _Walk:
    """One search on one connection."""

    def __init__(self, database: sqlite3.Connection, wanted: Wanted, clock: Clock) -> None:
        self._database = database
        self._wanted = wanted
        self._clock = clock
        self._began_ns = clock.monotonic_ns()
        self._deadline_ns = self._began_ns + round(_ALL_SECONDS * 1e9)
        database.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)
        self._sources = sources(database, wanted)
        oldest = number(database, "SELECT min(at_ns) FROM record")
        self._begin = oldest if wanted.since_ns is None else max(oldest, wanted.since_ns)
        newest = number(database, "SELECT max(at_ns) FROM record")
        self._end = newest + 1 if wanted.until_ns is None else min(newest + 1, wanted.until_ns)

    def page(self, before: Place | None, limit: int) -> Found:
        """Return one page, without the counts."""
        self._allow(_PAGE_SECONDS)
        places: list[Place] = []
        reached = self._end if before is None else min(self._end, before.at_ns + 1)
        for span in self._slices(reached):
            missing = limit + 1 - len(places)
            rows = self._in_time(partial(self._newest, span, before, missing))
            if rows is None:
                break
            places += rows
            reached = span[0]
            if len(places) > limit:
                break
        has_more = len(places) > limit
        records = self._records(places[:limit])
        return Found(
            records=records,
            unreadable=min(limit, len(places)) - len(records),
            next=places[limit - 1] if has_more else None,
            back_to_ns=None if has_more or reached <= self._begin or not self._sources else reached,
        )

    def counts(self) -> Counts:
        """Count all that fits, the newest first, until the time is over."""
        (by_cause, by_hour), named_back_to = self._counted(NAMES, _NAMES_SECONDS)
        (by_hop, by_vantage), where_back_to = self._counted(WHERE, _ALL_SECONDS)
        return Counts(
            records=by_hour.total(),
            by_cause=_texts(by_cause),
            by_hop=_texts(by_hop),
            by_vantage=_texts(by_vantage),
            by_hour={_whole(hour): count for hour, count in by_hour.items()},
            back_to_ns=named_back_to,
            where_back_to_ns=where_back_to,
        )

    def _counted(
        self, columns: tuple[str, str], seconds: float
    ) -> tuple[tuple[Counter[Value], Counter[Value]], int | None]:
        """Count by two columns until the time is over; how far back, unless it was all."""
        self._allow(seconds)
        first, second = Counter[Value](), Counter[Value]()
        reached = self._end
        for span in self._slices(reached):
            rows = self._in_time(partial(self._tally, columns, span))
            if rows is None:
                break
            for one, other, count in rows:
                first[one] += _whole(count)
                second[other] += _whole(count)
            reached = span[0]
        return (first, second), None if reached <= self._begin or not self._sources else reached

    def _slices(self, upper: int) -> Iterator[tuple[int, int]]:
        """Yield spans of time, the newest first, the wider the sooner the one before was done."""
        width = HOUR_NS
        while upper > self._begin and self._sources:
            lower = max(self._begin, upper - width)
            began_ns = self._clock.monotonic_ns()
            yield lower, upper
            took_ns = self._clock.monotonic_ns() - began_ns
            width = width * 4 if took_ns < _QUICK_NS else width // 2 if took_ns > _SLOW_NS else width
            upper = lower

    def _newest(self, span: tuple[int, int], before: Place | None, limit: int) -> list[Place]:
        found = [
            Place(_whole(at), _whole(position))
            for source in self._sources
            for at, position in source.newest(self._database, span, before, limit)
        ]
        return sorted(found, reverse=True)[:limit]

    def _tally(self, columns: tuple[str, str], span: tuple[int, int]) -> list[Sequence[Value]]:
        return [row for source in self._sources for row in source.tally(self._database, columns, span)]

    def _records(self, places: Sequence[Place]) -> tuple[Record, ...]:
        self._allow(_ALL_SECONDS + _BODIES_SECONDS)
        bodies = [str(body) for place in places for (body,) in ask(self._database, _BODY, place.position)]
        return tuple(record for body in bodies for record in _readable(body))

    def _in_time(self, act: Callable[[], T]) -> T | None:
        """Return what `act` does, or None when the time is over before."""
        try:
            return act()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return None

    def _allow(self, seconds: float) -> None:
        self._deadline_ns = self._began_ns + round(seconds * 1e9)

    def _is_late(self) -> int:
        return int(self._clock.monotonic_ns() > self._deadline_ns)


def _readable(body: str) -> Iterator[Record]:
    with suppress(ValueError):
        yield from_text(body)


def _texts(tally: Counter[Value]) -> dict[str, int]:
    """Return the counts, the largest first, without what is not said."""
    return {str(key): count for key, count in tally.most_common() if key is not None}


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0
