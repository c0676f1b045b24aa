"""Draw observations as a table with a waterfall; without colour and boxes when nobody looks at a terminal."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from probe.apart import nothing_to_show
from probe.cli.way import way
from probe.model import Observation, Outcome, Phase
from probe.plan import Probe

_COLUMNS = ("vantage", "route", "hop", "check", "state", "ms")
_NARROWEST, _WIDEST = 6, 40
# Nobody wraps a pipe: a line is a line, whatever the terminal of whoever started it.
_PIPED = 250
# Each phase has its letter, so that colour is never the only signal.
_PHASES = {
    Phase.RESOLVE: ("r", "cyan"),
    Phase.PROXY: ("x", "magenta"),
    Phase.CONNECT: ("c", "green"),
    Phase.ECHO: ("e", "bright_cyan"),
    Phase.TLS: ("t", "yellow"),
    Phase.PROCESSING: ("p", "blue"),
    Phase.TRANSFER: ("b", "bright_black"),
}
_STATES = {
    Outcome.OK: ("ok", "green"),
    Outcome.FAILED: ("FAIL", "bold red"),
    Outcome.NOT_MEASURED: ("?", "yellow"),
}
_LEGEND = "r resolve · x proxy · c connect · e echo · t tls · p processing · b transfer · ! where it failed · ~ tainted"


def draw(
    observations: Sequence[Observation],
    asides: Sequence[str] = (),
    troubles: Iterable[Text] = (),
    conclusion: Sequence[str] = (),
) -> None:
    """Print the table, the ways that were traced, the troubles, what was left out, how many fail, and the conclusion last."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=not terminal, width=None if terminal else _PIPED
    )
    rows = [_cells(one) for one in observations]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    # One cell of padding and one of the box behind each column; what is left is the picture's, if it is worth one.
    width = min(_WIDEST, console.width - sum(widths) - 2 * len(widths) - 2)
    longest = max((total_seconds(one) for one in observations), default=0.0)
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, padding=(0, 1, 0, 0))
    for name, needed in zip(_COLUMNS, widths, strict=True):
        table.add_column(name, no_wrap=True, min_width=needed, justify="right" if name == "ms" else "left")
    if width >= _NARROWEST:
        table.add_column("phases", no_wrap=True, min_width=width)
    for one, row in zip(observations, rows, strict=True):
        picture = [waterfall(one, longest, width)] if width >= _NARROWEST else []
        table.add_row(*row[:-2], Text(row[-2], style=_STATES[one.outcome][1]), row[-1], *picture)
    console.print(table)
    console.print(_LEGEND, style="dim")
    paths = [way(one, one.evidence.trace) for one in observations if one.evidence.trace is not None]
    beneath = [Text(one) for one in paths] + list(troubles) + [Text(one, style="dim") for one in asides]
    for text in (*beneath, sentence(observations), *(Text(one, style="bold") for one in conclusion)):
        console.print(text)


def left_out(made: Sequence[tuple[Probe, Observation]]) -> Sequence[str]:
    """Say in a line per vantage and reason which hops have nothing to show."""
    hops: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for probe, one in made:
        if words := nothing_to_show(probe.check, one):
            hops[one.series.vantage, one.series.check, words].append(one.series.hop)
    return [
        f"{words}: {', '.join(dict.fromkeys(names))} (check {check} from {vantage})"
        for (vantage, check, words), names in hops.items()
    ]


def total_seconds(one: Observation) -> float:
    """Return the phases that ended plus what the hung one had taken."""
    hung = one.failure.after_seconds if one.failure and one.failure.after_seconds else 0.0
    return one.duration_seconds + hung


def _cells(one: Observation) -> tuple[str, ...]:
    series = one.series
    hop = series.hop if one.through == series.hop else f"{series.hop} → {one.through}"
    total = total_seconds(one)
    state = _STATES[one.outcome][0] + (" ~" if one.taints else "")
    return series.vantage, series.route, hop, series.check, state, f"{total * 1e3:.1f}" if total else "-"


def waterfall(one: Observation, longest: float, width: int) -> Text:
    """Draw the phases in proportion to the longest probe of the table; every phase that happened is seen."""
    drawn = Text()
    per_cell = longest / width if longest > 0 else 1.0
    for timing in one.timings:
        letter, style = _PHASES[timing.phase]
        drawn.append(letter * max(1, round(timing.seconds / per_cell)), style=style)
    if one.failure is not None and one.failure.phase is not None:
        hung = one.failure.after_seconds or 0.0
        drawn.append("!" * max(1, round(hung / per_cell)), style="bold red")
    return drawn[:width]


def sentence(observations: Sequence[Observation]) -> Text:
    """Say in one sentence how it stands."""
    failed = [one for one in observations if one.outcome is Outcome.FAILED]
    unmeasured = [one for one in observations if one.outcome is Outcome.NOT_MEASURED]
    total = len(observations)
    if failed:
        verb = "check fails" if len(failed) == total == 1 else "checks fail"
        return Text(f"{'The' if total == 1 else f'{len(failed)} of {total}'} {verb}.", style="bold red")
    if unmeasured:
        return Text(
            f"{len(unmeasured)} of {total} checks could not be measured from here.", style="bold yellow"
        )
    http = observations[0].evidence.http if total == 1 else None
    status = f" with status {http.status}" if http and http.status else ""
    return Text(
        f"All {total} checks answer." if total > 1 else f"The check answers{status}.", style="bold green"
    )
