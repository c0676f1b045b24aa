"""Show results on a terminal, and write them all out as JSON."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from probe.model import Finding
from tests.scenarios.runner.figures import Figures
from tests.scenarios.runner.result import Result, Row

_NOTHING = "-"
# A longer id goes on in the next line: on a usual terminal the causes need the room.
_ID_WIDTH = 36


def line(console: Console, result: Result) -> None:
    """Say in one line what came of a scenario, and below it what is not right."""
    mark = (
        "[red]not played[/]"
        if result.trouble
        else "[green]right[/]"
        if result.is_right
        else "[yellow]miss[/]"
    )
    f1 = f"{result.score.f1:.2f}" if result.score else _NOTHING
    console.print(f"{mark:<12} {f1:>5} {result.seconds:5.1f} s  {result.scenario.id}", highlight=False)
    if result.trouble:
        console.print(f"    {result.trouble}", markup=False, highlight=False)
    for row in () if result.is_right else result.rows:
        for text in _differences(row):
            console.print(f"    {row.vantage}: {text}", markup=False, highlight=False)
    for log in () if result.is_right else result.logs:
        console.print(f"    log: {log}", markup=False, highlight=False)


def details(console: Console, result: Result) -> None:
    """Say everything that was found."""
    for row in result.rows:
        for finding in row.findings:
            causes = ", ".join(finding.causes) or _NOTHING
            console.print(
                f"      {finding.series}: {finding.verdict}/{finding.level} {causes} at {finding.element} by"
                f" {finding.rule}: {finding.detail}",
                markup=False,
                highlight=False,
            )


def table(console: Console, results: Iterable[Result]) -> None:
    """Draw a table with one row per scenario."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("scenario", max_width=_ID_WIDTH, overflow="fold")
    for title in ("P", "R", "F1", "blame", "alarms", "to name", "extra"):
        drawn.add_column(title, justify="left" if title == "blame" else "right", no_wrap=True)
    for title in ("truth", "named"):
        drawn.add_column(title, overflow="fold")
    for result in results:
        drawn.add_row(*_cells(result))
    console.print(drawn)


def summary(console: Console, found: Figures) -> None:
    """Say the figures, and which of them are not reached."""
    for tier, average in found.by_tier.items():
        console.print(
            f"{tier}: precision {average.precision:.3f}, recall {average.recall:.3f}, F1 {average.f1:.3f}"
            f" over {average.scenarios} scenarios",
            highlight=False,
        )
    seconds, extra = found.median_seconds_to_name, found.median_extra_packets
    console.print(
        f"elements right: {found.elements_right} of {found.elements_asked}; false alarms: {found.false_alarms} of"
        f" {found.quiet_rows} quiet vantages; median time to name: {_NOTHING if seconds is None else f'{seconds:.2f} s'};"
        f" extra packets: median {_NOTHING if extra is None else f'{extra:g}'}, most {found.most_extra_packets}",
        highlight=False,
    )
    for miss in found.misses():
        console.print(f"[red]{miss}[/]", highlight=False)


def write(file: Path, results: Iterable[Result], found: Figures) -> None:
    """Write everything out as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "figures": {**dataclasses.asdict(found), "misses": list(found.misses())},
        "scenarios": [_plain(one) for one in results],
    }
    file.write_text(json.dumps(whole, indent=1, default=str) + "\n")


def _plain(result: Result) -> dict[str, object]:
    return {
        "id": result.scenario.id,
        "title": result.scenario.title,
        "source": result.scenario.source,
        "tier": result.scenario.tier,
        "file": str(result.file),
        "is_right": result.is_right,
        "trouble": result.trouble,
        "notes": result.notes,
        "logs": result.logs,
        "seconds": result.seconds,
        "packets": result.packets,
        "extra_packets": result.extra_packets,
        **_score(result),
        "vantages": [_row(row) for row in result.rows],
    }


def _score(one: Result | Row) -> dict[str, object]:
    if one.score is None:
        return {}
    return {"precision": one.score.precision, "recall": one.score.recall, "f1": one.score.f1}


def _row(row: Row) -> dict[str, object]:
    kept = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    del kept["score"]
    return {
        **kept,
        **_score(row),
        "blames_rightly": row.blames_rightly,
        "findings": [_finding(one) for one in row.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "series": str(finding.series),
        "verdict": finding.verdict,
        "level": finding.level,
        "causes": finding.causes,
        "rule": finding.rule,
        "element": finding.element,
        "detail": finding.detail,
        "recorded_at_ns": finding.recorded_at_ns,
    }


def _differences(row: Row) -> Iterable[str]:
    if row.score.f1 < 1:
        yield f"true: {_listed(row.causes)}; named: {_listed(row.named)} (probes: {_listed(row.immediate)})"
    if row.blames_rightly is False:
        yield f"to blame: {_listed(row.may_be_blamed)}; blamed: {_listed(one or 'nobody' for one in row.blamed)}"
    for alarm in row.alarms:
        yield f"false alarm: {alarm}"


def _cells(result: Result) -> tuple[str, ...]:
    if result.score is None:
        return (result.scenario.id, *[_NOTHING] * 7, "", f"not played: {result.trouble}")
    rows = result.rows
    blames = [row.blames_rightly for row in rows if row.blames_rightly is not None]
    seconds = [each for row in rows for each in row.seconds_to_name]
    score = result.score
    return (
        result.scenario.id,
        *(f"{figure:.2f}" for figure in (score.precision, score.recall, score.f1)),
        f"{sum(blames)}/{len(blames)}" if blames else _NOTHING,
        str(sum(bool(row.alarms) for row in rows) or _NOTHING),
        f"{max(seconds):.2f}" if seconds else _NOTHING,
        str(result.extra_packets),
        _by_vantage(rows, lambda row: row.causes),
        _by_vantage(rows, lambda row: row.named),
    )


def _by_vantage(rows: Iterable[Row], of: Callable[[Row], Iterable[str]]) -> str:
    return "\n".join(f"{row.vantage}: {_listed(of(row))}" for row in rows)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or _NOTHING
