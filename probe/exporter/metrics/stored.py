"""The metrics of the store: name, kind, labels, meaning, and when each is there."""

from probe.exporter.metrics.family import Family, Kind, Scope

STORE_ROWS = Family(
    name="hopwatch_store_rows",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    more=("kind",),
    help="Records in the store, by kind.",
    there="where there is a store, with the first record of the kind",
)
STORE_SIZE = Family(
    name="hopwatch_store_size_bytes",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Size of the store's files, all together.",
    there="where there is a store",
)
STORE_MAX_SIZE = Family(
    name="hopwatch_store_max_size_bytes",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="The most that the store's files may take, all together.",
    there="where there is a store",
)
STORE_OLDEST = Family(
    name="hopwatch_store_oldest_record_timestamp_seconds",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Unix time of the oldest record in the store.",
    there="where there is a store with a record in it",
)
STORE_COMMITS = Family(
    name="hopwatch_store_commits_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    help="Commits to the store.",
    there="where there is a store",
)
STORE_COMMIT = Family(
    name="hopwatch_store_last_commit_duration_seconds",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="How long the last commit took, the disk's own acknowledgement included.",
    there="where there is a store, with the first commit",
)
STORE_BACKLOG = Family(
    name="hopwatch_store_backlog_rows",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Records that wait in memory to be committed.",
    there="where there is a store",
)
STORE_STUCK = Family(
    name="hopwatch_store_stuck",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Whether commits fail at present (1).",
    there="where there is a store",
)
STORE_DAMAGED = Family(
    name="hopwatch_store_damaged_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    help="How often the store's database was found damaged and moved aside.",
    there="where there is a store",
)
STORE_DROPPED = Family(
    name="hopwatch_store_records_dropped_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("reason",),
    help="Records that are not, or no longer, in the store, by reason.",
    there="where there is a store, with the first record dropped for that reason",
)
STORE_ERRORS = Family(
    name="hopwatch_store_errors_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("operation", "reason"),
    help="What went wrong with the store, by what it was doing and why.",
    there="where there is a store, with the first such error",
)
