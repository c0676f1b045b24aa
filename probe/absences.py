"""Remember which names have no address of a family, for as long as their zones say so; pure."""

from collections.abc import Sequence

# What is asked for: by whom, the name, and the type of record.
Wanted = tuple[Sequence[str], str, str]
_MOST = 1000


class Absences:
    """What one vantage was told not to be there; nothing is asked again before the zone's own time for it is over."""

    def __init__(self) -> None:
        """Know nothing."""
        self._until_ns: dict[Wanted, int] = {}

    def note(self, wanted: Wanted, now_ns: int, seconds: float) -> None:
        """Remember an absence for so many seconds; 0 is not at all."""
        if len(self._until_ns) >= _MOST:
            self._until_ns.clear()
        self._until_ns[wanted] = now_ns + int(seconds * 1e9)

    def is_known(self, wanted: Wanted, now_ns: int) -> bool:
        """Tell whether the absence still holds."""
        return now_ns < self._until_ns.get(wanted, 0)
