"""Know whether work gets done: a schedule whose slots come to nothing, or a store that takes nothing, is stuck; pure."""

from collections.abc import Iterable

from probe.model import Event, Miss, Observation, Purpose
from probe.plan import Probe
from probe.store.stats import Stats

_SECOND_NS = 10**9
# What a busy machine may add to a probe's interval and deadline.
_GRACE_NS = 10 * _SECOND_NS
# A commit is due after `storage.commit_interval`; a slow disk, or one that fails and is tried again, takes its time.
_COMMIT_NS = 60 * _SECOND_NS


class Diligence:
    """Follows what gets done. It is an exporter, so that nothing but the end of a slot counts as work of the schedule."""

    def __init__(self) -> None:
        """Start before the first slot."""
        self._slots = 0
        self._seen: tuple[int, int] | None = None
        self._stored: tuple[tuple[int, int], int] | None = None

    def write(self, event: Event) -> None:
        """Count the slots that came to an observation, or to a miss."""
        if isinstance(event, Miss) or (isinstance(event, Observation) and event.purpose is Purpose.ROUTINE):
            self._slots += 1

    def stuck(self, now_ns: int, probes: Iterable[Probe], store: Stats) -> str:
        """Return what has stood still for too long by the monotonic clock, or nothing.

        Whoever calls is the one who looks; what was done since the last look counts as done now.
        """
        idle_ns = self._idle_schedule_ns(now_ns)
        patience_ns = _patience_ns(probes)
        if patience_ns is not None and idle_ns > patience_ns:
            return f"no slot of the schedule came to an end for {idle_ns // _SECOND_NS} s"
        idle_ns = self._idle_store_ns(now_ns, store)
        if idle_ns > _COMMIT_NS:
            return f"{store.backlog_rows} records wait and the store took none for {idle_ns // _SECOND_NS} s"
        return ""

    def _idle_schedule_ns(self, now_ns: int) -> int:
        if self._seen is None or self._seen[0] != self._slots:
            self._seen = self._slots, now_ns
        return now_ns - self._seen[1]

    def _idle_store_ns(self, now_ns: int, store: Stats) -> int:
        """Return for how long records wait and nothing came of it, be it a commit or an error."""
        done = store.commits, sum(store.errors.values())
        if self._stored is None or self._stored[0] != done or not store.backlog_rows:
            self._stored = done, now_ns
        return now_ns - self._stored[1]


def _patience_ns(probes: Iterable[Probe]) -> int | None:
    """Return how long the schedule may be silent: the shortest interval and its deadline; None where nothing is planned."""
    shortest = (one.check.interval_seconds + one.check.timeout_seconds for one in probes)
    seconds = min(shortest, default=None)
    return None if seconds is None else int(seconds * _SECOND_NS) + _GRACE_NS
