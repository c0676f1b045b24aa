"""What the hosts' servers saw: who came, and what they asked."""

import time
from collections import deque

_MOST = 50_000


class Record:
    """The latest happenings of one program, numbered, so that one can ask for what is new."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: deque[dict[str, object]] = deque(maxlen=_MOST)
        self._count = 0

    def note(self, happening: str, **facts: object) -> None:
        """Remember one happening with the wall-clock time."""
        self._count += 1
        self._kept.append({"number": self._count, "at": time.time(), "event": happening, **facts})

    def since(self, number: int) -> list[dict[str, object]]:
        """Return what came after that number."""
        return [each for each in tuple(self._kept) if int(str(each["number"])) > number]
