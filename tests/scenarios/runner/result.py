"""What came of a scenario, as plain data that is written out as JSON."""

from dataclasses import dataclass, field
from pathlib import Path

from probe.model import Finding
from tests.scenarios.runner.scenario import Scenario
from tests.scenarios.runner.scoring import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vantage of a scenario: the truth, what was said, and how they compare."""

    node: str
    vantage: str
    service: str
    causes: tuple[str, ...]
    named: tuple[str, ...]
    score: Score
    may_be_blamed: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    seconds_to_name: tuple[float, ...] = ()
    findings: tuple[Finding, ...] = ()
    immediate: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Tell whether nothing at all is to be said here."""
        return self.service == "ok" and not self.causes

    @property
    def blames_rightly(self) -> bool | None:
        """Tell whether everybody blamed may be; None where the truth names nobody."""
        if not self.may_be_blamed:
            return None
        return bool(self.blamed) and set(self.blamed) <= set(self.may_be_blamed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scenario that was played, or the reason why it was not."""

    scenario: Scenario
    file: Path
    rows: tuple[Row, ...] = ()
    score: Score | None = None
    extra_packets: int = 0
    packets: int = 0
    seconds: float = 0.0
    trouble: str = ""
    notes: tuple[str, ...] = ()
    logs: tuple[Path, ...] = field(default=())

    @property
    def is_right(self) -> bool:
        """Tell whether there is nothing to improve."""
        return (
            not self.trouble
            and self.score is not None
            and self.score.f1 == 1.0
            and not any(row.alarms or row.blames_rightly is False for row in self.rows)
        )
