"""Remember which names have an address of a family, and which have none, for as long as their zones say so; pure."""

from collections.abc import Sequence

# What is asked for: by whom, the name, and the type of record.
Wanted = tuple[Sequence[str], str, str]
_MOST = 1000


class Absences:
    """What one vantage was told not to be there; nothing is asked again before the zone's own time for it is over.

    What was there once is remembered beside it, because its loss is news and a lack that nobody knows of is none.
    """

    def __init__(self) -> None:
        """Know nothing."""
        self._until_ns: dict[Wanted, int] = {}
        self._there: set[Wanted] = set()

    def note(self, wanted: Wanted, now_ns: int, seconds: float) -> None:
        """Remember an absence for so many seconds; 0 is not at all."""
        if len(self._until_ns) >= _MOST:
            self._until_ns.clear()
        self._until_ns[wanted] = now_ns + int(seconds * 1e9)
        self._there.discard(wanted)

    def note_there(self, wanted: Wanted) -> None:
        """Remember that it is there."""
        if len(self._there) >= _MOST:
            self._there.clear()
        self._there.add(wanted)

    def was_there(self, wanted: Wanted) -> bool:
        """Tell whether it was there when somebody last said anything about it."""
        return wanted in self._there

    def is_known(self, wanted: Wanted, now_ns: int) -> bool:
        """Tell whether the absence still holds."""
        return now_ns < self._until_ns.get(wanted, 0)
