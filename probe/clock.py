"""The clocks: the one place that reads the machine's time, and sleeps by it."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

# CLOCK_BOOTTIME also counts while the machine sleeps (clock_gettime(2)); elsewhere the monotonic clock must do.
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# A sleeper looks at the clock at least this often, in case nobody else notices that the machine slept.
_LONGEST_NAP_SECONDS = 60.0
# Boot and monotonic clock drift apart by less than this between two looks unless the machine slept.
_SLEPT_NS = 10_000_000


class Clock(Protocol):
    """What the program may know of time; all values are integer nanoseconds."""

    def monotonic_ns(self) -> int:
        """Read the clock that durations are taken from; it stands still while the machine is suspended."""

    def boot_ns(self) -> int:
        """Read the clock that the schedule goes by; it also counts while the machine is suspended."""

    def wall_ns(self) -> int:
        """Read Unix time; it labels records and is never subtracted to get a duration."""

    async def sleep_until(self, boot_ns: int) -> None:
        """Return once `boot_ns` is reached on the boot clock."""


class SystemClock:
    """The machine's own clocks, for the sleepers of one event loop.

    The loop's timers stand still while the machine is suspended, so whoever wakes first afterwards wakes all others.
    """

    def __init__(self) -> None:
        """Start without sleepers."""
        self._sleepers: set[asyncio.Future[None]] = set()
        self._boot_offset_ns = _offset_ns(self, self.boot_ns)

    def monotonic_ns(self) -> int:
        """Read CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def boot_ns(self) -> int:
        """Read CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(_BOOT)

    def wall_ns(self) -> int:
        """Read CLOCK_REALTIME."""
        return time.time_ns()

    async def sleep_until(self, boot_ns: int) -> None:
        """Sleep by the boot clock; a suspend makes nobody oversleep as long as anybody wakes now and then."""
        while (left := boot_ns - self.boot_ns()) > 0:
            await self._nap(min(left / 1e9, _LONGEST_NAP_SECONDS))
            self._wake_all_after_suspend()

    async def _nap(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        timer = loop.call_later(seconds, _wake, woken)
        self._sleepers.add(woken)
        try:
            await woken
        finally:
            timer.cancel()
            self._sleepers.discard(woken)

    def _wake_all_after_suspend(self) -> None:
        before, self._boot_offset_ns = self._boot_offset_ns, _offset_ns(self, self.boot_ns)
        if abs(self._boot_offset_ns - before) > _SLEPT_NS:
            for woken in self._sleepers:
                _wake(woken)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def wall_offset_ns(clock: Clock) -> int:
    """Measure wall minus monotonic time."""
    return _offset_ns(clock, clock.wall_ns)


def _offset_ns(clock: Clock, read_ns: Callable[[], int]) -> int:
    """Measure another clock minus monotonic time, by the tightest of three readings so that a preemption does not count."""
    best: tuple[int, int] | None = None
    for _ in range(3):
        before = clock.monotonic_ns()
        other = read_ns()
        after = clock.monotonic_ns()
        reading = (after - before, other - (before + after) // 2)
        best = reading if best is None else min(best, reading)
    assert best is not None  # noqa: S101 - the loop ran
    return best[1]
