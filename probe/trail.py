"""Read what a trace found: what each distance means, where loss begins, whether a path is a circle or another one; pure.

Routers forward first and answer when they like: what one of them does not say is no loss as long as anybody behind it
answers. Only what persists up to the target counts, and a hop that is silent for once is no other path.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from probe.model import Trace, TraceHop


class Standing(StrEnum):
    """What a distance's answers mean."""

    ANSWERS = "answers"
    LIMITED = "limited"  # it leaves out answers, and nothing else says that packets are lost
    SILENT = "silent"  # it never answers, and forwards
    LOSSY = "lossy"  # answers are missing from here on, up to the end
    UNKNOWN = "unknown"  # nobody answers here or behind


_CLOSED = "port_closed"


def standings(trace: Trace) -> tuple[Standing, ...]:
    """Say for each distance what its answers mean, in view of those behind it."""
    return _standings(trace, trace.hops)


def _standings(trace: Trace, hops: Sequence[TraceHop]) -> tuple[Standing, ...]:
    found = [_standing(hop, hops[number + 1 :]) for number, hop in enumerate(hops)]
    if trace.answer == _CLOSED and found.count(Standing.LOSSY) == 1 and found[-1] is Standing.LOSSY:
        # What a host says of a closed port is limited like a router's words (RFC 1812, 4.3.2.8), unlike a connection's.
        found[-1] = Standing.LIMITED
    return tuple(found)


def _standing(hop: TraceHop, behind: Sequence[TraceHop]) -> Standing:
    if not hop.answered:
        return Standing.SILENT if any(one.answered for one in behind) else Standing.UNKNOWN
    if not _loses(hop):
        return Standing.ANSWERS
    # What is complete behind it was forwarded by it; what is silent behind it tells nothing.
    answering = [one for one in behind if one.answered]
    return Standing.LIMITED if any(not _loses(one) for one in answering) else Standing.LOSSY


def _loses(hop: TraceHop) -> bool:
    return hop.answered < hop.sent


def loss_begins(trace: Trace) -> int | None:
    """Return the distance from which answers are missing up to the target itself; None when the target misses none."""
    hops = reached(trace)
    means = _standings(trace, hops)
    found = [hop.ttl for hop, one in zip(hops, means, strict=True) if one is Standing.LOSSY]
    is_targets = trace.target_ttl is not None and trace.target_ttl in found
    return min(found) if is_targets else None


def silence_begins(trace: Trace) -> int | None:
    """Return the distance behind the last that answered; None when the target was reached."""
    if trace.target_ttl is not None:
        return None
    return max((hop.ttl for hop in trace.hops if hop.answered), default=0) + 1


def reached(trace: Trace) -> tuple[TraceHop, ...]:
    """Return the hops up to the target; behind it nobody is."""
    end = trace.target_ttl
    return tuple(hop for hop in trace.hops if end is None or hop.ttl <= end)


def last_router(trace: Trace) -> TraceHop | None:
    """Return the farthest hop that answered and is not the target."""
    answering = [hop for hop in trace.hops if hop.answered and hop.ttl != trace.target_ttl]
    return max(answering, key=lambda hop: hop.ttl, default=None)


def translated_at(trace: Trace) -> int | None:
    """Return the first distance whose quotation shows that our packets were rewritten on the way there (NAT)."""
    return min((hop.ttl for hop in trace.hops if hop.is_translated), default=None)


def circle(addresses: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the routers between which packets run in a circle at the end of these hops, or nothing.

    Two whole turns have to be seen, each place with one known address: one router twice is no circle, as some pass
    a packet on whose time is over.
    """
    ends = [one[0] if len(one) == 1 else None for one in addresses]
    for length in range(2, len(ends) // 2 + 1):
        turn = ends[-length:]
        known = tuple(one for one in turn if one is not None)
        if turn == ends[-2 * length : -length] and len(known) == length and len(set(known)) > 1:
            return known
    return ()


# Who answered at which distance; a distance that is not in it was silent.
Path = Mapping[int, frozenset[str]]


def path(trace: Trace) -> Path:
    """Return who answered where, up to the target."""
    return {hop.ttl: frozenset(hop.addresses) for hop in reached(trace) if hop.addresses}


# More routers than this do not share one place's load: somebody makes addresses up, and memory is bounded.
_WIDEST = 16


@dataclass(frozen=True, slots=True)
class Way:
    """A path as far as it is known, and how far away the target is if it was reached."""

    path: Path
    target_ttl: int | None

    @classmethod
    def of(cls, trace: Trace) -> "Way":
        """Take what one trace knows."""
        return cls(path(trace), trace.target_ttl)

    def agrees(self, other: "Way") -> bool:
        """Tell whether both can be the same way: nothing that both know differs.

        At a distance where load is shared one address in common is enough.
        """
        both = self.path.keys() & other.path.keys()
        return self._ends_like(other) and all(self.path[ttl] & other.path[ttl] for ttl in both)

    def _ends_like(self, other: "Way") -> bool:
        if self.target_ttl is None or other.target_ttl is None or self.target_ttl == other.target_ttl:
            return True
        near, far = sorted((self, other), key=lambda way: way.target_ttl or 0)
        # The target that was silent at its own distance answers what was sent farther.
        return not any((near.target_ttl or 0) <= ttl < (far.target_ttl or 0) for ttl in far.path)

    def joined(self, other: "Way") -> "Way":
        """Return what both know together, of a way on which they agree."""
        joined = dict(self.path)
        for ttl, seen in other.path.items():
            both = joined.get(ttl, seen) | seen
            joined[ttl] = both if len(both) <= _WIDEST else seen
        ends = [way.target_ttl for way in (self, other) if way.target_ttl is not None]
        end = min(ends, default=None)
        return Way({ttl: seen for ttl, seen in joined.items() if end is None or ttl <= end}, end)

    @property
    def token(self) -> str:
        """A short name that is the same for the same known hops, for a reader to compare."""
        text = ";".join(f"{ttl}={','.join(sorted(self.path[ttl]))}" for ttl in sorted(self.path))
        return hashlib.sha256(f"{self.target_ttl}:{text}".encode()).hexdigest()[:12]


def follow(known: Way | None, trace: Trace) -> tuple[Way, bool]:
    """Go on from the way known so far: return the way known now, and whether it is another one."""
    seen = Way.of(trace)
    if known is None or known.agrees(seen):
        return (seen if known is None else known.joined(seen)), False
    return seen, True
