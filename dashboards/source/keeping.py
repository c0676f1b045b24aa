"""What hopwatch keeps: its store, and the series that it exposes."""

from grafana_foundation_sdk.builders import timeseries

from dashboards.source.growth import bars_by
from dashboards.source.panels import Says, lines, over_time
from dashboards.source.queries import RATE, Chosen

CHOSEN = Chosen(())


def kept() -> tuple[timeseries.Panel, ...]:
    """Return the panels, in their order."""
    return size(), records(), commits(), troubles(), series(), dropped()


def size() -> timeseries.Panel:
    """How large the store is."""
    says = Says(
        title="Size of the store",
        description="The store's files all together, and the size at which the oldest records go.",
        nothing="There is no store.",
        width=12,
        height=8,
        unit="bytes",
    )
    return lines(
        says,
        [
            over_time(f"sum by (instance) ({CHOSEN.of('hopwatch_store_size_bytes')})", "{{instance}}"),
            over_time(
                f"sum by (instance) ({CHOSEN.of('hopwatch_store_max_size_bytes')})",
                "{{instance}}, allowed",
                "B",
            ),
        ],
    )


def records() -> timeseries.Panel:
    """What is in the store."""
    says = Says(
        title="Records in the store",
        description="Records by kind.",
        nothing="There is no store, or nothing in it yet.",
        width=12,
        height=8,
        unit="short",
    )
    return lines(says, [over_time(f"sum by (kind) ({CHOSEN.of('hopwatch_store_rows')})", "{{kind}}")])


def commits() -> timeseries.Panel:
    """How long commits take."""
    says = Says(
        title="Commits",
        description="How long the last commit took, the disk's own acknowledgement included.",
        nothing="There is no store, or no commit yet.",
        width=12,
        height=8,
        unit="s",
    )
    took = f"max by (instance) ({CHOSEN.of('hopwatch_store_last_commit_duration_seconds')})"
    return lines(says, [over_time(took, "{{instance}}")])


def troubles() -> timeseries.Panel:
    """What the store lost, and what waits."""
    says = Says(
        title="Waiting, dropped, damaged",
        description="Records that wait in memory; records between two points that are no longer in the store, by reason (`age`"
        " and `size` are its bounds); errors; and databases that were found damaged.",
        nothing="There is no store.",
        width=12,
        height=8,
        unit="short",
    )

    def grown(name: str, by: str) -> str:
        return f"sum by ({by}) (increase({CHOSEN.of(name)}[{RATE}])) > 0"

    return lines(
        says,
        [
            over_time(f"sum by (instance) ({CHOSEN.of('hopwatch_store_backlog_rows')})", "waiting"),
            over_time(grown("hopwatch_store_records_dropped_total", "reason"), "dropped: {{reason}}", "B"),
            over_time(
                grown("hopwatch_store_errors_total", "operation, reason"), "{{operation}}: {{reason}}", "C"
            ),
            over_time(grown("hopwatch_store_damaged_total", "instance"), "damaged", "D"),
        ],
    )


def series() -> timeseries.Panel:
    """How many series there are."""
    says = Says(
        title="Series",
        description="Sample lines in hopwatch's exposition; `metrics.max_series` bounds them.",
        nothing="Prometheus has scraped no hopwatch in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    return lines(says, [over_time(f"sum by (instance) ({CHOSEN.of('hopwatch_series')})", "{{instance}}")])


def dropped() -> timeseries.Panel:
    """Which figures the bound cost."""
    says = Says(
        title="Figures lost, by metric",
        description="Figures lost in the time of each bar because their series would have gone beyond `metrics.max_series`.",
        nothing="No figure was lost in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    return bars_by(says, CHOSEN, "hopwatch_series_dropped_total", "family")
