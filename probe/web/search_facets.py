"""Turn the counts of a search into links that narrow it: by cause, hop, vantage, and hour or day; pure."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from probe.store.searching import Counts
from probe.store.wanted import HOUR_NS
from probe.text import clean
from probe.web.search_form import Asked

_MOST: Final = 12
_MOST_TIMES: Final = 14
_HOURS: Final = 48
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One value that was found: how often, how that compares, and the query that narrows the search to it."""

    text: str
    count: int
    # In percent of the most frequent one.
    share: float
    query: str
    at_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """All that a search can be narrowed by, and how many more values there are of each."""

    causes: tuple[Facet, ...]
    hops: tuple[Facet, ...]
    vantages: tuple[Facet, ...]
    times: tuple[Facet, ...]
    by_day: bool
    more: Mapping[str, int]


def facets(asked: Asked, counts: Counts) -> Facets:
    """Return the facets of a search, the most frequent first, times the newest first."""
    by_day = len(counts.by_hour) > 1 and max(counts.by_hour) - min(counts.by_hour) >= _HOURS
    times: Counter[int] = Counter()
    for hour, count in counts.by_hour.items():
        times[hour // 24 if by_day else hour] += count
    unit_ns = 24 * HOUR_NS if by_day else HOUR_NS
    newest = sorted(times, reverse=True)[:_MOST_TIMES]
    most = max(times.values(), default=1)
    shown = tuple(
        Facet(
            text="",
            count=times[time],
            share=_share(times[time], most),
            query=asked.day(time) if by_day else asked.hour(time),
            at_ns=time * unit_ns,
        )
        for time in newest
    )
    tallies = {"cause": counts.by_cause, "hop": counts.by_hop, "vantage": counts.by_vantage}
    return Facets(
        causes=_named(_with_all_below(counts.by_cause), lambda name: asked.link(cause=name)),
        hops=_named(counts.by_hop, lambda name: asked.link(hop=name)),
        vantages=_named(counts.by_vantage, lambda name: asked.link(vantage=name)),
        times=shown,
        by_day=by_day,
        more={name: max(0, len(tally) - _MOST) for name, tally in tallies.items()}
        | {"time": len(times) - len(newest)},
    )


def _with_all_below(by_cause: Mapping[str, int]) -> Mapping[str, int]:
    """Count to each cause what is below it, too, as a search for it does."""
    return {
        cause: sum(count for other, count in by_cause.items() if f"{other}.".startswith(f"{cause}."))
        for cause in by_cause
    }


def _named(tally: Mapping[str, int], query: Callable[[str], str]) -> tuple[Facet, ...]:
    ranked = sorted(tally.items(), key=lambda one: (-one[1], one[0]))[:_MOST]
    most = ranked[0][1] if ranked else 1
    return tuple(
        Facet(text=clean(name, _LONGEST), count=count, share=_share(count, most), query=query(name))
        for name, count in ranked
    )


def _share(count: int, most: int) -> float:
    return round(max(1.0, 100 * count / most), 1)
