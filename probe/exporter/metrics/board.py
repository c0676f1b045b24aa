"""The figures themselves: every child of every family, and the one bound on how many lines they make together."""

import math
from collections.abc import Callable, Collection, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from probe.exporter.metrics.buckets import Edges, lines
from probe.exporter.metrics.family import Family, Kind, Scope
from probe.exporter.metrics.histogram import Histogram
from probe.exporter.metrics.table import BOUNDED, DROPPED, FAMILIES, SERIES, STATED

# The values of a family's labels, in the family's order.
Key = tuple[str, ...]


class Board:
    """What is exposed; a figure that has no child yet gets one only while there is room.

    The daemon's own families are few and always get in; the bound leaves `reserved` lines for them.
    """

    def __init__(self, *, max_lines: int, reserved: int) -> None:
        """Begin with nothing but the counters of what the bound refuses."""
        self._numbers: dict[Family, dict[Key, float]] = {
            family: {} for family in FAMILIES if family.kind is not Kind.HISTOGRAM
        }
        self._histograms: dict[Family, dict[Key, Histogram]] = {
            family: {} for family in FAMILIES if family.kind is Kind.HISTOGRAM
        }
        self._max_lines = max_lines
        self._room = max_lines - reserved
        for family in BOUNDED:
            self.start(DROPPED, (family.name,))

    def limit(self, max_lines: int) -> None:
        """Set another bound; what is there already stays when it is more than that, and nothing new comes in."""
        self._room += max_lines - self._max_lines
        self._max_lines = max_lines

    def start(self, family: Family, key: Key = ()) -> None:
        """Let a counter be there at 0; one that is there already keeps its value."""
        self.add(family, key, 0)

    def add(self, family: Family, key: Key, amount: float = 1) -> None:
        """Add to a counter."""
        children = self._numbers[family]
        if key in children or self._admits(family, 1):
            children[key] = children.get(key, 0) + amount

    def set(self, family: Family, key: Key, value: float) -> None:
        """Set a gauge, or a counter that is counted elsewhere."""
        children = self._numbers[family]
        if math.isfinite(value) and (key in children or self._admits(family, 1)):
            children[key] = value

    def drop(self, family: Family, key: Key) -> None:
        """Take a gauge's figure away, because nobody knows it any more."""
        if self._numbers[family].pop(key, None) is not None and family.scope is not Scope.DAEMON:
            self._room += 1

    def observe(self, family: Family, key: Key, seconds: float, edges: Edges) -> None:
        """Count a value in a histogram; one that is no duration would spoil its sum for good and is left out."""
        if not 0 <= seconds < math.inf:
            return
        children = self._histograms[family]
        child = children.get(key)
        if child is None:
            if not self._admits(family, lines(edges)):
                return
            child = children[key] = Histogram(edges)
        child.observe(seconds)

    def retain(self, known: Callable[[Scope, Key], bool]) -> None:
        """Forget every child whose scope's labels are not `known`, and use its room again."""
        for family in BOUNDED:
            width = len(family.scope.labels)
            numbers, histograms = self._numbers.get(family, {}), self._histograms.get(family, {})
            for key in [key for key in numbers if not known(family.scope, key[:width])]:
                del numbers[key]
                self._room += 1
            for key in [key for key in histograms if not known(family.scope, key[:width])]:
                self._room += histograms.pop(key).lines

    def forget(self, families: Collection[Family]) -> None:
        """Empty families of the daemon's own that are about to be filled anew."""
        for family in families:
            self._numbers[family].clear()

    def metrics(self, families: Collection[Family]) -> Iterator[Metric]:
        """Build the given families for the registry, and last how many sample lines they have."""
        count = 1
        for family in families:
            metric = self._metric(family)
            count += len(metric.samples)
            yield metric
        self._numbers[SERIES][()] = count
        yield self._metric(SERIES)

    def _admits(self, family: Family, lines: int) -> bool:
        if family.scope is Scope.DAEMON:
            return True
        if lines > self._room and family not in STATED:
            self._numbers[DROPPED][family.name,] += 1
            return False
        self._room -= lines
        return True

    def _metric(self, family: Family) -> Metric:
        if family.kind is Kind.HISTOGRAM:
            return self._histogram_metric(family)
        children = self._numbers[family].items()
        if family.kind is Kind.INFO:
            return _info_metric(family, [key for key, _ in children])
        make = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
        metric = make(family.base, family.help, labels=family.labels)
        for key, value in children:
            metric.add_metric(key, value)
        return metric

    def _histogram_metric(self, family: Family) -> Metric:
        metric = HistogramMetricFamily(family.base, family.help, labels=family.labels)
        for key, child in self._histograms[family].items():
            metric.add_metric(key, child.cumulated(), child.total)
        return metric


def _info_metric(family: Family, keys: Collection[Key]) -> Metric:
    metric = InfoMetricFamily(family.base, family.help)
    for key in keys:
        metric.add_metric((), dict(zip(family.labels, key, strict=True)))
    return metric
