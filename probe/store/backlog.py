"""Rows that wait to be committed: bounded, oldest dropped first, and every drop counted."""

from collections import Counter, deque
from collections.abc import Sequence
from threading import Lock

from probe.store.errors import Drop
from probe.store.row import Row


class Backlog:
    """A queue between the event loop, which adds, and the writer's thread, which takes and may give back."""

    def __init__(self, max_bytes: int) -> None:
        """Make an empty queue of at most so many bytes."""
        self._max_bytes = max_bytes
        self._rows: deque[Row] = deque()
        self._bytes = 0
        self._dropped: Counter[Drop] = Counter()
        # Held for a few microseconds at a time; the loop never waits for a disk behind it.
        self._lock = Lock()

    def __len__(self) -> int:
        """Count the rows that wait."""
        return len(self._rows)

    @property
    def bytes(self) -> int:
        """Roughly how much memory the waiting rows take."""
        return self._bytes

    def dropped(self) -> Counter[Drop]:
        """Count what was dropped, by reason."""
        with self._lock:
            return Counter(self._dropped)

    def add(self, row: Row) -> None:
        """Queue a row, at the cost of the oldest ones if need be."""
        with self._lock:
            self._rows.append(row)
            self._bytes += row.bytes
            self._trim()

    def drop(self, reason: Drop, count: int = 1) -> None:
        """Count records that are lost for another reason than want of room here."""
        with self._lock:
            self._dropped[reason] += count

    def take(self, rows: int, body_bytes: int) -> list[Row]:
        """Take the oldest rows: at most so many, together at most so long, but one at least if there is any."""
        taken: list[Row] = []
        left = body_bytes
        with self._lock:
            while self._rows and len(taken) < rows and (not taken or self._rows[0].body_bytes <= left):
                row = self._rows.popleft()
                self._bytes -= row.bytes
                left -= row.body_bytes
                taken.append(row)
        return taken

    def give_back(self, rows: Sequence[Row]) -> None:
        """Put rows back to the front that could not be committed."""
        with self._lock:
            self._rows.extendleft(reversed(rows))
            self._bytes += sum(row.bytes for row in rows)
            self._trim()

    def _trim(self) -> None:
        while self._bytes > self._max_bytes:
            self._bytes -= self._rows.popleft().bytes
            self._dropped[Drop.BACKLOG] += 1
