"""Token buckets, one a key: so many at once, then one every so often."""

from collections import OrderedDict
from collections.abc import Hashable

from probe.clock import Clock

_MOST_KEYS = 1024


class Buckets:
    """Full buckets for whoever was not seen before; of more than 1,024 keys the longest unseen are forgotten."""

    def __init__(self, clock: Clock) -> None:
        """Start with full buckets."""
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def take(self, key: Hashable, *, burst: int, interval_seconds: float) -> float:
        """Take a token and return 0, or return after how many seconds there will be one."""
        now = self._clock.monotonic_ns()
        level, at = self._levels.pop(key, (float(burst), now))
        level = min(float(burst), level + (now - at) / 1e9 / interval_seconds)
        wait = 0.0 if level >= 1 else (1 - level) * interval_seconds
        self._levels[key] = (level if wait else level - 1, now)
        if len(self._levels) > _MOST_KEYS:
            self._levels.popitem(last=False)
        return wait

    def give_back(self, key: Hashable) -> None:
        """Put back a token that was taken for something that turned out to be well."""
        if key in self._levels:
            level, at = self._levels[key]
            self._levels[key] = (level + 1, at)
