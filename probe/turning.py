"""Decide when a series has turned and whether that may be followed up; pure, told the time, bounded whatever targets do."""

from collections import deque
from collections.abc import Container, Iterable
from dataclasses import dataclass

from probe.model import Observation, Outcome, Series

_MINUTE_NS = 60_000_000_000
# What lasts is looked into again after so long: its cause may be another one by then, and look the same.
_AGAIN_NS = 10 * _MINUTE_NS
_ODD = "odd"


@dataclass(frozen=True, slots=True)
class _State:
    """What a series came to, and since when, or since when it was last looked into."""

    word: str
    at_ns: int


class Turns:
    """What each series last came to; own trouble neither is a state nor ends one."""

    def __init__(self) -> None:
        """Know nothing."""
        self._last: dict[Series, _State] = {}
        self._own: dict[Series, str] = {}

    def turned(self, seen: Observation, *, is_odd: bool = False, now_ns: int = 0) -> bool:
        """Take in an observation of the schedule, and tell whether its series now fails, answers, or fails otherwise."""
        if seen.outcome is Outcome.NOT_MEASURED:
            return False
        self._own.pop(seen.series, None)
        word = _word(seen, is_odd=is_odd)
        before = self._last.get(seen.series)
        if before is None or before.word != word:
            self._last[seen.series] = _State(word, now_ns)
        return word != (before.word if before else "")

    def lasts(self, seen: Observation, *, is_odd: bool = False, now_ns: int) -> bool:
        """Tell, every ten minutes, that a series fails as before, or is as odd as before."""
        before, word = self._last.get(seen.series), _word(seen, is_odd=is_odd)
        if not word or before is None or before.word != word or now_ns - before.at_ns < _AGAIN_NS:
            return False
        self._last[seen.series] = _State(word, now_ns)
        return True

    def ails(self, seen: Observation) -> bool:
        """Take in an observation that own trouble kept from measuring, and tell whether its series has other trouble now."""
        word = _word(seen, is_odd=False)
        before, self._own[seen.series] = self._own.get(seen.series), word
        return word != before

    def retain(self, known: Container[Series]) -> None:
        """Forget every other series."""
        self._last = {series: state for series, state in self._last.items() if series in known}
        self._own = {series: word for series, word in self._own.items() if series in known}


def _word(seen: Observation, *, is_odd: bool) -> str:
    return seen.failure.cause if seen.failure else _ODD * is_odd


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
