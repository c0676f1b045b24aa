"""The newest path of each series that traces one, hop by hop, with what each hop's answers mean; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from probe.model import PathMtu, Trace, TraceHop
from probe.trail import Standing, silence_begins, standings
from probe.web.line import Line
from probe.web.said import Said, said

_ENDS = {
    "refused": "refused there",
    "circle": "the packets run in a circle",
    "hops": "longer than the check looks",
    "silence": "nobody answers behind",
    "time": "there was no time for more",
    "packets": "no packets were left for more",
}
_NOTES = {
    Standing.LIMITED: "limits its answers",
    Standing.LOSSY: "loss from here on",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One distance: who answered, how fast at best, and what is to be said of it."""

    ttl: int
    addresses: tuple[str, ...]
    seconds: float | None
    note: str | None
    is_target: bool


@dataclass(frozen=True, slots=True)
class ShownPath:
    """One trace: its stops up to where it ends, how it ended, and what else it found."""

    line: Line
    stops: tuple[Stop, ...]
    ending: str
    size: Said | None
    is_of_one_flow: bool


def paths(lines: Iterable[Line]) -> tuple[ShownPath, ...]:
    """List the newest traces."""
    return tuple(
        _path(line, line.last.evidence.trace)
        for line in lines
        if line.last is not None and line.last.evidence.trace is not None
    )


def _path(line: Line, trace: Trace) -> ShownPath:
    end = silence_begins(trace)
    shown = [
        _stop(hop, means, trace)
        for hop, means in zip(trace.hops, standings(trace), strict=True)
        # Behind the last that answered there is nothing to name.
        if end is None or hop.ttl < end
    ]
    return ShownPath(
        line=line,
        stops=tuple(shown),
        ending=_ENDS.get(trace.ended, ""),
        size=None if trace.mtu is None else _size(trace.mtu),
        is_of_one_flow=trace.flow == "stable",
    )


def _stop(hop: TraceHop, means: Standing, trace: Trace) -> Stop:
    return Stop(
        ttl=hop.ttl,
        addresses=hop.addresses,
        seconds=min(hop.seconds, default=None),
        note="refuses" if hop.errors else _NOTES.get(means),
        is_target=hop.ttl == trace.target_ttl,
    )


def _size(mtu: PathMtu) -> Said:
    fit = said("packets of {bytes} bytes fit", bytes=str(mtu.bytes))
    if mtu.told_by:
        fit = said("{fit}, as {router} says", fit=fit, router=mtu.told_by)
    if mtu.vanished_bytes:
        fit = said("{fit}; {bytes} bytes vanish without a word", fit=fit, bytes=str(mtu.vanished_bytes))
    return fit
