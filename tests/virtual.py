"""Virtual time: an event loop that jumps to its next timer when nothing can run, and a clock whose times move apart.

Hours pass in milliseconds. Sleeping, timers and deadlines are the real code; only the readings are made up.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from probe.clock import SystemClock

Result = TypeVar("Result")
# A turn of the loop costs a little, so that whoever waits for the last nanosecond gets there.
_TURN_NS = 1000


class VirtualClock(SystemClock):
    """The machine's clocks as a test wants them; boot, monotonic and wall time can be moved apart."""

    def __init__(self, *, boot_ns: int = 10**15, wall_ns: int = 1_800_000_000 * 10**9) -> None:
        self._monotonic_ns = 0
        self._boot_ahead_ns = boot_ns
        self._wall_ahead_ns = wall_ns
        super().__init__()

    def monotonic_ns(self) -> int:
        return self._monotonic_ns

    def boot_ns(self) -> int:
        return self._monotonic_ns + self._boot_ahead_ns

    def wall_ns(self) -> int:
        return self._monotonic_ns + self._wall_ahead_ns

    def pass_time(self, seconds: float) -> None:
        """Let all clocks go on. Called by a task it is a stall: nothing of the program runs meanwhile."""
        self._monotonic_ns += math.ceil(seconds * 1e9)

    def suspend(self, seconds: float) -> None:
        """Sleep as a closed laptop does: the monotonic clock, and with it the loop's timers, stand still."""
        self._boot_ahead_ns += math.ceil(seconds * 1e9)
        self._wall_ahead_ns += math.ceil(seconds * 1e9)

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock, forward or back."""
        self._wall_ahead_ns += int(seconds * 1e9)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock; what it waits for is a timer or a ready socket, never a thread."""

    def __init__(self, clock: VirtualClock) -> None:
        self._virtual = clock
        self.turns = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._virtual.monotonic_ns() / 1e9

    def turn(self, seconds: float) -> None:
        """Take down one turn, which lasted for `seconds`."""
        self.turns += 1
        self._virtual.pass_time(seconds + _TURN_NS / 1e9)


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: it tells the loop how long it would have."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if timeout is None and not ready:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        self._loop.turn(0.0 if ready else timeout or 0.0)
        return ready


def run(scenario: Callable[[VirtualClock], Coroutine[Any, Any, Result]]) -> Result:
    """Run a scenario in virtual time and return its result."""
    clock = VirtualClock()
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(scenario(clock))
