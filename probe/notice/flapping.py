"""Keep a subject that fails and recovers again and again from being told each time: once, and then summed up; pure."""

from collections import deque
from dataclasses import dataclass, field

_WINDOW_NS = 30 * 60 * 10**9
_CALM_NS = 10 * 60 * 10**9
_TIMES = 3


@dataclass(slots=True)
class Flapping:
    """One subject: when it began to fail of late, and whether its turns are worth telling."""

    openings: deque[int] = field(default_factory=deque)
    is_flapping: bool = False
    turned_boot_ns: int = 0
    times: int = 0

    def fails(self, boot_ns: int) -> bool:
        """Note that it fails again, and tell whether anybody is to be told."""
        self.turned_boot_ns = boot_ns
        self.openings.append(boot_ns)
        while boot_ns - self.openings[0] > _WINDOW_NS:
            self.openings.popleft()
        if self.is_flapping:
            self.times += 1
            return False
        self.is_flapping = len(self.openings) >= _TIMES
        self.times = len(self.openings) if self.is_flapping else 0
        return True

    def recovers(self, boot_ns: int) -> bool:
        """Note that it is over, and tell whether anybody is to be told."""
        self.turned_boot_ns = boot_ns
        return not self.is_flapping

    def is_calm(self, boot_ns: int) -> bool:
        """Tell, once, that it has stopped going up and down."""
        if not self.is_flapping or boot_ns - self.turned_boot_ns < _CALM_NS:
            return False
        self.is_flapping = False
        self.openings.clear()
        return True
