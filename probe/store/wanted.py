"""What is looked for in a store, and the index by which the rows that fit are reached soonest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from probe.model import Layer, Outcome
from probe.store.database import Database, Value, ask

HOUR_NS: Final = 3600 * 10**9
# The index knows a record's cause and hour; for hop and vantage the record itself has to be fetched.
NAMES: Final = ("cause", f"at_ns / {HOUR_NS}")
WHERE: Final = ("hop", "vantage")
_LAYERS: Final = frozenset(map(str, Layer))
_MOST_CAUSES: Final = 500

_NEXT_CAUSE = """
SELECT cause FROM record INDEXED BY record_cause WHERE cause > ? AND cause < ? ORDER BY cause LIMIT 1
"""
_NEXT_SERIES = """
SELECT vantage, route, hop, "check" FROM record INDEXED BY record_series
WHERE kind = 'finding' AND (vantage, route, hop, "check") > (?, ?, ?, ?)
ORDER BY vantage, route, hop, "check" LIMIT 1
"""
_FINDINGS_OF_SERIES = "kind = 'finding' AND vantage = ? AND route = ? AND hop = ? AND \"check\" = ?"
# Beyond every text that begins so: the character after the dot.
_AFTER_DOT = "/"
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for; None is anything.

    `cause` is an id or the beginning of one, in whole words. Without a cause it is every record that names one, and with the
    outcome `ok` every success. A rule is said by findings alone, an element by whatever blames somebody.
    """

    cause: str | None = None
    vantage: str | None = None
    route: str | None = None
    hop: str | None = None
    check: str | None = None
    outcome: Outcome | None = None
    rule: str | None = None
    element: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page of records ended: the next one begins with what is older."""

    at_ns: int
    position: int


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that fit, reached by one index."""

    index: str
    condition: str
    values: tuple[Value, ...]

    def newest(
        self, database: Database, span: tuple[int, int], before: Place | None, limit: int
    ) -> Sequence[Sequence[Value]]:
        """Return at_ns and position of the newest rows of a span of time."""
        earlier = "" if before is None else " AND (+at_ns, +position) < (?, ?)"
        place = () if before is None else (before.at_ns, before.position)
        sql = f"SELECT at_ns, position {self._rows}{earlier} ORDER BY at_ns DESC, position DESC LIMIT ?"
        return ask(database, sql, *self.values, *span, *place, limit)

    def tally(
        self, database: Database, columns: tuple[str, str], span: tuple[int, int]
    ) -> Sequence[Sequence[Value]]:
        """Return the rows of a span counted by two columns."""
        sql = f"SELECT {', '.join(columns)}, count(*) {self._rows} GROUP BY 1, 2"
        return ask(database, sql, *self.values, *span)

    @property
    def _rows(self) -> str:
        # Names and conditions are this module's own; whatever was asked for is a value.
        return f"FROM record INDEXED BY {self.index} WHERE {self.condition} AND at_ns >= ? AND at_ns < ?"


def sources(database: Database, wanted: Wanted) -> Sequence[Source]:
    """Choose the index that narrows the search most; no sources when nothing can fit."""
    wanted = _spelled(wanted)
    further, values = _further(wanted)
    if wanted.element is not None:
        return [Source("record_element", f"element = ?{further}", (wanted.element, *values))]
    if wanted.rule is not None:
        condition = f"{_FINDINGS_OF_SERIES}{further}"
        return [Source("record_series", condition, (*one, *values)) for one in _series(database)]
    if wanted.outcome is Outcome.OK:
        return [Source("record_at", f"kind = 'observation'{further}", values)]
    causes = [one for one in _causes(database, wanted.cause) if wanted.cause or _layer(one) in _LAYERS]
    if not causes:
        return []
    condition = f"cause IN ({', '.join('?' * len(causes))}){further}"
    return [Source("record_cause", condition, (*causes, *values))]


def _spelled(wanted: Wanted) -> Wanted:
    """Return the same with every text as columns have it."""
    return replace(
        wanted,
        cause=_storable(wanted.cause),
        vantage=_storable(wanted.vantage),
        route=_storable(wanted.route),
        hop=_storable(wanted.hop),
        check=_storable(wanted.check),
        rule=_storable(wanted.rule),
        element=_storable(wanted.element),
    )


def _storable(text: str | None) -> str | None:
    # A lone surrogate has no UTF-8.
    return None if text is None else text.encode("utf-8", "replace").decode()


def _further(wanted: Wanted) -> tuple[str, tuple[Value, ...]]:
    """Return the conditions that no index answers; the plus keeps SQLite from choosing another one."""
    columns = {
        "vantage": wanted.vantage,
        "route": wanted.route,
        "hop": wanted.hop,
        '"check"': wanted.check,
        "outcome": wanted.outcome,
    }
    asked = [(f"+{column} = ?", str(value)) for column, value in columns.items() if value is not None]
    if wanted.rule is not None:
        # Only findings are looked at: what another kind calls a rule is none of these.
        asked += [("kind = 'finding' AND json_extract(body, '$.rule') = ?", wanted.rule)]
    conditions = "".join(f" AND {condition}" for condition, _ in asked)
    values = tuple(value for _, value in asked)
    if wanted.cause is None or (wanted.element is None and wanted.rule is None and wanted.outcome != "ok"):
        return conditions, values
    within = " AND (+cause = ? OR (+cause > ? AND +cause < ?))"
    return conditions + within, (*values, wanted.cause, *_below(wanted.cause))


def _causes(database: Database, prefix: str | None) -> Iterator[str]:
    """Yield the causes that are there, of those that begin with the words of `prefix`."""
    if prefix:
        yield prefix
    last, end = _below(prefix) if prefix else ("", _AFTER_ALL)
    for _ in range(_MOST_CAUSES):
        found = ask(database, _NEXT_CAUSE, last, end)
        if not found:
            return
        last = str(found[0][0])
        yield last


def _below(cause: str) -> tuple[str, str]:
    return f"{cause}.", f"{cause}{_AFTER_DOT}"


def _series(database: Database) -> Iterator[tuple[Value, ...]]:
    series: tuple[Value, ...] = ("", "", "", "")
    while found := ask(database, _NEXT_SERIES, *series):
        series = tuple(found[0])
        yield series


def _layer(cause: str) -> str:
    return cause.partition(".")[0]
