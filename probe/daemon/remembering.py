"""Read the last day back from the store after a start, beside the loop, so that a restart makes no page forget it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from probe.clock import Clock
from probe.exporter.day import SLOT_NS, SLOTS, Day, Past
from probe.exporter.recall import recalled
from probe.model import Finding, Outcome, Series
from probe.plan import Plan
from probe.store import StoreError
from probe.store.day import counted, not_ok
from probe.store.reading import read

_log = structlog.get_logger()
# Failures with so many turns of the schedule between them need not be one outage.
_INTERVALS = 3
_MOST_FINDINGS = 4000


async def remember(day: Day, storage: Path, plan: Plan, clock: Clock) -> None:
    """Fill the day with what the store has of the time before now."""
    until_ns = clock.wall_ns()
    gaps = {
        one.series: round((_INTERVALS * one.check.interval_seconds + one.check.timeout_seconds) * 1e9)
        for one in plan.probes
    }
    try:
        past = await asyncio.to_thread(_read, storage, list(gaps), until_ns, gaps)
    except StoreError as error:
        _log.warning("page.day_unknown", error=str(error))
        return
    day.merge(past, until_ns, gaps)


def _read(storage: Path, series: Sequence[Series], until_ns: int, gaps: Mapping[Series, int]) -> Day:
    since_ns = (until_ns // SLOT_NS - SLOTS + 1) * SLOT_NS
    past = [
        Past(series=one, at_ns=at_ns, outcome=outcome, cause=cause, identity=identity)
        for wanted in (Outcome.FAILED, Outcome.NOT_MEASURED)
        for one, at_ns, outcome, cause, identity in not_ok(storage, wanted, since_ns, until_ns)
        if one in gaps
    ]
    found = read(storage, since_ns, until_ns, kinds=("finding",), limit=_MOST_FINDINGS)
    findings = [one for one in found if isinstance(one, Finding)]
    day = Day()
    counts = counted(storage, series, since_ns, until_ns, SLOT_NS)
    day.load(counts, recalled(past, findings, gaps), gaps)
    return day
