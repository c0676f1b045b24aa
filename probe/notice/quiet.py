"""Times in which only what is critical goes out: by the clock on the wall of a place, or once; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

EVERY_DAY = frozenset(range(7))


class Quiet(Protocol):
    """A quiet time."""

    def began_ns(self, wall_ns: int) -> int | None:
        """Return when the quiet time that `wall_ns` lies in began; None where it lies in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """From one minute of the day until another one, over midnight if need be; `days` are those on which it begins."""

    from_minute: int
    until_minute: int
    zone: tzinfo = UTC
    days: frozenset[int] = EVERY_DAY

    def began_ns(self, wall_ns: int) -> int | None:
        """Return the beginning, today's or yesterday's."""
        now = datetime.fromtimestamp(wall_ns // 10**9, self.zone)
        for day in (now.date(), now.date() - timedelta(days=1)):
            begin = self._at(day, self.from_minute)
            over = day + timedelta(days=self.until_minute <= self.from_minute)
            if day.weekday() in self.days and begin <= now < self._at(over, self.until_minute):
                return round(begin.timestamp()) * 10**9
        return None

    def _at(self, day: date, minute: int) -> datetime:
        return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Until an instant, from another one on or from ever."""

    until_ns: int
    from_ns: int = 0

    def began_ns(self, wall_ns: int) -> int | None:
        """Return when it began."""
        return self.from_ns if self.from_ns <= wall_ns < self.until_ns else None


def quiet_since(times: Iterable[Quiet], wall_ns: int) -> int | None:
    """Return since when it is quiet by any of these; None when it is not."""
    began = [at for one in times if (at := one.began_ns(wall_ns)) is not None]
    return min(began, default=None)
