"""Sum up a configuration in one line."""

from collections import defaultdict
from collections.abc import Callable

from probe.config.config import Config
from probe.plan import Plan

SeriesCount = Callable[[Plan], int]


def summarise(config: Config, count_series: SeriesCount | None = None) -> str:
    """Return the counts of what there is, and how often each vantage asks; of metric series where they can be counted."""
    plan = config.plan()
    checks = {(one.series.route, one.series.hop, one.check.name, one.check.is_twin) for one in plan.probes}
    twins = sum(is_twin for *_, is_twin in checks)
    parts = [
        _counted(len(plan.routes), "route"),
        _counted(len(plan.hops), "hop"),
        _counted(len(plan.vantages), "vantage"),
        f"{_counted(len(checks) - twins, 'check')} switched on"
        + (f" and {twins} more for IPv6" if twins else ""),
        f"probes per minute: {_rates(plan)}",
    ]
    if count_series is not None:
        parts.append(f"up to {_counted(count_series(plan), 'metric series', plural='metric series')}")
    return ", ".join(parts)


def _rates(plan: Plan) -> str:
    per_minute: defaultdict[str, float] = defaultdict(float)
    for one in plan.probes:
        per_minute[one.series.vantage] += 60 / one.check.interval_seconds
    return ", ".join(f"{vantage} {rate:.4g}" for vantage, rate in per_minute.items())


def _counted(count: int, what: str, plural: str = "") -> str:
    return f"{count} {what if count == 1 else plural or what + 's'}"
