"""Draw the newest observations of a series as a strip of ticks: height is duration, a failure is a full bar; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from probe.model import Observation, Outcome
from probe.web.said import Said, either, said

TICKS = 30
_STEP = 4
_HEIGHT = 16


@dataclass(frozen=True, slots=True)
class Strip:
    """SVG path data per outcome, and the same in words."""

    ok: str
    failed: str
    not_measured: str
    label: Said


def strip(observations: Sequence[Observation]) -> Strip:
    """Draw the last observations, the newest at the right end."""
    shown = observations[-TICKS:]
    longest = max((one.duration_seconds for one in shown if one.outcome is Outcome.OK), default=0.0)
    ticks: dict[Outcome, list[tuple[int, int]]] = {outcome: [] for outcome in Outcome}
    for place, observation in enumerate(shown, start=TICKS - len(shown)):
        ticks[observation.outcome].append((place, _height(observation, longest)))
    ok, failed, not_measured = (_path(ticks[outcome]) for outcome in Outcome)
    return Strip(ok, failed, not_measured, _label(shown))


def _height(observation: Observation, longest: float) -> int:
    if observation.outcome is Outcome.FAILED:
        return _HEIGHT
    if observation.outcome is Outcome.NOT_MEASURED or longest <= 0:
        return 2
    return 3 + round(9 * observation.duration_seconds / longest)


def _path(ticks: Sequence[tuple[int, int]]) -> str:
    # Steps from tick to tick, because there are hundreds of them on a page.
    steps, pen = [], (-1, 0)
    for place, height in ticks:
        before, fallen = pen
        steps.append(f"m{_STEP * (place - before)} {fallen}v-{height}")
        pen = (place, height)
    return f"M-2 {_HEIGHT}{''.join(steps)}" if steps else ""


def _label(shown: Sequence[Observation]) -> Said:
    failed = sum(one.outcome is Outcome.FAILED for one in shown)
    unmeasured = sum(one.outcome is Outcome.NOT_MEASURED for one in shown)
    if not shown:
        return said("no probe yet")
    pattern = either(len(shown), "last {count} probe: {results}", "last {count} probes: {results}")
    return said(pattern, count=len(shown), results=_results(failed, unmeasured))


def _results(failed: int, unmeasured: int) -> Said:
    if failed and unmeasured:
        return said("{failed} failed, {lost} not measured", failed=failed, lost=unmeasured)
    if unmeasured:
        return said("{lost} not measured", lost=unmeasured)
    return said("{failed} failed", failed=failed) if failed else said("all ok")
