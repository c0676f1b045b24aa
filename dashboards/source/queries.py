"""PromQL in named pieces, over the metrics of the registry and within what the dashboard's variables choose."""

from dataclasses import dataclass

from dashboards.source.words import STALE_SECONDS
from probe.exporter.metrics.table import FAMILIES

_LABELS = {family.name: family.labels for family in FAMILIES}
_SUFFIXES = ("_bucket", "_sum", "_count")
CHECK = "vantage, route, hop, check"
RATE = "$__rate_interval"
RANGE = "$__range"
# The time of one bar of a panel that draws bars: each event is in one of them.
BAR = "$__interval"
# What counts as now, as the reader chooses it.
NOW = "$window"


def labels_of(name: str) -> tuple[str, ...]:
    """Return the labels of a metric, by the name of the family or of one of a histogram's parts."""
    base = next((name.removesuffix(one) for one in _SUFFIXES if name.removesuffix(one) in _LABELS), name)
    return _LABELS[base]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the variables of one dashboard choose; a metric is narrowed by those that it has as labels."""

    variables: tuple[str, ...]

    def of(self, name: str, *matchers: str) -> str:
        """Return the selector of a metric."""
        by_variable = [f'{one}=~"${one}"' for one in self.variables if one in labels_of(name)]
        narrowed = ", ".join(('job=~"$job"', 'instance=~"$instance"', *by_variable, *matchers))
        return f"{name}{{{narrowed}}}"

    def state(self) -> str:
        """1 for each check that answers, 0 for one that fails; absent as long as nobody knows.

        Nobody does once a check has measured nothing for long, or while its vantage's own network is at fault.
        """
        fresh = f"time() - {self.of('hopwatch_last_probe_timestamp_seconds')} < {STALE_SECONDS}"
        ill = f"on (job, instance, vantage) {self.of('hopwatch_vantage_healthy')} == 0"
        return f"({self.of('hopwatch_probe_success')} and {fresh} unless {ill})"

    def whole(self, per_check: str) -> str:
        """Keep what goes a route's whole way, from its first hop through to its last: what its users get."""
        way = self.of("hopwatch_route_check_info")
        return f"({per_check} * on (job, instance, route, check) group_left () {way})"

    def parts(self, per_check: str) -> str:
        """Keep what goes a part of the way only."""
        return f"({per_check} unless on (job, instance, route, check) {self.of('hopwatch_route_check_info')})"

    def failing_share(self, by: str) -> str:
        """How many of the checks fail, from 0 to 1; -1 where all that is known is that they exist."""
        known = f"1 - avg by ({by}) ({self.state()})"
        return f"{known} or 0 * max by ({by}) ({self.of('hopwatch_probe_success')}) - 1"

    def users_failing_share(self, by: str) -> str:
        """From how many vantages the whole way fails, from 0 to 1; -1 where nobody knows."""
        per_vantage = f"min by (route, vantage) ({self.whole(self.state())})"
        known = f"1 - avg by ({by}) ({per_vantage})"
        return f"{known} or 0 * max by ({by}) ({self.whole(self.of('hopwatch_probe_success'))}) - 1"

    def failing(self) -> str:
        """The checks that fail now."""
        return f"({self.state()} == 0)"

    def failing_for(self) -> str:
        """For how long each failing check has not answered, within the time that is shown."""
        answered = f"timestamp({self.of('hopwatch_probe_success')} == 1)"
        lasted = f"time() - max_over_time({answered}[{RANGE}:1m])"
        return f"({lasted} and {self.failing()} or {self.failing()} + ${{__range_s}})"

    def causes(self, window: str, by: str) -> str:
        """How many probes failed in the window, by cause."""
        return f"sum by ({by}) ({_counted(self.of('hopwatch_probe_failure_causes_total'), window)})"

    def main_cause(self, window: str) -> str:
        """The cause that most failures of each failing check had in the window."""
        most = f"topk by ({CHECK}) (1, {self.causes(window, CHECK + ', cause')} > 0)"
        return f"{most} and on ({CHECK}) {self.failing()}"

    def answered_share(self, window: str, by: str) -> str:
        """Which share of the probes that measured something went well."""
        failed = f"sum by ({by}) (increase({self.of('hopwatch_probe_failures_total')}[{window}]))"
        asked = f"sum by ({by}) (increase({self.of('hopwatch_probes_total')}[{window}]))"
        return f"clamp_min(1 - {failed} / ({asked} > 0), 0)"

    def users_answered_share(self, window: str, by: str) -> str:
        """Which share of the probes that went a route's whole way went well."""
        check = "job, instance, vantage, route, check"
        failures = f"sum by ({check}) (increase({self.of('hopwatch_probe_failures_total')}[{window}]))"
        probes = f"sum by ({check}) (increase({self.of('hopwatch_probes_total')}[{window}]))"
        failed = f"sum by ({by}) ({self.whole(failures)})"
        asked = f"sum by ({by}) ({self.whole(probes)})"
        return f"clamp_min(1 - {failed} / ({asked} > 0), 0)"

    def mean(self, histogram: str, window: str, by: str, *matchers: str, users: bool = False) -> str:
        """The exact mean of a histogram; absent where nothing was observed."""
        total, count = (
            self._speed(f"{histogram}_{part}", window, by, *matchers, users=users)
            for part in ("sum", "count")
        )
        return f"{total} / ({count} > 0)"

    def quantile(
        self, share: float, histogram: str, window: str, by: str, *matchers: str, users: bool = False
    ) -> str:
        """A quantile of a histogram, as exact as its edges; absent where nothing was observed."""
        within = f"le, {by}" if by else "le"
        buckets = self._speed(f"{histogram}_bucket", window, within, *matchers, users=users)
        return f"histogram_quantile({share}, {buckets}) >= 0"

    def buckets(self, histogram: str, *matchers: str, users: bool = False) -> str:
        """How many observations fell between the edges of a histogram, for a heatmap."""
        each = f"increase({self.of(f'{histogram}_bucket', *matchers)}[{RATE}])"
        return f"sum by (le) ({self.whole(each) if users else each})"

    def _speed(self, name: str, window: str, by: str, *matchers: str, users: bool) -> str:
        # Over a window of one's own, increase(): what both sides of a quotient have in common goes away.
        speed = "rate" if window == RATE else "increase"
        each = f"{speed}({self.of(name, *matchers)}[{window}])"
        return f"sum by ({by}) ({self.whole(each) if users else each})"


def _counted(counter: str, window: str) -> str:
    """The growth of counters that come into being by their first event, which increase() does not see."""
    none = f"0 * last_over_time({counter}[{window}])"
    first = f"min_over_time({counter}[{window}]) unless {counter} offset {window}"
    return f"(increase({counter}[{window}]) or {none}) + ({first} or {none})"
