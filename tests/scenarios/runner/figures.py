"""The figures of all scenarios together, and those that must be reached; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType

from tests.scenarios.runner.result import Result, Row
from tests.scenarios.runner.scoring import Average, average

LEAST_F1: Mapping[str, float] = MappingProxyType({"addresses": 0.90, "snippets": 0.95})
MOST_SECONDS_TO_NAME = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What all scenarios together came to."""

    scenarios: int
    not_played: int
    by_tier: Mapping[str, Average]
    elements_right: int
    elements_asked: int
    false_alarms: int
    quiet_rows: int
    median_seconds_to_name: float | None
    median_extra_packets: float | None
    most_extra_packets: int

    def misses(self) -> Iterator[str]:
        """Go through the figures that are not reached, one sentence each."""
        if not self.scenarios:
            yield "there is no scenario to play"
        if self.not_played:
            yield f"{self.not_played} of {self.scenarios} scenarios could not be played"
        for tier, found in self.by_tier.items():
            if found.f1 < LEAST_F1[tier]:
                yield f"cause F1 of tier {tier} is {found.f1:.3f}; it must be {LEAST_F1[tier]:.2f}"
        if self.false_alarms:
            yield f"{self.false_alarms} vantages had a false alarm; there must be none"
        seconds = self.median_seconds_to_name
        if seconds is not None and seconds > MOST_SECONDS_TO_NAME:
            yield f"the median time to name is {seconds:.2f} s; it must be {MOST_SECONDS_TO_NAME:g} s"


def figures(results: Iterable[Result]) -> Figures:
    """Add up results."""
    every = tuple(results)
    played = tuple(one for one in every if one.score is not None and not one.trouble)
    rows = tuple(row for one in played for row in one.rows)
    blames = [row.blames_rightly for row in rows if row.blames_rightly is not None]
    seconds = [each for row in rows for each in row.seconds_to_name]
    # What nothing was wrong with costs nothing, and would only hide what the rest costs.
    extra = [one.extra_packets for one in played if not all(row.is_healthy for row in one.rows)]
    return Figures(
        scenarios=len(every),
        not_played=len(every) - len(played),
        by_tier={tier: found for tier in LEAST_F1 if (found := _of_tier(played, tier))},
        elements_right=sum(blames),
        elements_asked=len(blames),
        false_alarms=sum(bool(row.alarms) for row in rows),
        quiet_rows=sum(_is_quiet(row) for row in rows),
        median_seconds_to_name=median(seconds) if seconds else None,
        median_extra_packets=median(extra) if extra else None,
        most_extra_packets=max(extra, default=0),
    )


def _of_tier(played: Iterable[Result], tier: str) -> Average | None:
    return average(one.score for one in played if one.score and one.scenario.tier == tier)


def _is_quiet(row: Row) -> bool:
    return row.service == "ok"
