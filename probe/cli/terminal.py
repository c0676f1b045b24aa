"""Print to standard output: for whoever looks at a terminal with colour and boxes, for a pipe in plain lines."""

import sys
from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

# Nobody wraps a pipe: a line is a line, whatever the terminal of whoever started it.
_PIPED = 400


def is_watched() -> bool:
    """Tell whether standard output is a terminal."""
    return sys.stdout.isatty()


def show(parts: Iterable[RenderableType]) -> None:
    """Print the parts, none with blanks at the ends of its lines."""
    terminal = is_watched()
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=not terminal, width=None if terminal else _PIPED
    )
    for part in parts:
        with console.capture() as captured:
            console.print(part, markup=False)
        sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")
    sys.stdout.flush()


def facts(pairs: Iterable[tuple[str, Text | str]]) -> Table:
    """Return names and values side by side."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=not is_watched(), overflow="fold")
    for name, value in pairs:
        grid.add_row(Text(name, style="dim"), value if isinstance(value, Text) else Text(value))
    return grid


# What is cut within is hard to read and to copy: an address of IPv4.
_LEAST = {"address": 15, "answer": 15}


def columns(*names: str, right: Iterable[str] = ()) -> Table:
    """Return an empty table of these columns."""
    terminal = is_watched()
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(
            name,
            no_wrap=not terminal,
            overflow="fold",
            justify="right" if name in right else "left",
            min_width=_LEAST.get(name) if terminal else None,
        )
    return table
