"""Hold what the daemons said against the truth, vantage by vantage; pure."""

from collections.abc import Iterable, Iterator, Mapping

from probe.model import Finding, Record
from tests.scenarios.runner.prediction import Said, said
from tests.scenarios.runner.result import Row
from tests.scenarios.runner.scenario import Scenario, Truth
from tests.scenarios.runner.scoring import Score, best, claims, closure, score


def rows(
    scenario: Scenario,
    records: Mapping[str, tuple[Record, ...]],
    vantages: Mapping[str, Iterable[str]],
    since_ns: int,
) -> tuple[Row, ...]:
    """Return a row for each vantage of each node; what was found before `since_ns` was found in health."""
    return tuple(
        _row(node, vantage, scenario.truth_of(vantage), said(records[node], vantage, since_ns))
        for node, names in vantages.items()
        for vantage in names
    )


def total(rows: Iterable[Row]) -> Score:
    """Score a scenario as a whole: what its vantages claim, each for itself, put together."""
    every = tuple(rows)
    true = frozenset[tuple[str, str]]().union(*(claims(row.causes, row.vantage) for row in every))
    named = frozenset[tuple[str, str]]().union(*(claims(row.named, row.vantage) for row in every))
    return score(true, named)


def _row(node: str, vantage: str, truth: Truth, heard: Said) -> Row:
    named = heard.causes(truth.counts)
    causes = best((truth.causes, *truth.or_), named)
    return Row(
        node=node,
        vantage=vantage,
        service=truth.service,
        causes=causes,
        named=named,
        score=score(closure(causes), closure(named)),
        may_be_blamed=truth.elements,
        blamed=heard.elements(truth.counts),
        alarms=tuple(map(_told, _false_alarms(truth, heard))),
        seconds_to_name=heard.seconds_to_name(truth.counts),
        findings=heard.findings,
        immediate=tuple(sorted(set(heard.failed.values()))),
    )


def _false_alarms(truth: Truth, heard: Said) -> Iterator[Finding]:
    """Go through what should not have been said: in health nothing, and no outage where the service is fine."""
    yield from heard.early
    if truth.service == "ok":
        is_healthy = not truth.causes and not truth.or_
        yield from heard.findings if is_healthy else heard.alarms()


def _told(finding: Finding) -> str:
    causes = ", ".join(finding.causes) or "nothing"
    return f"{finding.series}: {finding.verdict}, {causes} ({finding.rule})"
