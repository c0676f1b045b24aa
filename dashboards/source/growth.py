"""Bars of how counters grow."""

from grafana_foundation_sdk.builders import timeseries

from dashboards.source.panels import Says, bars, over_time
from dashboards.source.queries import BAR, Chosen


def bars_by(says: Says, chosen: Chosen, counter: str, by: str) -> timeseries.Panel:
    """A bar for each value of the labels `by` that a counter grew by."""
    legend = ": ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    grown = f"sum by ({by}) (increase({chosen.of(counter)}[{BAR}])) > 0"
    return bars(says, [over_time(grown, legend)])
