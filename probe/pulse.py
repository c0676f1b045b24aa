"""Feel the event loop's pulse: how late it runs, and whether this program or machine stood still."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from probe.clock import Clock

PERIOD_NS = 20_000_000
# Not running for this long is a suspension, whoever caused it: SIGSTOP, a closed lid, a frozen container.
SUSPENDED_NS = 1_000_000_000
# Whatever began to stand still after one beat is late for the next only from when that was due.
_SUSPENDED_LAG_NS = SUSPENDED_NS - PERIOD_NS
_MILLISECOND_NS = 1_000_000
_SUSPENSIONS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Stall:
    """A stretch of the boot clock in which nothing of this program ran."""

    began_ns: int
    ended_ns: int

    @property
    def lasted_ns(self) -> int:
        """How long it lasted."""
        return self.ended_ns - self.began_ns


class Pulse:
    """Beats fifty times a second and remembers the beats that came late.

    A late beat is forgotten only for a later one that was at least as late (to the millisecond), so the worst since
    any moment is known, however long ago that was, and the memory stays small all the same.
    """

    def __init__(self, clock: Clock, told: Callable[[float], None] = lambda _: None) -> None:
        """Start now; `told` receives every beat's lateness in seconds."""
        self._clock = clock
        self._told = told
        self._late: list[Stall] = []  # in order; each more late than all that follow
        self._suspensions: deque[Stall] = deque(maxlen=_SUSPENSIONS_KEPT)
        self._due_ns = clock.boot_ns() + PERIOD_NS

    async def run(self) -> None:
        """Beat until cancelled."""
        self._due_ns = self._clock.boot_ns() + PERIOD_NS
        while True:
            await self._clock.sleep_until(self._due_ns)
            self.beat()

    def beat(self) -> None:
        """Take down how late this beat is; the next is due one period from now."""
        late = self._overdue()
        if late.lasted_ns >= _MILLISECOND_NS:
            self._remember(late)
        if late.lasted_ns >= _SUSPENDED_LAG_NS:
            self._suspensions.append(_suspension(late))
        self._due_ns = late.ended_ns + PERIOD_NS
        self._told(max(0, late.lasted_ns) / 1e9)

    def _overdue(self) -> Stall:
        """Return the lateness of the beat that has not come yet; it lasts less than nothing when none is due."""
        return Stall(self._due_ns, self._clock.boot_ns())

    def _remember(self, late: Stall) -> None:
        while self._late and self._late[-1].lasted_ns // _MILLISECOND_NS <= late.lasted_ns // _MILLISECOND_NS:
            self._late.pop()
        self._late.append(late)

    def lag_since_ns(self, boot_ns: int) -> int:
        """Return for how long at most the loop was late since `boot_ns`, the beat that is overdue now included."""
        since = bisect_right(self._late, boot_ns, key=lambda late: late.ended_ns)
        # The first may have begun before `boot_ns`, so that the second, shorter one can count for more.
        candidates = (*self._late[since : since + 2], self._overdue())
        return max(0, *(late.ended_ns - max(late.began_ns, boot_ns) for late in candidates))

    def suspended_since(self, boot_ns: int) -> bool:
        """Tell whether this program stood still for a second or more since `boot_ns`."""
        return self.lag_since_ns(boot_ns) >= _SUSPENDED_LAG_NS

    def suspensions_since(self, boot_ns: int) -> tuple[Stall, ...]:
        """Return the suspensions that ended after `boot_ns`, in order; each began when this program was last known to run."""
        recent = tuple(takewhile(lambda one: one.ended_ns > boot_ns, reversed(self._suspensions)))[::-1]
        overdue = self._overdue()
        return (*recent, _suspension(overdue)) if overdue.lasted_ns >= _SUSPENDED_LAG_NS else recent


def _suspension(late: Stall) -> Stall:
    return Stall(late.began_ns - PERIOD_NS, late.ended_ns)
