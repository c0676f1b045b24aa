"""What waits to be sent by one channel: bounded, and of each subject only the newest; pure."""

from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from probe.notice.notice import Notice, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Notices that go out in one message, and since when they wait (boot clock)."""

    notices: tuple[Notice, ...]
    boot_ns: int
    vanished: int = 0


class Outbox:
    """Parcels, oldest first."""

    def __init__(self, limit: int = 100) -> None:
        """Keep at most so many."""
        self._limit = limit
        self._parcels: deque[Parcel] = deque()

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._parcels)

    def put(self, notices: Sequence[Notice], boot_ns: int, vanished: int = 0) -> int:
        """Add a parcel in place of what waits of its subjects, and return how many notices were dropped for it."""
        subjects = {one.subject for one in notices}
        waiting = [_without(parcel, subjects) for parcel in self._parcels]
        dropped = sum(len(one.notices) for one in self._parcels) - sum(len(one.notices) for one in waiting)
        self._parcels = deque(one for one in waiting if one.notices)
        self._parcels.append(Parcel(notices=tuple(notices), boot_ns=boot_ns, vanished=vanished))
        while len(self._parcels) > self._limit:
            dropped += len(self._parcels.popleft().notices)
        return dropped

    def take(self) -> Parcel | None:
        """Take out the oldest."""
        return self._parcels.popleft() if self._parcels else None

    def back(self, parcel: Parcel) -> int:
        """Put back what could not be sent, and return how many of its notices are out of date by now."""
        newer = {notice.subject for waiting in self._parcels for notice in waiting.notices}
        kept = _without(parcel, newer)
        if kept.notices:
            self._parcels.appendleft(kept)
        return len(parcel.notices) - len(kept.notices)

    def clear(self) -> int:
        """Give up all of it, and return how many notices that were."""
        given_up = sum(len(one.notices) for one in self._parcels)
        self._parcels.clear()
        return given_up


def _without(parcel: Parcel, subjects: AbstractSet[Subject]) -> Parcel:
    return replace(parcel, notices=tuple(one for one in parcel.notices if one.subject not in subjects))
