"""Draw what the doctor found: tables on a terminal, plain lines in a pipe, the commands that mend, one sentence last."""

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from probe.config import to_yaml
from probe.machine.ability import Ability, State
from probe.machine.interface import Interface
from probe.text import clean

if TYPE_CHECKING:
    from probe.cli.diagnosis import Diagnosis

_STYLES = {State.CAN: "green", State.DEGRADED: "yellow", State.CANNOT: "bold red"}
# What nothing needs is no alarm.
_IDLE = "dim"
# Nobody wraps a pipe: a line is a line.
_PIPED = 400
_SENTENCE = 400
_COMMENT = 74


def draw(found: "Diagnosis") -> None:
    """Print everything."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=not terminal, width=None if terminal else _PIPED
    )
    for part in _parts(found, terminal=terminal):
        with console.capture() as captured:
            console.print(part)
        # A table fills its last column with blanks, which a pipe has no use for.
        sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def _parts(found: "Diagnosis", *, terminal: bool) -> Iterator[Table | Text]:
    yield _abilities(found, terminal=terminal)
    yield Text("\nInterfaces", style="bold")
    yield _interfaces(found.interfaces, terminal=terminal)
    if found.proxies:
        yield Text("\nLocal proxies", style="bold")
        for proxy in found.proxies:
            yield Text(clean(proxy.sentence, _SENTENCE))
            yield Text(f"  because {clean('; '.join(proxy.evidence), _SENTENCE)}", style="dim")
        yield Text(
            "\nVantages that would show the proxy's times and the network's side by side", style="bold"
        )
        yield Text("".join(_vantages(found)).rstrip())
    yield from _mends(found)
    yield _sentence(found)


def _table(terminal: bool, *columns: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD if terminal else None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_header=terminal,
    )
    for name in columns:
        table.add_column(name, no_wrap=not terminal)
    return table


def _abilities(found: "Diagnosis", *, terminal: bool) -> Table:
    table = _table(terminal, "state", "what", "")
    for one in found.abilities:
        is_idle = one.state is State.CANNOT and one.id not in found.needed
        style = _IDLE if is_idle else _STYLES[one.state]
        what, sentence = _cells(one)
        sentence += " Nothing asked for needs it." if is_idle else ""
        table.add_row(Text(one.state, style=style), Text(what), Text(clean(sentence, _SENTENCE)))
    return table


def _cells(one: Ability) -> tuple[str, str]:
    """Return what it is and what is said of it; a path would make the column too wide."""
    kind, _, place = one.id.partition(" ")
    if kind in ("ca_file", "resolver_ca_file", "secret"):
        return kind.replace("_", " "), f"{place}: {one.sentence}"
    return clean(one.id.replace("_", " "), 80), one.sentence


def _interfaces(found: Iterable[Interface], *, terminal: bool) -> Table:
    table = _table(terminal, "name", "kind", "link", "leads out by", "addresses")
    for one in found:
        link = "up" if one.is_up and one.has_carrier else "no carrier" if one.is_up else "down"
        out = " and ".join(f"IPv{version}" for version in one.leads_out)
        cells = (clean(one.name, 40), str(one.kind), link, out or "-", " ".join(one.addresses) or "-")
        table.add_row(*map(Text, cells))
    return table


def _vantages(found: "Diagnosis") -> Iterator[str]:
    """Yield YAML that the configuration takes, each vantage under what it is for."""
    yield "vantages:\n"
    for one in found.proposals:
        written = to_yaml({one.name: {kind: dict(keys) for kind, keys in one.keys.items()}})
        yield from (f"  # {line}\n" for line in textwrap.wrap(clean(one.why, _SENTENCE), _COMMENT))
        yield from (f"  {line}\n" for line in written.splitlines())


def _mends(found: "Diagnosis") -> Iterator[Text]:
    # A right that nothing asked for needs is not to be given away.
    unasked = {"raw"} - found.needed
    lacking = [one for one in found.abilities if one.state is not State.CAN and one.mend]
    lacking = [one for one in lacking if one.id not in unasked]
    if not lacking:
        return
    yield Text("\nTo mend it", style="bold")
    for one in lacking:
        yield Text.assemble(f"{one.id.replace('_', ' ')}: ", (one.mend or "", "bold"))
        if one.lasting:
            yield Text(f"  to make it stay: {one.lasting}", style="dim")


def _sentence(found: "Diagnosis") -> Text:
    named = f"{found.configuration} asks for" if found.configuration else "probing needs"
    if found.missing:
        listed = ", ".join(one.id.replace("_", " ") for one in found.missing)
        return Text(f"\nNot all that {clean(named, 200)} is here: {clean(listed, 300)}.", style="bold red")
    degraded = sum(one.state is State.DEGRADED for one in found.abilities)
    lost = f", {degraded} of it with a loss" if degraded else ""
    return Text(f"\nAll that {clean(named, 200)} is here{lost}.", style="bold green")
