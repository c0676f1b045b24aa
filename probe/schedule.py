"""What is due when: slots spread by hash, jittered, and never skipped without a word; pure, it never sleeps.

A series' slots form a grid on the boot clock, which goes on while the machine sleeps. Nothing here reads a clock.
"""

import hashlib
from dataclasses import dataclass

# Slot 0 of every series falls within this long after the start, so that a slow schedule has a first answer soon.
WARM_UP_NS = 5_000_000_000
# After a suspend each series catches up once within this long.
CATCH_UP_NS = 10_000_000_000
_JITTER = 0.05


def fraction(*words: object) -> float:
    """Return a fixed number in [0, 1) for the words: the spread of a series, or the jitter of one of its slots."""
    digest = hashlib.blake2b("\x1f".join(map(str, words)).encode("utf-8", "replace"), digest_size=8).digest()
    # The upper 53 bits only: more would round up to 1.0 in a float.
    return (int.from_bytes(digest, "big") >> 11) / 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The grid of one series; all values are nanoseconds of the boot clock."""

    key: str
    origin_ns: int
    interval_ns: int

    def intended_ns(self, slot: int) -> int:
        """Return when a slot is to start; strictly increasing with the slot."""
        # Only the offset within an interval goes through a float: below 2**53 ns it is exact, and the origin may be years.
        spread = fraction(self.key)
        place = spread * (1 - _JITTER) * self.interval_ns
        first = min(place, spread * WARM_UP_NS)
        if slot == 0:
            return self.origin_ns + int(first)
        # Slot 1 is the first of the grid that leaves at least half an interval after slot 0.
        begun = slot - 1 if place - first >= self.interval_ns / 2 else slot
        jitter = fraction(self.key, slot) * _JITTER * self.interval_ns
        return self.origin_ns + begun * self.interval_ns + int(place + jitter)

    def latest(self, now_ns: int) -> int:
        """Return the last slot that is due at `now_ns`; -1 before slot 0."""
        slot = max(0, (now_ns - self.origin_ns) // self.interval_ns + 1)
        while slot >= 0 and self.intended_ns(slot) > now_ns:
            slot -= 1
        return slot

    def catch_up_ns(self, resumed_ns: int) -> int:
        """Return when a series that slept through its slots may probe again, spread so that not all do at once."""
        return resumed_ns + int(fraction(self.key, "catch up") * min(CATCH_UP_NS, self.interval_ns))
