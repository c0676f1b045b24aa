"""Say a path in one line, for a reader at a terminal."""

from probe.cli.lapse import lapse
from probe.model import Observation, PathMtu, Trace, TraceHop
from probe.text import clean
from probe.trail import Standing, silence_begins, standings

_SAID = {Standing.LIMITED: " (limits its answers)", Standing.LOSSY: " (loss from here on)"}


def way(one: Observation, trace: Trace) -> str:
    """Return who forwards, hop by hop, up to where anybody answers."""
    end = silence_begins(trace)
    stops = [
        _stop(hop, means)
        for hop, means in zip(trace.hops, standings(trace), strict=True)
        if end is None or hop.ttl < end
    ]
    size = "" if trace.mtu is None else _size(trace.mtu)
    path = " → ".join(stops) or "nobody answers"
    return f"{one.series.vantage}: the way to {one.series.hop} ({trace.protocol}): {path}{size}"


def _size(mtu: PathMtu) -> str:
    hole = f", {mtu.vanished_bytes} bytes vanish without a word" if mtu.vanished_bytes else ""
    return f"; packets of {mtu.bytes} bytes fit{hole}"


def _stop(hop: TraceHop, means: Standing) -> str:
    if not hop.seconds:
        return f"{hop.ttl} silent"
    said = " (refuses)" if hop.errors else _SAID.get(means, "")
    return f"{hop.ttl} {clean(' or '.join(hop.addresses), 200)} {lapse(min(hop.seconds))}{said}"
