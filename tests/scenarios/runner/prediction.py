"""What a daemon says of a vantage: which of its findings count, what they name, and how soon; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from probe.model import Finding, Identity, Level, Observation, Record, Series, Verdict

_TROUBLE = frozenset({Verdict.DOWN, Verdict.BLOCKED, Verdict.DEGRADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that one daemon's records say of one vantage."""

    findings: tuple[Finding, ...]
    early: tuple[Finding, ...]
    observations: Mapping[Identity, Observation]
    failed: Mapping[Series, str]

    def standing(self, counts: Literal["last", "all"]) -> tuple[Finding, ...]:
        """Return the findings that count: the last one of each series, or all of them."""
        if counts == "all":
            return self.findings
        return tuple({finding.series: finding for finding in self.findings}.values())

    def causes(self, counts: Literal["last", "all"]) -> tuple[str, ...]:
        """Return what they name, each cause once; a finding without evidence names nothing."""
        named = (cause for one in self.standing(counts) if is_borne_out(one) for cause in one.causes)
        return tuple(dict.fromkeys(named))

    def elements(self, counts: Literal["last", "all"]) -> tuple[str, ...]:
        """Return whom they blame, each element once; an empty word stands for a finding that blames nobody."""
        blamed = (one.element or "" for one in self.standing(counts) if is_borne_out(one) and one.causes)
        return tuple(dict.fromkeys(blamed))

    def seconds_to_name(self, counts: Literal["last", "all"]) -> tuple[float, ...]:
        """Return for each series how long after the end of its failing probe what counts was first said."""
        found = (self._seconds(one) for one in self.standing(counts) if is_borne_out(one) and one.causes)
        return tuple(seconds for seconds in found if seconds is not None)

    def alarms(self) -> tuple[Finding, ...]:
        """Return the findings that say that the service is not well."""
        return tuple(one for one in self.findings if one.verdict in _TROUBLE)

    def _seconds(self, standing: Finding) -> float | None:
        same = (one for one in self.findings if one.series == standing.series)
        first = next(one for one in same if one.causes == standing.causes)
        probe = self.observations.get(first.parents[0]) if first.parents else None
        if probe is None:
            return None
        ended_at_ns = probe.started_at_ns + round(probe.elapsed_seconds * 1e9)
        return max(0.0, (first.recorded_at_ns - ended_at_ns) / 1e9)


def is_borne_out(finding: Finding) -> bool:
    """Tell whether a finding claims anything: one without evidence, or that says `insufficient`, does not."""
    return finding.level is not Level.NONE and finding.verdict is not Verdict.INSUFFICIENT


def said(records: Iterable[Record], vantage: str, since_ns: int) -> Said:
    """Sort what concerns one vantage; `early` is what was found before the scenario began."""
    findings: list[Finding] = []
    observations: dict[Identity, Observation] = {}
    failed: dict[Series, str] = {}
    for record in records:
        match record:
            case Finding(series=series) if series.vantage == vantage:
                findings.append(record)
            case Observation(series=series) if series.vantage == vantage:
                observations[record.identity] = record
                if record.failure and record.slot is not None and record.started_at_ns >= since_ns:
                    failed[series] = record.failure.cause
            case _:
                continue
    return Said(
        findings=tuple(one for one in findings if one.recorded_at_ns >= since_ns),
        early=tuple(one for one in findings if one.recorded_at_ns < since_ns),
        observations=observations,
        failed=failed,
    )
