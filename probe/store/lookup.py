"""Find one observation in a store, and what stands around it: what was asked because of it, found about it, seen beside it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probe.clock import Clock
from probe.codec import from_text
from probe.model import Finding, Identity, Observation, Record, Series
from probe.store.database import Database, Value, ask
from probe.store.reading import reader

_SECONDS = 0.7
_STEPS_BETWEEN_LOOKS = 20_000
_MOST_RESTING = 80
_MOST_AGENTS = 100
# How long after an observation what was found about it may be written down.
_FOUND_WITHIN_NS = 30 * 10**9

_NEXT_AGENT = "SELECT agent FROM record INDEXED BY record_identity WHERE agent > ? ORDER BY agent LIMIT 1"
_BY_IDENTITY = "SELECT body FROM record INDEXED BY record_identity WHERE agent = ? AND epoch = ? AND seq = ?"
_RESTING = """
SELECT record.body FROM parent INDEXED BY parent_identity CROSS JOIN record USING (position)
WHERE parent.agent = ? AND parent.epoch = ? AND parent.seq = ? ORDER BY parent.position LIMIT ?
"""
_BEFORE = """
SELECT body FROM record INDEXED BY record_series
WHERE kind = ? AND vantage = ? AND route = ? AND hop = ? AND "check" = ? AND at_ns < ? AND at_ns >= ?
    AND (? IS NULL OR purpose = ?) ORDER BY at_ns DESC, position DESC LIMIT 1
"""
_AFTER = """
SELECT body FROM record INDEXED BY record_series
WHERE kind = ? AND vantage = ? AND route = ? AND hop = ? AND "check" = ? AND at_ns > ? AND at_ns <= ?
    AND (? IS NULL OR purpose = ?) ORDER BY at_ns, position LIMIT 1
"""
_OTHERWISE = """
SELECT 1 FROM record INDEXED BY record_series
WHERE kind = 'observation' AND vantage = ? AND route = ? AND hop = ? AND "check" = ? AND at_ns > ? AND at_ns < ?
    AND purpose = 'routine' AND outcome <> 'not_measured' AND cause IS NOT ? LIMIT 1
"""
_EVER = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a store knows around an observation.

    `resting` are the records that name it as a parent, `basis` the observations that its findings rest on. `standing` is the
    finding about the failures that it is one of, where it has none of its own.
    """

    parent: Observation | None = None
    earlier: Observation | None = None
    later: Observation | None = None
    resting: tuple[Record, ...] = ()
    basis: tuple[Observation, ...] = ()
    beside: tuple[Observation, ...] = ()
    standing: Finding | None = None


def find(path: Path, epoch: str, seq: int) -> Observation | None:
    """Return the observation of that identity, whichever agent made it. Raises StoreError."""
    with reader(path) as database:
        for agent in _agents(database):
            found = _observation(database, Identity(agent=agent, epoch=epoch, seq=seq))
            if found is not None:
                return found
    return None


def surroundings(
    path: Path, seen: Observation, others: Sequence[Series], within_seconds: float, *, clock: Clock
) -> Surroundings:
    """Look around an observation; of each of the `others` take what it came to nearest in time. Raises StoreError."""
    deadline_ns = clock.monotonic_ns() + round(_SECONDS * 1e9)
    with reader(path) as database:
        database.set_progress_handler(lambda: int(clock.monotonic_ns() > deadline_ns), _STEPS_BETWEEN_LOOKS)
        resting = tuple(_records(database, _RESTING, *_columns(seen.identity), _MOST_RESTING))
        own = [one for one in resting if isinstance(one, Finding)]
        standing = None if own else _standing(database, seen)
        about = own if standing is None else [standing]
        parents = dict.fromkeys(parent for one in about for parent in one.parents)
        near_ns = round(within_seconds * 1e9)
        return Surroundings(
            parent=None if seen.parent is None else _observation(database, seen.parent),
            earlier=_neighbour(database, seen, _BEFORE, -_EVER),
            later=_neighbour(database, seen, _AFTER, _EVER),
            resting=resting,
            basis=tuple(
                found for one in list(parents)[:_MOST_RESTING] if (found := _observation(database, one))
            ),
            beside=tuple(
                found for one in others if (found := _nearest(database, one, seen.started_at_ns, near_ns))
            ),
            standing=standing,
        )


def _standing(database: Database, seen: Observation) -> Finding | None:
    """Return the newest finding of the series until then, if it is about what the series still came to."""
    if seen.failure is None or seen.slot is None:
        return None
    upto = seen.started_at_ns + _FOUND_WITHIN_NS
    records = _records(database, _BEFORE, "finding", *_names(seen.series), upto, -_EVER, None, None)
    found = next((one for one in records if isinstance(one, Finding) and one.parents), None)
    about = None if found is None else _observation(database, found.parents[0])
    if about is None or about.failure is None or about.failure.cause != seen.failure.cause:
        return None
    span = sorted((about.started_at_ns, seen.started_at_ns))
    is_broken = ask(database, _OTHERWISE, *_names(seen.series), *span, seen.failure.cause)
    return None if is_broken else found


def _neighbour(database: Database, seen: Observation, sql: str, bound: int) -> Observation | None:
    names, purpose = _names(seen.series), seen.purpose.value
    found = _records(database, sql, "observation", *names, seen.started_at_ns, bound, purpose, purpose)
    return next(_observed(found), None)


def _nearest(database: Database, series: Series, at_ns: int, within_ns: int) -> Observation | None:
    names, purpose = _names(series), "routine"
    before = _records(
        database, _BEFORE, "observation", *names, at_ns + 1, at_ns - within_ns, purpose, purpose
    )
    after = _records(database, _AFTER, "observation", *names, at_ns, at_ns + within_ns, purpose, purpose)
    both = [*_observed(before), *_observed(after)]
    return min(both, key=lambda one: abs(one.started_at_ns - at_ns), default=None)


def _observation(database: Database, identity: Identity) -> Observation | None:
    return next(_observed(_records(database, _BY_IDENTITY, *_columns(identity))), None)


def _observed(records: Iterator[Record]) -> Iterator[Observation]:
    return (one for one in records if isinstance(one, Observation))


def _records(database: Database, sql: str, *values: Value) -> Iterator[Record]:
    for (body,) in ask(database, sql, *values):
        with suppress(ValueError):  # of a newer version
            yield from_text(str(body))


def _agents(database: Database) -> Iterator[str]:
    agent = ""
    for _ in range(_MOST_AGENTS):
        found = ask(database, _NEXT_AGENT, agent)
        if not found:
            return
        agent = str(found[0][0])
        yield agent


def _columns(identity: Identity) -> tuple[Value, ...]:
    return identity.agent, identity.epoch, identity.seq


def _names(series: Series) -> tuple[str, ...]:
    return series.vantage, series.route, series.hop, series.check
