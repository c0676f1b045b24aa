"""Decide when a series has turned and whether that may be followed up; pure, told the time, bounded whatever targets do."""

from collections import deque
from collections.abc import Container, Iterable

from probe.model import Observation, Outcome, Series

_MINUTE_NS = 60_000_000_000


class Turns:
    """What each series last came to; own trouble neither is a state nor ends one."""

    def __init__(self) -> None:
        """Know nothing."""
        self._last: dict[Series, str] = {}

    def turned(self, seen: Observation) -> bool:
        """Take in an observation of the schedule, and tell whether its series now fails, answers, or fails otherwise."""
        if seen.outcome is Outcome.NOT_MEASURED:
            return False
        state = seen.failure.cause if seen.failure else ""
        before, self._last[seen.series] = self._last.get(seen.series, ""), state
        return state != before

    def retain(self, known: Container[Series]) -> None:
        """Forget every other series."""
        self._last = {series: state for series, state in self._last.items() if series in known}


class Allowance:
    """So many times a minute at each place."""

    def __init__(self, times: int) -> None:
        """Allow so many."""
        self._times = times
        self._taken: dict[tuple[str, ...], deque[int]] = {}

    def allows(self, place: tuple[str, ...], now_ns: int, slower: int = 1) -> bool:
        """Tell whether there is one left, or would be `slower` times as slowly."""
        taken = self._taken.get(place)
        return not taken or len(taken) < self._times or now_ns - taken[0] >= slower * _MINUTE_NS

    def take(self, place: tuple[str, ...], now_ns: int) -> None:
        """Take one."""
        self._taken.setdefault(place, deque(maxlen=self._times)).append(now_ns)

    def retain(self, places: Iterable[tuple[str, ...]]) -> None:
        """Forget every other place."""
        self._taken = {place: self._taken[place] for place in places if place in self._taken}
