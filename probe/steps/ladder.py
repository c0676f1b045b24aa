"""Which distance a trace asks next, and what each has answered so far; pure.

Every distance is asked once from the nearest on until the target answers or too many in a row stay silent, then all of
them again, the silent ones first, as long as packets are left.
"""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field

from probe.abc import IcmpError
from probe.model import Icmp, Stamp, TraceHop
from probe.trail import circle

_ADDRESSES = 8
_ERRORS = 8
# How much farther the next router may be: the way across an ocean, and the time it takes to bother with an error.
_FARTHER, _SLACK_SECONDS = 2.0, 0.3


@dataclass(slots=True)
class _Rung:
    """What is known of one distance."""

    sent: int = 0
    addresses: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stamp: Stamp = Stamp.KERNEL
    errors: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    is_translated: bool | None = None

    def add(self, address: str, seconds: float, stamp: Stamp) -> None:
        if address not in self.addresses and len(self.addresses) < _ADDRESSES:
            self.addresses.append(address)
        self.seconds.append(max(0.0, seconds))
        if stamp is Stamp.USER:
            self.stamp = stamp


class Ladder:
    """The bookkeeping of one trace."""

    def __init__(self, *, max_hops: int, give_up_after: int, packets: int) -> None:
        """Ask each distance once, so far at most, and no further than so many silent ones."""
        self._max_hops = max_hops
        self._tries = 1
        self._give_up_after = give_up_after
        self._packets = packets
        self._rungs = {ttl: _Rung() for ttl in range(1, max_hops + 1)}
        self._farthest = 0
        self._end = max_hops
        self.sent = 0
        self.target_ttl: int | None = None
        self.refusal: IcmpError | None = None
        self.circle: tuple[str, ...] = ()
        self.ran_out_of_time = False

    def ask_again(self, tries: int) -> None:
        """Ask each distance so often."""
        self._tries = tries

    def press_on(self) -> None:
        """Take no silence for an end, because the target is known to answer."""
        self._give_up_after = self._max_hops

    def next(self, waiting: Container[int] = ()) -> int | None:
        """Return the distance to ask now, none of those that are waited for; None when there is nothing to ask."""
        if self.sent >= self._packets or self.circle:
            return None
        limit = min(self._end, self._farthest + self._give_up_after)
        fresh = next((ttl for ttl in range(1, limit + 1) if not self._rungs[ttl].sent), None)
        if fresh is not None:
            return fresh
        again = [
            ttl for ttl in range(1, limit + 1) if self._rungs[ttl].sent < self._tries and ttl not in waiting
        ]
        return min(again, key=self._turn, default=None)

    def _turn(self, ttl: int) -> tuple[int, bool, int]:
        rung = self._rungs[ttl]
        return rung.sent, bool(rung.seconds), ttl

    def _has_asked_all(self) -> bool:
        limit = min(self._end, self._farthest + self._give_up_after)
        return all(self._rungs[ttl].sent for ttl in range(1, limit + 1))

    def asked(self, ttl: int) -> None:
        """Count a packet."""
        self._rungs[ttl].sent += 1
        self.sent += 1

    def withdraw(self, ttl: int) -> None:
        """Ask anew at `ttl`, as nobody can tell which packet an answer was for."""
        self._rungs[ttl].sent -= 1

    def passed(self, ttl: int, address: str, seconds: float, stamp: Stamp) -> None:
        """Note that a router let a packet go no further."""
        self._rungs[ttl].add(address, seconds, stamp)
        self._farthest = max(self._farthest, ttl)
        self.circle = self.circle or circle(
            [self._rungs[one].addresses for one in range(1, self._farthest + 1)]
        )

    def rewritten(self, ttl: int) -> None:
        """Note that our packets do not arrive there as we sent them."""
        self._rungs[ttl].is_translated = True

    def refused(self, ttl: int, error: IcmpError, seconds: float) -> None:
        """Note that somebody at `ttl` said why packets get no further."""
        rung = self._rungs[ttl]
        kind = (error.sender, error.type, error.code)
        if kind in rung.errors or len(rung.errors) < _ERRORS:
            rung.errors[kind] += 1
        rung.add(error.sender, seconds, error.stamp)
        self._farthest = max(self._farthest, ttl)
        self._end = min(self._end, ttl)
        self.refusal = self.refusal or error

    def reached(self, ttl: int, address: str, seconds: float, stamp: Stamp) -> None:
        """Note that the target itself answered a packet sent as far as `ttl`."""
        self._rungs[ttl].add(address, seconds, stamp)
        self._farthest = max(self._farthest, ttl)
        self._end = min(self._end, ttl)
        self.target_ttl = self._end

    def patience(self, ttl: int, longest_seconds: float) -> float:
        """How long to wait at `ttl`: what is usual behind those that answered, and longer each time it was silent."""
        times = [seconds for one in range(1, ttl + 1) for seconds in self._rungs[one].seconds]
        usual = _FARTHER * max(times, default=0.0) + _SLACK_SECONDS
        return min(longest_seconds, usual * (1 + self._rungs[ttl].sent))

    def target_seconds(self) -> list[float]:
        """Return the round trips to the target."""
        return list(self._rungs[self.target_ttl].seconds) if self.target_ttl else []

    def target_stamp(self) -> Stamp:
        """Tell whose clock ended them."""
        return self._rungs[self.target_ttl].stamp if self.target_ttl else Stamp.USER

    @property
    def ended(self) -> str:
        """Why the trace went no further: target, refused, circle, hops (too many of them), silence, time or packets."""
        if self.target_ttl is not None:
            return "target"
        if self.refusal is not None:
            return "refused"
        if self.circle:
            return "circle"
        if self._farthest >= self._max_hops:
            return "hops"
        if self._has_asked_all():
            return "silence"
        return "time" if self.ran_out_of_time else "packets"

    def hops(self) -> tuple[TraceHop, ...]:
        """Return what each distance that was asked has answered, up to where the path ends."""
        asked = [ttl for ttl, rung in self._rungs.items() if rung.sent and ttl <= self._end]
        return tuple(_hop(ttl, self._rungs[ttl]) for ttl in asked)


def _hop(ttl: int, rung: _Rung) -> TraceHop:
    return TraceHop(
        ttl=ttl,
        sent=rung.sent,
        answered=min(len(rung.seconds), rung.sent),
        addresses=tuple(rung.addresses),
        seconds=tuple(rung.seconds[: rung.sent]),
        stamp=rung.stamp,
        errors=tuple(
            Icmp(sender=sender, type=kind, code=code, count=count)
            for (sender, kind, code), count in rung.errors.items()
        ),
        is_translated=rung.is_translated,
    )
