"""Draw the phases of one observation, each with whose clock ended it, and the one that it hung in; pure."""

from dataclasses import dataclass

from probe.model import Observation, Phase
from probe.web.waterfall import spans_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One phase: where its bar begins and how long it is, in percent of all; a broken one did not end."""

    phase: Phase
    start: float
    width: float
    seconds: float
    is_broken: bool
    is_ours: bool


def steps(seen: Observation) -> tuple[Step, ...]:
    """Return the phases in order."""
    spans = spans_of(seen)
    whole = sum(seconds for _, seconds, _, _ in spans)
    drawn, before = [], 0.0
    for phase, seconds, is_broken, is_ours in spans:
        start, width = (100 * before / whole, 100 * seconds / whole) if whole > 0 else (0.0, 0.0)
        drawn.append(
            Step(
                phase=phase,
                start=round(start, 2),
                width=round(width, 2),
                seconds=seconds,
                is_broken=is_broken,
                is_ours=is_ours,
            )
        )
        before += seconds
    return tuple(drawn)
