"""What a trace may take, and what is kept of it as evidence, however it ends."""

from dataclasses import dataclass

from probe.attempt import Attempt
from probe.model import PathMtu, Trace
from probe.steps.ladder import Ladder
from probe.trail import last_router

# Our own deadline must not come before we have put together what was seen.
_MARGIN_SECONDS = 0.1


@dataclass(slots=True)
class Found:
    """What was found besides the hops."""

    protocol: str
    flow: str = "stable"
    source: str | None = None
    source_port: int | None = None
    answer: str | None = None
    unattributed: int = 0
    more_packets: int = 0
    mtu: PathMtu | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """What to trace, and what it may take."""

    attempt: Attempt
    place: tuple[str, int]
    ladder: Ladder
    tries: int
    wait_seconds: float
    seconds: float

    def until_ns(self) -> int:
        """When a trace that begins now has to end, on the monotonic clock."""
        seconds = max(0.0, min(self.seconds, self.attempt.left_seconds() - _MARGIN_SECONDS))
        return self.attempt.clock.monotonic_ns() + round(seconds * 1e9)

    def evidence(self, found: Found) -> Trace:
        """Put together what is known by now."""
        return Trace(
            protocol=found.protocol,
            address=self.place[0],
            port=self.place[1],
            flow=found.flow,
            ended=self.ladder.ended,
            packets=self.ladder.sent + found.more_packets,
            source=found.source or None,
            source_port=found.source_port or None,
            target_ttl=self.ladder.target_ttl,
            answer=found.answer,
            unattributed=found.unattributed,
            hops=self.ladder.hops(),
            mtu=found.mtu,
        )

    def last_words(self, found: Found) -> str:
        """Say who answered last on the way to a target that did not."""
        hop = last_router(self.evidence(found))
        if hop is None:
            return "no router answered either"
        return f"the last router that answered is {' or '.join(hop.addresses)} at distance {hop.ttl}"

    def circling(self) -> str:
        """Say between whom the packets run."""
        return f"the packets run between {', '.join(self.ladder.circle)}"
