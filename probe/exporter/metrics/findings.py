"""Follow which finding stands about each series, and show how many there are by verdict."""

from collections.abc import Container

from probe.examination import is_odd
from probe.exporter.metrics import table
from probe.exporter.metrics.board import Board
from probe.found import Found
from probe.model import Finding, Observation, Outcome, Series, Verdict


class Findings:
    """The findings that stand, of the series that are counted."""

    def __init__(self, board: Board) -> None:
        """Show on `board` that none stands yet."""
        self._board = board
        self._found: dict[Series, Found] = {}
        self._show()

    def retain(self, known: Container[Series]) -> None:
        """Forget every other series."""
        self._found = {series: found for series, found in self._found.items() if series in known}
        self._show()

    def note(self, seen: Observation) -> Finding | None:
        """Take in an observation of the schedule, and return the finding that stands about what it came to."""
        found = self._found.setdefault(seen.series, Found())
        before = found.finding
        found.note(seen, is_odd=seen.outcome is Outcome.OK and is_odd(seen))
        if found.finding is not before:
            self._show()
        return found.finding

    def take(self, finding: Finding) -> None:
        """Take in a finding about a series that was heard of."""
        found = self._found.get(finding.series)
        if found is not None and found.take(finding):
            self._show()

    def _show(self) -> None:
        standing = [found.finding.verdict for found in self._found.values() if found.finding is not None]
        for verdict in Verdict:
            self._board.set(table.FINDINGS, (verdict.value,), standing.count(verdict))
