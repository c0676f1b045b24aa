"""Draw the phases of each check's newest observation, all vantages of a check on one scale; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probe.model import Check, Observation, Phase, Stamp
from probe.web.line import Line


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase: where it begins and how long it is, in percent of the scale; a broken one did not end."""

    phase: Phase
    start: float
    width: float
    seconds: float
    is_broken: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Fall:
    """One series: its bars, from the first phase to the last it came to."""

    line: Line
    bars: tuple[Bar, ...]

    @property
    def by_phase(self) -> Mapping[Phase, Bar]:
        """The bars by phase; a phase that broke after it had passed once (a redirect) shows as broken."""
        return {bar.phase: bar for bar in self.bars}

    @property
    def seconds(self) -> float:
        """All bars together."""
        return sum(bar.seconds for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Block:
    """One check from all its vantages, on one scale."""

    check: Check
    scale_seconds: float
    falls: tuple[Fall, ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All checks, and the phases that any of them came to."""

    phases: tuple[Phase, ...]
    blocks: tuple[Block, ...]


def waterfall(lines: Sequence[Line]) -> Waterfall:
    """Draw all lines that have something to show, check by check."""
    by_check: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        if line.nothing is None:
            series = line.series
            by_check.setdefault((series.route, series.hop, series.check), []).append(line)
    blocks = tuple(_block(of_check) for of_check in by_check.values())
    seen = {bar.phase for block in blocks for fall in block.falls for bar in fall.bars}
    return Waterfall(tuple(phase for phase in Phase if phase in seen), blocks)


def _block(lines: Sequence[Line]) -> Block:
    spans = [spans_of(line.last) for line in lines]
    scale = max((sum(seconds for _, seconds, _, _ in span) for span in spans), default=0.0)
    falls = tuple(Fall(line, _bars(span, scale)) for line, span in zip(lines, spans, strict=True))
    return Block(lines[0].probe.check, scale, falls)


Span = tuple[Phase, float, bool, bool]


def spans_of(observation: Observation | None) -> Sequence[Span]:
    """List the phases: which, how long, whether it broke, whether it was timed by our own clock."""
    if observation is None:
        return []
    spans = [
        (one.phase, max(0.0, one.seconds), False, one.stamp is Stamp.USER) for one in observation.timings
    ]
    failure = observation.failure
    if failure is not None and failure.phase is not None and failure.after_seconds is not None:
        spans.append((failure.phase, max(0.0, failure.after_seconds), True, True))
    return spans


def _bars(spans: Sequence[Span], scale: float) -> tuple[Bar, ...]:
    bars, start = [], 0.0
    for phase, seconds, is_broken, is_ours in spans:
        width = 100 * seconds / scale if scale > 0 else 0.0
        bars.append(Bar(phase, round(start, 1), round(width, 1), seconds, is_broken, is_ours))
        start += width
    return tuple(bars)
