"""Draw a path: a line for each distance with who answers there, how fast and how often, who refuses, and what fits."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from probe.cli.look.said import failed, milliseconds
from probe.cli.look.watched import changes
from probe.cli.terminal import columns, is_watched, show
from probe.model import Icmp, Outcome, PathMtu, Stamp, Trace, TraceHop
from probe.text import clean
from probe.trail import Standing, standings
from probe.wire.icmp import Meaning, meaning

if TYPE_CHECKING:
    from probe.cli.look.target import Target
    from probe.cli.look.trace import Walk

_STANDINGS = {
    Standing.ANSWERS: "",
    Standing.LIMITED: "limits its answers, and forwards",
    Standing.SILENT: "silent, and forwards",
    Standing.LOSSY: "loss from here on",
    Standing.UNKNOWN: "nobody answers from here on",
}
_MEANINGS = {
    Meaning.EXPIRED: "drops it after too many hops",
    Meaning.PORT_CLOSED: "says that nobody answers at the port",
    Meaning.TOO_BIG: "says that it is too large",
    Meaning.ADMIN: "says that policy forbids it",
    Meaning.UNREACHABLE: "says that it cannot be delivered",
    Meaning.OTHER: "refuses it",
}
_ADDRESSES = 200


def draw(target: Target, walks: Sequence[Walk]) -> None:
    """Print every path, what failed, and one sentence last."""
    show(_parts(target, walks))


def _parts(target: Target, walks: Sequence[Walk]) -> Iterator[RenderableType]:
    advised: set[str] = set()
    for walk in walks:
        yield path_table(target, walk)
        last = next((one for one in reversed(walk.seen) if one.failure is not None), None)
        if last is not None and walk.outcome is not Outcome.OK:
            yield from failed(last, advised)
        elif last is not None:
            count = sum(one.outcome is not Outcome.OK for one in walk.seen)
            yield Text(f"{count} of {len(walk.seen)} rounds did not reach it: ", style="yellow")
            yield from failed(last, advised)
    yield _sentence(target, walks)


def path_table(target: Target, walk: Walk) -> RenderableType:
    """Return the path as far as it is known."""
    path = walk.path
    count = f", round {len(walk.seen) + 1} of {walk.rounds}" if walk.reading is not None else ""
    if path is None:
        return Text.assemble((_title(target, walk), "bold"), f": looking for it{count}" if count else "")
    place = f"[{path.address}]:{path.port}" if ":" in path.address else f"{path.address}:{path.port}"
    title = Text.assemble((_title(target, walk), "bold"), f": {place} by {path.protocol}{count}")
    return Group(title, _table(path), *map(Text, _remarks(path, walk)))


def _title(target: Target, walk: Walk) -> str:
    return f"{target.hop.authority} from {walk.looking.vantage.name}"


def _table(path: Trace) -> Table:
    table = columns(
        "hop", "address", "loss", "sent", "best", "median", "worst", "note",
        right=("hop", "loss", "sent", "best", "median", "worst"),
    )  # fmt: skip
    for hop, standing in zip(path.hops, standings(path), strict=True):
        table.add_row(*map(Text, _cells(hop, standing, path)))
    return table


def _cells(hop: TraceHop, standing: Standing, path: Trace) -> tuple[str, ...]:
    between = "\n" if is_watched() else ", "
    addresses = clean(" ".join(hop.addresses), _ADDRESSES).replace(" ", between) or "*"
    loss = f"{100 * (1 - hop.answered / hop.sent):.0f}%" if hop.sent else "-"
    notes = [_STANDINGS[standing], *map(_refusal, hop.errors)]
    notes += ["the target"] if hop.ttl == path.target_ttl else []
    notes += ["our packets arrive rewritten (NAT)"] if hop.is_translated else []
    notes += ["by our clock"] if hop.stamp is Stamp.USER and hop.seconds else []
    return str(hop.ttl), addresses, loss, str(hop.sent), *_times(hop), "; ".join(one for one in notes if one)


def _times(hop: TraceHop) -> tuple[str, str, str]:
    if not hop.seconds:
        return "", "", ""
    ordered = min(hop.seconds), statistics.median(hop.seconds), max(hop.seconds)
    return milliseconds(ordered[0]), milliseconds(ordered[1]), milliseconds(ordered[2])


def _refusal(error: Icmp) -> str:
    said = _MEANINGS[meaning(error.sender, error.type, error.code)]
    times = f", {error.count} times" if error.count > 1 else ""
    protocol = "ICMPv6" if ":" in error.sender else "ICMP"
    return f"{clean(error.sender, _ADDRESSES)} {said} ({protocol} {error.type}/{error.code}{times})"


def _remarks(path: Trace, walk: Walk) -> Iterator[str]:
    if path.mtu is not None:
        yield _mtu(path.mtu)
    if path.flow != "stable":
        yield "the packets could not all leave from one port, so routers that share load may show several ways"
    if count := changes(walk.traces):
        yield f"the way changed {'once' if count == 1 else f'{count} times'} between the rounds"
    if walk.reading is None and path.target_ttl is not None and path.answer == "refused":
        yield "the target itself refuses the connection: its port is closed, and the way to it is good"


def _mtu(mtu: PathMtu) -> str:
    told = f", as {clean(mtu.told_by, _ADDRESSES)} says" if mtu.told_by else ""
    hole = f"; {mtu.vanished_bytes} bytes vanish without a word" if mtu.vanished_bytes else ""
    return f"packets of {mtu.bytes} bytes fit{told}{hole}"


def _sentence(target: Target, walks: Sequence[Walk]) -> Text:
    outcomes = [one.outcome for one in walks]
    host = target.hop.host
    if Outcome.FAILED in outcomes:
        return Text(f"{host} is not reached{_whence(walks, Outcome.FAILED)}.", style="bold red")
    if Outcome.NOT_MEASURED in outcomes:
        whence = _whence(walks, Outcome.NOT_MEASURED)
        return Text(f"Nobody can tell whether {host} is reached{whence}.", style="bold yellow")
    paths = [path for one in walks if (path := one.path) is not None]
    distances = sorted({path.target_ttl for path in paths if path.target_ttl is not None})
    away = (
        f", {' or '.join(map(str, distances))} {'hop' if distances == [1] else 'hops'} away"
        if distances
        else ""
    )
    return Text(f"{host} is reached{away}.", style="bold green")


def _whence(walks: Sequence[Walk], outcome: Outcome) -> str:
    names = [one.looking.vantage.name for one in walks if one.outcome is outcome]
    return f" from {', '.join(names)}" if len(walks) > 1 else ""
