"""A histogram as two small arrays; Prometheus' own would take a lock per observation."""

import math
from bisect import bisect_left
from itertools import accumulate

from probe.exporter.metrics.buckets import Edges, lines


class Histogram:
    """How many values lay up to each edge, and their sum."""

    __slots__ = ("_counts", "_edges", "total")

    def __init__(self, edges: Edges) -> None:
        """Begin without values; `edges` are finite and ascending."""
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)
        self.total = 0.0

    @property
    def lines(self) -> int:
        """The sample lines it takes."""
        return lines(self._edges)

    def observe(self, seconds: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._edges, seconds)] += 1
        self.total += seconds

    def cumulated(self) -> list[tuple[str, float]]:
        """Return the buckets as the exposition formats want them: the edge, and how many values lay up to it."""
        return list(zip(map(_edge, (*self._edges, math.inf)), accumulate(self._counts), strict=True))


def _edge(seconds: float) -> str:
    return "+Inf" if math.isinf(seconds) else str(seconds)
