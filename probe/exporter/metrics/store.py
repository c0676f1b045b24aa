"""What the exporter asks of the store, and how it becomes metrics."""

from collections.abc import Iterator, Set
from typing import Protocol, TypeVar

from probe.exporter.metrics import stored, table
from probe.exporter.metrics.board import Board, Key
from probe.exporter.metrics.family import Family

_Word = TypeVar("_Word", covariant=True)


class Counts(Protocol[_Word]):
    """A mapping of words to counts, as far as it is read here."""

    def items(self) -> Set[tuple[_Word, int]]:
        """Return the pairs."""


class StoreStats(Protocol):
    """The store at one moment."""

    @property
    def rows(self) -> Counts[str]:
        """The records in it, by kind."""

    @property
    def bytes(self) -> int:
        """The size of its files."""

    @property
    def max_bytes(self) -> int:
        """The most that they may take."""

    @property
    def oldest_at_ns(self) -> int | None:
        """The Unix time of the oldest record, in nanoseconds."""

    @property
    def commits(self) -> int:
        """How many commits there were."""

    @property
    def commit_seconds(self) -> float | None:
        """How long the last one took."""

    @property
    def backlog_rows(self) -> int:
        """How many records wait."""

    @property
    def is_stuck(self) -> bool:
        """Whether commits fail at present."""

    @property
    def damaged(self) -> int:
        """How often the database was found damaged."""

    @property
    def dropped(self) -> Counts[str]:
        """The records that are not, or no longer, in it, by reason."""

    @property
    def errors(self) -> Counts[tuple[str, str]]:
        """What went wrong, by operation and reason."""


def show(board: Board, stats: StoreStats) -> None:
    """Put the store's figures on the board in place of the last ones."""
    board.forget(table.STORE)
    for family, key, value in _figures(stats):
        board.set(family, key, value)


def _figures(stats: StoreStats) -> Iterator[tuple[Family, Key, float]]:
    for kind, rows in stats.rows.items():
        yield stored.STORE_ROWS, (str(kind),), rows
    yield stored.STORE_SIZE, (), stats.bytes
    yield stored.STORE_MAX_SIZE, (), stats.max_bytes
    if stats.oldest_at_ns is not None:
        yield stored.STORE_OLDEST, (), stats.oldest_at_ns / 1e9
    yield stored.STORE_COMMITS, (), stats.commits
    if stats.commit_seconds is not None:
        yield stored.STORE_COMMIT, (), stats.commit_seconds
    yield stored.STORE_BACKLOG, (), stats.backlog_rows
    yield stored.STORE_STUCK, (), int(stats.is_stuck)
    yield stored.STORE_DAMAGED, (), stats.damaged
    for reason, records in stats.dropped.items():
        yield stored.STORE_DROPPED, (str(reason),), records
    for (operation, why), errors in stats.errors.items():
        yield stored.STORE_ERRORS, (str(operation), str(why)), errors
