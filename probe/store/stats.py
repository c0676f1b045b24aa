"""What the store tells about itself; the metrics exporter and the page read it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from probe.store.errors import Drop, Operation, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The store at one moment; counts go from the daemon's start, rows and bytes are what is there.

    `rows` is by kind. `dropped` is by reason and complete: what was committed is in the store or under age, size
    or damage. `is_stuck` says that commits fail at present and records wait in memory.
    """

    epoch: str
    rows: Mapping[str, int]
    bytes: int
    oldest_at_ns: int | None
    committed_seq: int
    commits: int
    commit_seconds: float | None
    dropped: Mapping[Drop, int]
    errors: Mapping[tuple[Operation, Trouble], int]
    damaged: int
    is_stuck: bool
    max_bytes: int = 0
    backlog_rows: int = 0
    backlog_bytes: int = 0


@dataclass(slots=True, kw_only=True)
class Tally:
    """The running counts of the one thread that writes."""

    rows: Counter[str]
    committed_seq: int
    damaged: int
    commits: int = 0
    commit_seconds: float | None = None
    dropped: Counter[Drop] = field(default_factory=Counter)
    errors: Counter[tuple[Operation, Trouble]] = field(default_factory=Counter)

    def committed(self, added: Counter[str], own_seqs: Iterable[int], seconds: float) -> None:
        """Count one commit."""
        self.rows += added
        self.committed_seq = max(self.committed_seq, *own_seqs, 0)
        self.commits += 1
        self.commit_seconds = seconds

    def removed(self, by_kind: Counter[str], reason: Drop) -> None:
        """Count rows that left the store."""
        if not by_kind:
            return
        self.rows -= by_kind
        self.dropped[reason] += by_kind.total()

    def stats(self, *, epoch: str, total_bytes: int, oldest_at_ns: int | None, is_stuck: bool) -> Stats:
        """Return the counts as they are now, together with what was measured."""
        return Stats(
            epoch=epoch,
            rows=dict(self.rows),
            bytes=total_bytes,
            oldest_at_ns=oldest_at_ns,
            committed_seq=self.committed_seq,
            commits=self.commits,
            commit_seconds=self.commit_seconds,
            dropped=dict(self.dropped),
            errors=dict(self.errors),
            damaged=self.damaged,
            is_stuck=is_stuck,
        )
