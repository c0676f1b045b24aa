"""What controls may spend, whatever targets do: packets a minute towards a hop and from a vantage; pure, told the time."""

from collections import deque
from collections.abc import Iterable

_MINUTE_NS = 60_000_000_000


class Purse:
    """So many packets in any minute at each place; a place is a tuple of names."""

    def __init__(self, packets: int) -> None:
        """Allow so many."""
        self._packets = packets
        self._spent: dict[tuple[str, ...], deque[tuple[int, int]]] = {}

    def left(self, place: tuple[str, ...], now_ns: int, slower: int = 1) -> int:
        """Return how many may still be spent there now, or would if a minute lasted `slower` times as long."""
        spent = self._spent.get(place)
        if spent is None:
            return self._packets
        recent = [packets for at_ns, packets in spent if now_ns - at_ns < slower * _MINUTE_NS]
        return max(0, self._packets - sum(recent))

    def spend(self, place: tuple[str, ...], packets: int, now_ns: int, slower: int = 1) -> None:
        """Take so many."""
        spent = self._spent.setdefault(place, deque())
        while spent and now_ns - spent[0][0] >= slower * _MINUTE_NS:
            spent.popleft()
        spent.append((now_ns, packets))

    def settle(self, place: tuple[str, ...], reserved: int, used: int, at_ns: int, now_ns: int) -> None:
        """Take back what was reserved there at `at_ns` and not needed by now, or take what was spent beyond it."""
        spent = self._spent.get(place)
        if spent is None or used == reserved:
            return
        # What is taken back ends with what it was taken from: else it would make room for more than is allowed later.
        spent.append((at_ns if used < reserved else now_ns, used - reserved))

    def retain(self, places: Iterable[tuple[str, ...]]) -> None:
        """Forget every other place."""
        self._spent = {place: self._spent[place] for place in places if place in self._spent}
