"""What a plan of probes will use, per vantage and hop, and which limits that would exceed; pure.

Only the schedule's own probes are counted, as if all went well; what is asked on demand or after a failure comes on top
and has bounds of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from probe.courtesy import asks_host
from probe.model.cost import QUESTION, TRANSPORT, Cost
from probe.model.element import between
from probe.plan import Plan, Probe

DAYS_PER_MONTH = 30
_DAY_SECONDS = 86_400.0
_PER_DAY: Mapping[str, float] = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "month": DAYS_PER_MONTH}

# Each limit is `<what>_per_<window>`, as the configuration spells it. The figures are the providers' published ones of
# 2026: Vercel's Hobby plan; Cloudflare's Workers and Pages Functions; GitHub Pages' soft limit; Cerebras as its own
# headers told, which change often: `limits` in the configuration goes before the table.
PLANS: Mapping[str, Mapping[str, int]] = {
    "vercel-hobby": {
        "requests_per_month": 1_000_000,
        "invocations_per_month": 1_000_000,
        "traffic_per_month": 100 * 10**9,
    },
    "cloudflare-free": {"invocations_per_day": 100_000},
    "github-pages": {"traffic_per_month": 100 * 10**9},
    "cerebras-free": {
        "keyed_requests_per_minute": 5,
        "keyed_requests_per_hour": 150,
        "keyed_requests_per_day": 2_400,
    },
}
_A: Mapping[str, str] = {"minute": "a minute", "hour": "an hour", "day": "a day", "month": "a month"}
WORDS: Mapping[str, str] = {
    "requests": "requests",
    "keyed_requests": "requests with a key",
    "invocations": "function invocations",
    "traffic": "of traffic",
}


@dataclass(slots=True)
class Use:
    """What is used per day: probes, bytes on the wire, and what a hop's provider counts.

    A vantage's bytes are those of both directions, as networks bill them; a hop's are those that leave it, as hosts do.
    """

    probes: float = 0.0
    traffic: float = 0.0
    requests: float = 0.0
    keyed_requests: float = 0.0
    invocations: float = 0.0

    def add_from_vantage(self, probe: Probe, *, passes_on: bool) -> None:
        """Add one probe's share as the vantage sees it; `passes_on` when a deeper hop than the asked one answers."""
        cost = probe.prober.cost(probe.hop)
        transport = cost.questions * _transport(probe.looking.resolvers)
        self._add(probe, cost, cost.bytes + transport, is_asked=True, passes_on=passes_on)

    def add_at_hop(self, probe: Probe, *, is_asked: bool, passes_on: bool) -> None:
        """Add one probe's share as a hop sees it that is asked, or that the request reaches through others."""
        cost = probe.prober.cost(probe.hop)
        leaving = cost.received_bytes - cost.questions * QUESTION.received_bytes if asks_host(probe) else 0
        self._add(
            probe,
            cost,
            leaving + (cost.sent_bytes if passes_on else 0),
            is_asked=is_asked,
            passes_on=passes_on,
        )

    def _add(self, probe: Probe, cost: Cost, traffic: float, *, is_asked: bool, passes_on: bool) -> None:
        a_day = _DAY_SECONDS / probe.check.interval_seconds
        requests = cost.requests * a_day
        self.probes += a_day if is_asked else 0.0
        self.traffic += traffic * a_day
        self.requests += requests
        # What comes through a relay carries the relay's key.
        self.keyed_requests += requests if not is_asked else cost.keyed_requests * a_day
        self.invocations += requests if passes_on else cost.invocations * a_day


def _transport(resolvers: Sequence[str]) -> int:
    """Return the bytes that a question costs beside itself, as the first resolver is spoken to."""
    scheme = resolvers[0].partition("://")[0] if resolvers else "udp"
    return TRANSPORT.get(scheme, Cost()).bytes  # a word stands for resolvers of the network, by UDP


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit and what would be used of it, both per the limit's own window."""

    limit: str
    used: float
    allowed: float

    @property
    def percent(self) -> float:
        """How much of the limit would be used."""
        return 100 * self.used / self.allowed

    def __str__(self) -> str:
        """Say it in words: `43,200 of 1,000,000 function invocations a month (4.3 %)`."""
        what, _, window = self.limit.rpartition("_per_")
        show = size if what == "traffic" else "{:,.0f}".format
        return (
            f"{show(self.used)} of {show(self.allowed)} {WORDS[what]} {_A[window]} ({_percent(self.percent)})"
        )


def size(amount: float) -> str:
    """Write a number of bytes with a unit, as `16.3 MB`."""
    for unit in ("B", "kB", "MB"):
        if amount < 999.5:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{_three(amount)} GB"


def _percent(value: float) -> str:
    return f"{_three(value)} %"


def _three(value: float) -> str:
    """Write a number with three digits, or all before its point, and never as a power of ten."""
    return (
        f"{value:,.0f}"
        if value >= 999.5 or value == 0
        else (f"{value:.3g}" if value >= 0.001 else "under 0.001")
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """Everything that a plan of probes uses."""

    asked: Mapping[tuple[str, str], Use] = field(default_factory=dict)
    reached: Mapping[str, Use] = field(default_factory=dict)
    vantages: Mapping[str, Use] = field(default_factory=dict)


def budget(plan: Plan) -> Budget:
    """Add up the use per vantage and asked hop, per hop that requests reach, and per vantage."""
    asked: dict[tuple[str, str], Use] = {}
    reached: dict[str, Use] = {}
    vantages: dict[str, Use] = {}
    for probe in plan.probes:
        hops = between(probe.route, probe.check)
        here = (probe.series.vantage, probe.series.hop)
        passes_on = len(hops) > 1
        asked.setdefault(here, Use()).add_from_vantage(probe, passes_on=passes_on)
        vantages.setdefault(here[0], Use()).add_from_vantage(probe, passes_on=passes_on)
        for hop in hops:
            is_last = hop == hops[-1]
            reached.setdefault(hop, Use()).add_at_hop(probe, is_asked=hop == hops[0], passes_on=not is_last)
    return Budget(asked=asked, reached=reached, vantages=vantages)


def standings(use: Use, limits: Mapping[str, int]) -> Iterator[Standing]:
    """Yield how each limit stands."""
    for limit, allowed in limits.items():
        what, _, window = limit.rpartition("_per_")
        yield Standing(limit, getattr(use, what) * _PER_DAY[window], allowed)
