"""Draw the live view to the size of a terminal: the sentence, the matrix of hops and vantages, and the last changes; pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from probe.cli.live.seen import Headline, Snapshot, Turn

# A sign and a word, so that colour is never the only signal.
_STATES = {
    "ok": ("✓ ok", "green"),
    "failed": ("✗ fails", "bold red"),
    "not_measured": ("? not measured", "yellow"),
    "unknown": ("· unknown", "dim"),
}
_TROUBLES = 4


def screen(
    url: str, snapshot: Snapshot | None, lost: str | None, turns: Sequence[Turn], now_ns: int, *, height: int
) -> RenderableType:
    """Return what fits; the newest changes get the room that is left."""
    head = _head(url, snapshot, lost, now_ns)
    if snapshot is None:
        return Group(*head)
    matrix = _matrix(snapshot)
    used = len(head) + 2 + len(snapshot.headline.troubles[:_TROUBLES]) + len(snapshot.hops) + 8
    return Group(
        *head,
        _panel(snapshot, now_ns),
        matrix,
        _changes(snapshot, turns[: max(1, height - used)]),
        Text("q ends", style="dim"),
    )


def _head(url: str, snapshot: Snapshot | None, lost: str | None, now_ns: int) -> list[Text]:
    version = f" {snapshot.hopwatch}" if snapshot is not None and snapshot.hopwatch else ""
    lines = [Text.assemble((f"hopwatch{version}", "bold"), f" at {url}, {clock_time(now_ns)} UTC")]
    if lost is not None:
        old = "" if snapshot is None else f"; below is how it was at {clock_time(snapshot.at_ns)} UTC"
        lines.append(Text(f"The daemon does not answer: {lost}. Trying again{old}.", style="bold yellow"))
    elif snapshot is None:
        lines.append(Text("Asking the daemon ...", style="dim"))
    return lines


def _panel(snapshot: Snapshot, now_ns: int) -> Panel:
    headline = snapshot.headline
    lines = [Text(sentence(headline, now_ns), style=_style(headline.state))]
    lines += [
        Text(f"{one.route} {one.place} from {one.origin}: {one.meaning or one.cause} ({one.cause})")
        for one in headline.troubles[:_TROUBLES]
    ]
    lines += [Text(one, style="dim") for one in headline.asides[:2]]
    return Panel(Group(*lines), box=box.ROUNDED, border_style=_style(headline.state))


def sentence(headline: Headline, now_ns: int) -> str:
    """Say the state, and since when as far as that is known."""
    if headline.since_ns is None:
        return f"{headline.text}."
    least = "" if headline.since_is_known else "at least "
    return f"{headline.text}, for {least}{age(now_ns - headline.since_ns)}."


def age(nanoseconds: int) -> str:
    """Return an age in its largest unit."""
    seconds = max(0, nanoseconds) // 10**9
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{seconds} s"


def clock_time(at_ns: int) -> str:
    """Return the time of day."""
    return f"{datetime.fromtimestamp(at_ns / 1e9, UTC):%H:%M:%S}"


def _matrix(snapshot: Snapshot) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("hop", no_wrap=True, overflow="ellipsis")
    for one in snapshot.vantages:
        table.add_column(one.name, no_wrap=True, overflow="ellipsis")
    cells = snapshot.cells
    for hop in snapshot.hops:
        states = [cells.get((hop.name, vantage.name)) for vantage in snapshot.vantages]
        table.add_row(Text(hop.name), *(Text("-") if one is None else said(one) for one in states))
    return table


def _changes(snapshot: Snapshot, turns: Sequence[Turn]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name in ("when", "series", "state", "cause"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for number, one in enumerate(turns):
        # The cause is that of now, so it is only the newest change's of each series.
        is_newest = all(one.series != before.series for before in turns[:number])
        cause = snapshot.cause(one.series) if is_newest else ""
        table.add_row(Text(clock_time(one.since_ns), style="dim"), str(one.series), said(one.state), cause)
    return table


def said(state: str) -> Text:
    """Return a state with its sign."""
    words, style = _STATES.get(state, (state, ""))
    return Text(words, style=style)


def _style(state: str) -> str:
    return _STATES.get(state, ("", ""))[1]


def spell(turn: Turn, snapshot: Snapshot | None) -> str:
    """Return a change as a line for a pipe."""
    at = f"{datetime.fromtimestamp(turn.since_ns / 1e9, UTC):%Y-%m-%dT%H:%M:%SZ}"
    cause = snapshot.cause(turn.series) if snapshot is not None else ""
    before = f"{turn.before} -> " if turn.before else ""
    return f"{at} {turn.series} {before}{turn.state}{f' ({cause})' if cause and turn.state != 'ok' else ''}"


def newest(heard: Sequence[Turn], known: Iterator[Turn], *, most: int) -> list[Turn]:
    """Return the changes that were heard and those that the state tells of, the newest first, each once."""
    both = dict.fromkeys((*heard, *known))
    return sorted(both, key=lambda one: -one.since_ns)[:most]
