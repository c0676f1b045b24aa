"""What echoes and traces move on the board: packets, hops, changes of the path, and the size that fits."""

from collections.abc import Container, Iterable

from probe.exporter.metrics import table
from probe.exporter.metrics.board import Board, Key
from probe.exporter.metrics.family import Family
from probe.exporter.metrics.label import check_key
from probe.model import Observation, Ping, Series, Trace
from probe.plan import Probe
from probe.trail import Way, follow

# RFC 791: every host takes so much. Less only says that the search ended early.
_LEAST_MTU_BYTES = 576
_COUNTERS = {"icmp": (table.PING_PACKETS, table.PING_LOST), "trace": (table.PATH_CHANGES,)}


class Paths:
    """Follows the path of each series that traces one."""

    def __init__(self, board: Board) -> None:
        """Count on `board`."""
        self._board = board
        self._ways: dict[Series, Way] = {}

    def retain(self, known: Container[Series]) -> None:
        """Forget the paths of series that are gone."""
        self._ways = {series: way for series, way in self._ways.items() if series in known}

    def write(self, seen: Observation) -> None:
        """Count what an observation that measured something tells of the path."""
        key = check_key(seen.series)
        if seen.evidence.ping is not None:
            self._pinged(seen.evidence.ping, key)
        if seen.evidence.trace is not None:
            self._traced(seen, seen.evidence.trace, key)

    def _pinged(self, ping: Ping, key: Key) -> None:
        self._board.add(table.PING_PACKETS, key, ping.sent - ping.in_flight)
        self._board.add(table.PING_LOST, key, ping.lost)

    def _traced(self, seen: Observation, trace: Trace, key: Key) -> None:
        self._ways[seen.series], has_changed = follow(self._ways.get(seen.series), trace)
        self._board.add(table.PATH_CHANGES, key, int(has_changed))
        if trace.target_ttl is not None:
            self._board.set(table.PATH_HOPS, key, trace.target_ttl)
        mtu = _mtu(seen, trace)
        if mtu >= _LEAST_MTU_BYTES:
            self._board.set(table.PATH_MTU, key, mtu)


def _mtu(seen: Observation, trace: Trace) -> int:
    """Return what fits: by the trace's own packets, or as the kernel knows it of an open connection."""
    if trace.mtu is not None:
        return trace.mtu.bytes
    info = seen.evidence.tcp.info if seen.evidence.tcp and trace.answer == "connected" else None
    return info.path_mtu_bytes if info is not None else 0


def at_start(probes: Iterable[Probe]) -> Iterable[tuple[Family, Key]]:
    """List the counters that are there at 0 before anything happened."""
    for probe in probes:
        for family in _COUNTERS.get(probe.check.kind, ()):
            yield family, check_key(probe.series)
