"""The Prometheus metrics: counters and histograms over the events, within a bound on their number.

`table` names every metric, `tally` says what moves it, `board` holds the figures, `estimate` counts them beforehand.
"""

from probe.exporter.metrics.estimate import series_estimate
from probe.exporter.metrics.exporter import Metrics
from probe.exporter.metrics.store import StoreStats

__all__ = ["Metrics", "StoreStats", "series_estimate"]
