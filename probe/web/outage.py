"""Fold failures that repeat into one entry each, so that one broken hop does not drown another; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probe.model import Finding, Identity, Observation, Outcome
from probe.web.line import Line, cause_of

# Failures are kept longer than successes, so two neighbours may have had a success between them once.
_INTERVALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Failures of one series in a row for the same cause, and what was found about them if that is still known.

    `is_cut` when older ones may be forgotten.
    """

    line: Line
    cause: str
    count: int
    first_at_ns: int
    last: Observation
    is_cut: bool
    finding: Finding | None = None


def outages(lines: Sequence[Line], findings: Sequence[Finding], limit: int) -> tuple[Outage, ...]:
    """Return the newest runs of failures over all lines, newest first; `findings` are told newest first as well."""
    about = {one.parents[0]: one for one in reversed(findings) if one.parents}
    found = [outage for line in lines for outage in _of_line(line, about)]
    return tuple(sorted(found, key=lambda one: one.last.started_at_ns, reverse=True)[:limit])


def _of_line(line: Line, about: Mapping[Identity, Finding]) -> Iterable[Outage]:
    kept = line.standing.observations
    for run in _runs(kept, _INTERVALS * line.probe.check.interval_seconds):
        yield Outage(
            line=line,
            cause=cause_of(run[-1]) or "unknown",
            count=len(run),
            first_at_ns=run[0].started_at_ns,
            last=run[-1],
            is_cut=run[0] is kept[0],
            finding=next((about[one.identity] for one in reversed(run) if one.identity in about), None),
        )


def _runs(observations: Sequence[Observation], gap_seconds: float) -> list[list[Observation]]:
    runs: list[list[Observation]] = []
    before: Observation | None = None
    for observation in observations:
        if observation.outcome is Outcome.FAILED:
            if before is not None and _goes_on(before, observation, gap_seconds):
                runs[-1].append(observation)
            else:
                runs.append([observation])
        before = observation
    return runs


def _goes_on(before: Observation, observation: Observation, gap_seconds: float) -> bool:
    gap_ns = observation.intended_at_ns - before.intended_at_ns
    is_alike = before.outcome is Outcome.FAILED and cause_of(before) == cause_of(observation)
    return is_alike and gap_ns <= gap_seconds * 1e9
