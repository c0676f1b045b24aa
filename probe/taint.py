"""Decide whether a sample's figures can be trusted; pure.

Late is not slow: a figure that our own load may have stretched is kept, marked, and left out of the percentiles.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from probe.model import Phase, Stamp, Taint, Timing

_LATE_SECONDS = 0.005
_LATE_SHARE = 0.1
_STEP_SECONDS = 0.002
# NTP may slew the wall clock by 500 ppm (adjtimex(2)); twice that is a step.
_SLEW = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How one attempt was timed, in seconds; `crowded` when an answer's first stamp is in doubt, `is_intercepted` when
    a proxy of this machine answered the handshake unasked."""

    elapsed: float
    loop_lag: float
    send_bracket: float
    wall_drift: float
    suspended: bool
    crowded: bool = False
    is_intercepted: bool = False


def taints(timings: Iterable[Timing], conditions: Conditions) -> tuple[Taint, ...]:
    """Return why the timings are not to be trusted; empty when they are."""
    found = []
    if any(_late(timing, conditions) for timing in timings):
        found.append(Taint.LATE)
    if conditions.suspended:
        found.append(Taint.SUSPENDED)
    if abs(conditions.wall_drift) > _STEP_SECONDS + _SLEW * conditions.elapsed:
        found.append(Taint.CLOCK_STEP)
    if conditions.is_intercepted:
        found.append(Taint.PROXIED)
    return tuple(found)


def _late(timing: Timing, conditions: Conditions) -> bool:
    # The kernel's stamp ends a timing at arrival, however late we read it; the start is bracketed by the send call.
    # Only the first byte of an answer may have got the stamp of a later segment, which the kernel joined to it.
    joined = conditions.crowded and timing.phase is Phase.PROCESSING
    own = timing.stamp is Stamp.USER or joined
    doubt = conditions.send_bracket + (conditions.loop_lag if own else 0.0)
    return doubt > max(_LATE_SECONDS, _LATE_SHARE * timing.seconds)
