"""A record as the store keeps it: columns to ask by, and the whole of it as text."""

from dataclasses import dataclass

from probe.codec import kind_of, to_text
from probe.model import (
    Change,
    Failure,
    Finding,
    Health,
    Identity,
    Incident,
    Miss,
    Observation,
    Record,
    Series,
)
from probe.model.element import access
from probe.store.database import Value

# A row in memory is its body and about this much around it.
_AROUND_BYTES = 1024
_INTEGERS = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Row:
    """One record, ready to be written: the columns after `position`, and the parents."""

    kind: str
    identity: Identity
    columns: tuple[Value, ...]
    parents: tuple[Identity, ...]
    body_bytes: int

    @property
    def bytes(self) -> int:
        """Roughly what the row takes in memory."""
        return self.body_bytes + _AROUND_BYTES


def encode(record: Record) -> Row:
    """Return the record's row, or raise ValueError when SQLite could not keep it."""
    body = to_text(record)
    asked = _columns(record)
    columns = (kind_of(record), *_identity(record.identity), *asked, body)
    return Row(
        kind=kind_of(record),
        identity=record.identity,
        columns=tuple(_storable(value) for value in columns),
        parents=_parents(record),
        body_bytes=len(body),
    )


def parent_columns(parent: Identity) -> tuple[Value, ...]:
    """Return a parent's columns."""
    return tuple(_storable(value) for value in _identity(parent))


def _columns(record: Record) -> tuple[Value, ...]:
    """List at_ns, vantage, route, hop, check, purpose, outcome, cause, element."""
    match record:
        case Observation():
            at, words = record.started_at_ns, (record.purpose, record.outcome, _cause(record.failure), None)
            return (at, *_series(record.series), *words)
        case Miss():
            return (record.recorded_at_ns, *_series(record.series), None, None, record.reason, None)
        case Finding():
            cause = record.causes[0] if record.causes else None
            return (record.recorded_at_ns, *_series(record.series), None, None, cause, record.element)
        case Incident():
            return (record.last_seen_at_ns, *[None] * 6, record.cause, record.element)
        case Change():
            place = (record.vantage, *[None] * 5)
            return (record.lost_at_ns, *place, record.what, access(record.vantage))
        case Health():
            first = next(((one.cause, one.element) for one in record.ailments), (None, None))
            return (record.recorded_at_ns, record.vantage, *[None] * 5, *first)


def _parents(record: Record) -> tuple[Identity, ...]:
    match record:
        case Observation():
            return (record.parent,) if record.parent else ()
        case Miss() | Change():
            return ()
        case Finding() | Incident():
            return tuple(dict.fromkeys(record.parents))
        case Health():
            return tuple(dict.fromkeys(parent for one in record.ailments for parent in one.parents))


def _cause(failure: Failure | None) -> str | None:
    return failure.cause if failure else None


def _series(series: Series) -> tuple[str, str, str, str]:
    return series.vantage, series.route, series.hop, series.check


def _identity(identity: Identity) -> tuple[str, str, int]:
    return identity.agent, identity.epoch, identity.seq


def _storable(value: Value) -> Value:
    if isinstance(value, int) and value not in _INTEGERS:
        raise ValueError(f"{value} does not fit SQLite's 64 bits")
    # A lone surrogate has no UTF-8; the body keeps it as an escape.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
