"""Draw what a configuration will use: per vantage and hop, of each limit, and of this machine's own room."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.console import Console
from rich.table import Table

from probe.budget import DAYS_PER_MONTH, Budget, Standing, Use, budget, size
from probe.config import Config
from probe.config.thresholds import hop_standings, vantage_standings
from probe.consent import PROVOKING
from probe.exporter.metrics.estimate import lines_of_daemon, lines_per_vantage, series_estimate
from probe.exporter.metrics.routes import lines_of_routes
from probe.plan import Plan, Probe

JSON_VERSION = 1
# A row of the store: an observation's text with its columns and indexes, measured over the lab's checks.
_ROW_BYTES = 3_000
_DAY_SECONDS = 86_400
# Nobody wraps a pipe.
_PIPED = 200
_ROOMY = 100
_NUMBERS: Mapping[str, Callable[["Row"], str]] = {
    "probes/day": lambda row: f"{row.use.probes:,.0f}",
    "wire/day": lambda row: size(row.use.traffic),
    "wire/month": lambda row: size(row.use.traffic * DAYS_PER_MONTH),
    "functions/day": lambda row: f"{row.use.invocations:,.0f}",
    "functions/month": lambda row: f"{row.use.invocations * DAYS_PER_MONTH:,.0f}",
    "series": lambda row: f"{row.series:,}",
    "store/day": lambda row: size(row.store),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one vantage uses, for one hop that it asks or for all of them."""

    vantage: str
    hop: str | None
    use: Use
    series: int

    @property
    def store(self) -> float:
        """Bytes of the store a day."""
        return self.use.probes * _ROW_BYTES


def rows(plan: Plan, used: Budget) -> Iterator[Row]:
    """Yield each vantage's rows: one per hop, and the sum when there are several."""
    for vantage, total in used.vantages.items():
        probes = [one for one in plan.probes if one.series.vantage == vantage]
        for (name, hop), use in used.asked.items():
            if name == vantage:
                own = _series(plan, [one for one in probes if one.series.hop == hop]) - lines_per_vantage()
                yield Row(vantage=vantage, hop=hop, use=use, series=own)
        yield Row(vantage=vantage, hop=None, use=total, series=_series(plan, probes))


def _series(plan: Plan, probes: Sequence[Probe]) -> int:
    """Count the series that these probes make; what is told of a route or of the daemon is no vantage's."""
    part = replace(plan, probes=tuple(probes))
    return series_estimate(part) - lines_of_routes(part) - lines_of_daemon()


def draw_budget(config: Config) -> None:
    """Print the table and the sentences after it."""
    plan = config.plan()
    used = budget(plan)
    console = _console()
    console.print(_table(tuple(rows(plan, used)), None if not sys.stdout.isatty() else console.width))
    for line in (*_limits(config, used), *_twins(plan), _store(config, used), *_allowed(config)):
        console.print(line)


def _console() -> Console:
    terminal = sys.stdout.isatty()
    return Console(
        file=sys.stdout, highlight=False, soft_wrap=not terminal, width=None if terminal else _PIPED
    )


def _table(shown: Sequence[Row], width: int | None) -> Table:
    """Return the table for a terminal of so many columns, or for a pipe."""
    is_terminal = width is not None
    left_out = {"functions/day"} if width is not None and width < _ROOMY else set()
    numbers = {name: one for name, one in _NUMBERS.items() if name not in left_out}
    table = Table(box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("vantage", "asked hop"):
        table.add_column(name, no_wrap=not is_terminal, overflow="fold")
    for name in numbers:
        # A narrow terminal has room for the figures, and not for their names side by side.
        shown_name = name.replace("/", "\n/") if is_terminal else name
        table.add_column(shown_name, no_wrap=True, justify="right")
    for row in shown:
        table.add_row(row.vantage, row.hop or "all", *(number(row) for number in numbers.values()))
    return table


def _limits(config: Config, used: Budget) -> Iterator[str]:
    yield from (f"{name}: {one}" for name, one in _standings(config, used))


def _standings(config: Config, used: Budget) -> Iterator[tuple[str, Standing]]:
    for name, hop in config.hops.items():
        yield from ((name, one) for one in hop_standings(used, name, hop))
    for name, vantage in config.vantages.items():
        yield from ((name, one) for one in vantage_standings(used, name, vantage))


def _twins(plan: Plan) -> Iterator[str]:
    """Say how much of it is for IPv6, which costs next to nothing where a hop has none."""
    twins = replace(plan, probes=tuple(one for one in plan.probes if one.check.is_twin))
    traffic = sum(use.traffic for use in budget(twins).vantages.values())
    if traffic:
        yield f"of that for the checks `ipv6`: {size(traffic)} a day; a hop without IPv6 takes next to nothing of it"


def _kept(config: Config, used: Budget) -> tuple[float, float]:
    """Return the bytes of the store a day, and for how many seconds they are kept."""
    a_day = sum(use.probes for use in used.vantages.values()) * _ROW_BYTES
    days = config.storage.max_size / a_day if a_day else float("inf")
    return a_day, min(days * _DAY_SECONDS, config.storage.max_age)


def _store(config: Config, used: Budget) -> str:
    a_day, kept = _kept(config, used)
    held = size(a_day * kept / _DAY_SECONDS)
    return f"store: about {size(a_day)} a day, so about {held} are kept, {spell_age(kept)} back"


def _allowed(config: Config) -> Iterator[str]:
    for name, vantage in config.vantages.items():
        yield from (f"{name} allows {word}: {PROVOKING[word]}" for word in dict.fromkeys(vantage.allow))


def spell_age(seconds: float) -> str:
    """Return an age in the largest unit of which it has two."""
    for unit, length in (("days", _DAY_SECONDS), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def budget_json(config: Config) -> Mapping[str, object]:
    """Return the same for programs: figures per day, and each limit per its own window."""
    plan = config.plan()
    used = budget(plan)
    a_day, kept = _kept(config, used)
    return {
        "version": JSON_VERSION,
        "uses": [_row_json(one) for one in rows(plan, used)],
        "limits": [
            {
                "of": name,
                "limit": one.limit,
                "used": round(one.used, 3),
                "allowed": one.allowed,
                "percent": round(one.percent, 3),
            }
            for name, one in _standings(config, used)
        ],
        "series": series_estimate(plan),
        "store": {"bytes_per_day": round(a_day), "kept_seconds": round(kept)},
        "allowed": {name: list(one.allow) for name, one in config.vantages.items() if one.allow},
    }


def _row_json(row: Row) -> Mapping[str, object]:
    return {
        "vantage": row.vantage,
        "hop": row.hop,
        "probes_per_day": round(row.use.probes, 3),
        "wire_bytes_per_day": round(row.use.traffic),
        "requests_per_day": round(row.use.requests, 3),
        "invocations_per_day": round(row.use.invocations, 3),
        "series": row.series,
        "store_bytes_per_day": round(row.store),
    }
