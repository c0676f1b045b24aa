"""When bytes arrived: the kernel's stamp, put on the monotonic clock."""

from probe.abc import Received
from probe.clock import Clock, wall_offset_ns
from probe.model import Stamp

# How far a stamp may seem to lie outside its socket's life: the two clocks are read one after the other.
_TOLERANCE_NS = 1_000_000


def stamped(clock: Clock, data: bytes, wall_ns: int | None, opened_ns: int) -> Received:
    """Put a wall-clock stamp on the monotonic clock; without a usable one the moment of reading must do."""
    if wall_ns is None:
        now = clock.monotonic_ns()
        return Received(data, now, now, Stamp.USER)
    at = wall_ns - wall_offset_ns(clock)
    read = clock.monotonic_ns()
    # A stamp from outside the socket's life: the wall clock was set meanwhile, so the stamp tells nothing.
    if not opened_ns - _TOLERANCE_NS <= at <= read + _TOLERANCE_NS:
        return Received(data, read, read, Stamp.USER)
    return Received(data, min(at, read), read, Stamp.KERNEL)
