"""Draw causes: all of them as a tree in a table, or one with all there is to say of it."""

import sys
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from probe.cause.taxonomy import CAUSES, Cause, ancestors, children, subtree
from probe.examination import Rule
from probe.model import Verdict

_STYLES = {
    Verdict.OK: "green",
    Verdict.DOWN: "bold red",
    Verdict.BLOCKED: "magenta",
    Verdict.DEGRADED: "yellow",
    Verdict.INSUFFICIENT: "cyan",
}
# Nobody wraps a pipe: a line is a line. A long line on a screen is hard to read.
_PIPED, _READABLE = 1000, 120
# A standard's own list of names, which would hide the rest of the tree; piped it is there, so that it can be searched.
_FOLDED = "tls.alert"


def draw_all() -> None:
    """Print every cause in a line, and how to learn more."""
    terminal = sys.stdout.isatty()
    _print(_table(tuple(CAUSES.values()), terminal=terminal), terminal=terminal)
    more = f"{len(CAUSES)} causes; `hopwatch causes tls.cert` says all of one, and what is below it."
    _print(Text(more, style="dim"), terminal=terminal)


def draw_one(cause: Cause, rules: Sequence[Rule]) -> None:
    """Print all there is to say of one cause, and what is below it."""
    terminal = sys.stdout.isatty()
    _print(Text(cause.id, style="bold"), terminal=terminal)
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(no_wrap=not terminal, overflow="fold")
    for name, value in _facts(cause, rules):
        facts.add_row(Text.assemble((name, "dim")), value)
    _print(facts, terminal=terminal)
    if below := subtree(cause.id)[1:]:
        _print(_table(below, terminal=terminal), terminal=terminal)


def _print(part: Table | Text, *, terminal: bool) -> None:
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=not terminal, width=None if terminal else _PIPED
    )
    if terminal:
        console.width = min(console.width, _READABLE)
    with console.capture() as captured:
        console.print(part)
    # A table fills its last column with blanks, which a pipe has no use for.
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def _table(shown: Sequence[Cause], *, terminal: bool) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD if terminal else None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_header=terminal,
    )
    table.add_column("cause", no_wrap=True)
    table.add_column("usually", no_wrap=True)
    table.add_column("means", no_wrap=not terminal)
    for one in _folded(shown) if terminal else shown:
        if terminal and not one.depth and one is not shown[0]:
            table.add_row()
        spelt = _branch(one, shown[0].depth) if terminal else Text(one.id)
        table.add_row(spelt, _verdict(one), _meaning(one, terminal=terminal))
    return table


def _folded(shown: Sequence[Cause]) -> Iterator[Cause]:
    """Leave out the names of a long list where the list itself is shown."""
    is_folded = any(one.id == _FOLDED for one in shown)
    return (one for one in shown if not (is_folded and one.parent == _FOLDED))


def _branch(cause: Cause, top: int) -> Text:
    """Spell an id by its last word, indented below those that begin it."""
    word = cause.id.rpartition(".")[2]
    return Text.assemble("  " * (cause.depth - top), (word, "bold" if not cause.depth else ""))


def _verdict(cause: Cause) -> Text:
    return Text.assemble((cause.verdict, _STYLES[cause.verdict]))


def _meaning(cause: Cause, *, terminal: bool) -> Text:
    if terminal and cause.id == _FOLDED:
        names = f"; {len(children(cause.id))} names, see `hopwatch causes {cause.id}`"
        return Text.assemble(cause.meaning, (names, "dim"))
    return Text(cause.meaning)


def _facts(cause: Cause, rules: Sequence[Rule]) -> Iterator[tuple[str, Text]]:
    yield "means", Text(f"{cause.meaning}.")
    yield "what to do", Text(cause.advice)
    yield "usually", _verdict(cause)
    yield "may blame", Text(", ".join(cause.elements))
    if cause.nel:
        yield "NEL", Text(cause.nel)
    if cause.ooni:
        yield "OONI", Text(", ".join(cause.ooni))
    if cause.provenance:
        yield "how we know", Text(f"{cause.provenance.how}: {cause.provenance.where}")
    for number, rule in enumerate(rules):
        yield "" if number else "found by", Text.assemble((rule.id, "bold"), f": {rule.says}")
    if above := ancestors(cause.id):
        yield "less exactly", Text(", ".join(reversed(above)))
