"""Since when a series fails of what it fails of now: trouble of another kind, that takes over, begins anew; pure."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Whose a failure is: of the way and the hops on it, of a key or a quota, or of the vantage itself."""

    WAY = "way"
    KEY = "key"
    OWN = "own"


@dataclass(slots=True, kw_only=True)
class Run:
    """Failures of one cause since the series answered last."""

    trouble: Trouble
    since_ns: int
    first_boot_ns: int
    is_since_known: bool
    failing: int = 1


class Runs:
    """The failures of a series since it answered, by cause; what is told of them is of the present kind of trouble alone.

    Two causes of a kind that take turns are one trouble, and two kinds that take turns are two.
    """

    def __init__(self) -> None:
        """Begin without a failure."""
        self._runs: dict[str, Run] = {}
        self._present: Run | None = None

    def answered(self) -> None:
        """End all of them."""
        self._runs.clear()
        self._present = None

    def failed(self, cause: str, new: Run) -> None:
        """Take in a failure, which begins a run where none of its cause goes on; own trouble before it hides when it began."""
        run, before = self._runs.get(cause), self._present
        if run is None or self._is_past(run, new.trouble):
            new.is_since_known &= before is None or before.trouble is not Trouble.OWN
            self._runs[cause] = self._present = new
            return
        run.trouble = new.trouble
        run.failing += 1
        self._present = run

    def found(self, trouble: Trouble, at_ns: int, boot_ns: int) -> None:
        """Take in whose the present failure is found to be; `at_ns` and `boot_ns` are when it came."""
        run = self._present
        if run is None:
            return
        if self._is_past(run, trouble):
            run.since_ns, run.first_boot_ns, run.is_since_known, run.failing = at_ns, boot_ns, False, 1
        run.trouble = trouble

    def disown(self) -> None:
        """Take all of them for the vantage's own, which is over."""
        for run in self._runs.values():
            run.trouble = Trouble.OWN

    def _is_past(self, run: Run, trouble: Trouble) -> bool:
        """Tell whether what fails now is something else, and no better word for the same: own trouble is never the same."""
        return run.trouble is not trouble and (run is not self._present or run.trouble is Trouble.OWN)

    def _alike(self) -> list[Run]:
        present = self._present
        return (
            [] if present is None else [one for one in self._runs.values() if one.trouble is present.trouble]
        )

    @property
    def failing(self) -> int:
        """How many probes failed of such trouble since one answered."""
        return sum(one.failing for one in self._alike())

    @property
    def first(self) -> Run:
        """The run that the present trouble began with; one that never began while the series answers."""
        never = Run(trouble=Trouble.WAY, since_ns=0, first_boot_ns=0, is_since_known=False, failing=0)
        return min(self._alike(), key=lambda one: one.since_ns, default=never)
