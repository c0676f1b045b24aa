"""Judge failures of the past by what was found about them, as they would have been while they came; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from probe.exporter.day import SLOT_NS, Past, judged
from probe.model import Failure, Finding, Identity, Outcome, Series


def recalled(
    past: Iterable[Past], findings: Iterable[Finding], gap_ns: Mapping[Series, int]
) -> Sequence[Past]:
    """Return the past, oldest first, each failure under what was found about its run of like failures.

    `findings` are told oldest first: of several about one run the newest stands.
    """
    about = {one.parents[0]: one for one in findings if one.parents}
    ordered = sorted(past, key=lambda one: one.at_ns)
    runs = _runs([one for one in ordered if one.outcome is Outcome.FAILED], gap_ns)
    rest = [one for one in ordered if one.outcome is not Outcome.FAILED]
    told = [one for run in runs for one in _told(run, about)]
    return sorted([*rest, *told], key=lambda one: one.at_ns)


def _runs(failed: Sequence[Past], gap_ns: Mapping[Series, int]) -> list[list[Past]]:
    runs: list[list[Past]] = []
    newest: dict[Series, list[Past]] = {}
    for one in failed:
        run = newest.get(one.series)
        if run is None or not _goes_on(run[-1], one, gap_ns.get(one.series, SLOT_NS)):
            run = newest[one.series] = []
            runs.append(run)
        run.append(one)
    return runs


def _goes_on(before: Past, one: Past, gap_ns: int) -> bool:
    return before.cause == one.cause and one.at_ns - before.at_ns <= gap_ns


def _told(run: Sequence[Past], about: Mapping[Identity, Finding]) -> Iterator[Past]:
    finding = next((about[one.identity] for one in reversed(run) if one.identity in about), None)
    for one in run:
        outcome, cause = judged(one.outcome, Failure(cause=one.cause, detail=""), finding)
        yield replace(one, outcome=outcome, cause=cause)
