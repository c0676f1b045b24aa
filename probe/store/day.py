"""Read from a store what happened in a span, summed up: never a walk through the whole file, and in short pages."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from probe.model import Identity, Outcome, Series
from probe.store.database import ask
from probe.store.reading import reader

# A store of a bad day: what came before these is not told, rather than the disk read for minutes.
MOST_ROWS = 40_000
_PAGE_ROWS = 500

# Answered by the index alone.
_COUNTS = """
SELECT at_ns / ?, count(*) FROM record INDEXED BY record_series
WHERE kind = 'observation' AND vantage = ? AND route = ? AND hop = ? AND "check" = ? AND at_ns >= ? AND at_ns < ?
GROUP BY 1
"""
_NOT_OK = """
SELECT at_ns, position, kind, vantage, route, hop, "check", purpose, cause, agent, epoch, seq
FROM record INDEXED BY record_outcome
WHERE outcome <> 'ok' AND outcome = ? AND (at_ns, position) < (?, ?) AND at_ns >= ? ORDER BY at_ns DESC, position DESC LIMIT ?
"""

Row = tuple[Series, int, Outcome, str, Identity]


def counted(
    path: Path, series: Sequence[Series], since_ns: int, until_ns: int, slot_ns: int
) -> Iterator[tuple[Series, int, int]]:
    """Yield how many observations of each series began in each slot of the span. Raises StoreError."""
    with reader(path) as database:
        for one in series:
            place = (one.vantage, one.route, one.hop, one.check)
            for slot, count in ask(database, _COUNTS, slot_ns, *place, since_ns, until_ns):
                yield one, int(str(slot)), int(str(count))


def not_ok(
    path: Path, outcome: Outcome, since_ns: int, until_ns: int, most: int = MOST_ROWS
) -> Iterator[Row]:
    """Yield the observations of the schedule that came to this outcome, newest first. Raises StoreError."""
    at, position, left = until_ns, -(2**63), most
    with reader(path) as database:
        while left > 0 and (
            page := ask(database, _NOT_OK, outcome.value, at, position, since_ns, min(left, _PAGE_ROWS))
        ):
            left -= len(page)
            at, position = int(str(page[-1][0])), int(str(page[-1][1]))
            yield from (_row(one, outcome) for one in page if (one[2], one[7]) == ("observation", "routine"))


def _row(one: Sequence[object], outcome: Outcome) -> Row:
    at, _, _, vantage, route, hop, check, _, cause, agent, epoch, seq = one
    return (
        Series(vantage=str(vantage), route=str(route), hop=str(hop), check=str(check)),
        int(str(at)),
        outcome,
        str(cause or ""),
        Identity(agent=str(agent), epoch=str(epoch), seq=int(str(seq))),
    )
