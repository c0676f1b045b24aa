"""A trace that can be read while it is under way, and several traces of one path read as one; pure but for the probing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from probe.attempt import Attempt
from probe.model import Cost, Hop, Icmp, Layer, Trace, TraceHop
from probe.prober.trace import Trace as Prober
from probe.steps.tracing import Found, Tracing
from probe.trail import Way, follow

# What one distance is told of: enough for a thousand rounds, and no more than fits.
_ADDRESSES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A trace that hands out what it has found as soon as it begins: `begun` gets what reads it."""

    layers: ClassVar[tuple[Layer, ...]] = Prober.layers
    by_proxy: ClassVar[bool] = False

    trace: Prober
    begun: Callable[[Callable[[], Trace]], None]

    async def __call__(self, attempt: Attempt) -> None:
        """Resolve, trace, and judge how it ended."""
        tracing: Tracing = await self.trace.begin(attempt)
        self.begun(lambda: tracing.evidence(Found(protocol=self.trace.protocol)))
        await self.trace.follow(tracing)

    def cost(self, hop: Hop) -> Cost:
        """Estimate what the trace puts on the wire."""
        return self.trace.cost(hop)


def merged(traces: Sequence[Trace]) -> Trace | None:
    """Return what several traces of one target saw together: packets and answers add up at each distance."""
    if not traces:
        return None
    distances = sorted({hop.ttl for one in traces for hop in one.hops})
    ends = [one.target_ttl for one in traces if one.target_ttl is not None]
    hops = [_at(ttl, traces) for ttl in distances if not ends or ttl <= max(ends)]
    return replace(
        traces[-1],
        target_ttl=min(ends, default=None),
        answer=next((one.answer for one in traces if one.answer is not None), None),
        packets=sum(one.packets for one in traces),
        unattributed=sum(one.unattributed for one in traces),
        hops=tuple(hops),
        mtu=next((one.mtu for one in reversed(traces) if one.mtu is not None), None),
    )


def _at(ttl: int, traces: Sequence[Trace]) -> TraceHop:
    seen = [hop for one in traces for hop in one.hops if hop.ttl == ttl]
    errors = Counter[tuple[str, int, int]]()
    for hop in seen:
        for error in hop.errors:
            errors[error.sender, error.type, error.code] += error.count
    addresses = dict.fromkeys(address for hop in seen for address in hop.addresses)
    return TraceHop(
        ttl=ttl,
        sent=sum(hop.sent for hop in seen),
        answered=sum(hop.answered for hop in seen),
        addresses=tuple(addresses)[:_ADDRESSES],
        seconds=tuple(seconds for hop in seen for seconds in hop.seconds),
        stamp=max((hop.stamp for hop in seen), default=seen[0].stamp),
        errors=tuple(
            Icmp(sender=sender, type=kind, code=code, count=count)
            for (sender, kind, code), count in errors.items()
        ),
        is_translated=True if any(hop.is_translated for hop in seen) else None,
    )


def changes(traces: Sequence[Trace]) -> int:
    """Count how often the path became another one between two rounds."""
    known: Way | None = None
    count = 0
    for one in traces:
        known, is_another = follow(known, one)
        count += is_another
    return count
