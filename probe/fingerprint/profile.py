"""What the answers to one question taught: marks that each of them bore, and those that any bore; pure, and bounded."""

from collections.abc import Iterable

from probe.fingerprint.marks import Mark

# So many answers make a generation; with the next but one it is forgotten, so that a changed hop is learnt anew.
_GENERATION = 200
_MOST_NAMES, _MOST_VALUES = 200, 8
_MOST_SHOWN = 32


class _Generation:
    __slots__ = ("_is_full", "_values", "always", "count", "quickest")

    def __init__(self) -> None:
        self.count = 0
        self.always = frozenset[Mark]()
        self.quickest: float | None = None
        self._values: dict[str, set[str]] = {}
        self._is_full = False

    def note(self, marks: frozenset[Mark], seconds: float | None) -> None:
        self.always = self.always & marks if self.count else marks
        self.count += 1
        if seconds is not None:
            self.quickest = seconds if self.quickest is None else min(self.quickest, seconds)
        for mark in marks:
            self._keep(mark)

    def _keep(self, mark: Mark) -> None:
        values = self._values.get(mark.name)
        if values is None:
            if len(self._values) >= _MOST_NAMES:
                self._is_full = True
                return
            values = self._values[mark.name] = set()
        if mark.value is not None and len(values) <= _MOST_VALUES:
            values.add(mark.value)

    def may_bear(self, mark: Mark) -> bool:
        """Tell whether an answer bore the mark, or nobody knows because there were too many to be kept."""
        values = self._values.get(mark.name)
        if values is None:
            return self._is_full
        return mark.value is None or mark.value in values or len(values) > _MOST_VALUES


class Profile:
    """What healthy answers had in common, and what any answer showed."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._before, self._now = _Generation(), _Generation()
        self._shown: set[Mark] = set()

    def note(self, marks: frozenset[Mark], seconds: float | None) -> None:
        """Learn from a healthy answer, and how long it was waited for."""
        if self._now.count >= _GENERATION:
            self._before, self._now = self._now, _Generation()
        self._now.note(marks, seconds)

    def show(self, marks: Iterable[Mark]) -> None:
        """Remember what an answer showed, healthy or not."""
        for mark in marks:
            if len(self._shown) < _MOST_SHOWN:
                self._shown.add(mark)

    @property
    def count(self) -> int:
        """From how many healthy answers it was learnt."""
        return self._before.count + self._now.count

    @property
    def always(self) -> frozenset[Mark]:
        """The marks that each of them bore."""
        known = [one.always for one in (self._before, self._now) if one.count]
        return frozenset.intersection(*known) if known else frozenset()

    @property
    def quickest(self) -> float | None:
        """The least time that one of them was waited for."""
        return min(
            (one.quickest for one in (self._before, self._now) if one.quickest is not None), default=None
        )

    def may_bear(self, mark: Mark) -> bool:
        """Tell whether one of them bore the mark, as far as that is known."""
        return self._before.may_bear(mark) or self._now.may_bear(mark)

    def showed(self, mark: Mark) -> bool:
        """Tell whether any answer, healthy or not, bore one of the marks that are remembered of all."""
        return mark in self._shown
