"""The shipped chain as a plan, and observations of it, for the tests of the metrics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from probe.exporter.metrics import Metrics, StoreStats
from probe.model import (
    AddressFamily,
    Ailment,
    Certificate,
    Check,
    Evidence,
    Failure,
    Health,
    Hop,
    Http,
    Identity,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Phase,
    Ping,
    Purpose,
    Route,
    Series,
    Stamp,
    Taint,
    Tcp,
    TcpInfo,
    Timing,
    Tls,
    Trace,
    TraceHop,
    Vantage,
)
from probe.plan import Looking, Plan, Probe, Promise
from probe.prober import PROBERS
from probe.vantage.system import System

IDENTITY = Identity(agent="local", epoch="e", seq=1)
STARTED_AT_NS = 1_800_000_000_000_000_000
CHAT = Route(name="chat", hops=("hk-vps", "vercel", "direct"))
PAGE = Route(name="page", hops=("static",))
HOPS = {
    name: Hop(name=name, scheme="https", host=f"{name}.example.net", port=443)
    for name in (*CHAT.hops, *PAGE.hops)
}
# Check name, route, hop asked, hop that answers.
SHIPPED = (
    ("alive", CHAT, "hk-vps", "hk-vps"),
    ("chain", CHAT, "hk-vps", "direct"),
    ("edge", CHAT, "vercel", "vercel"),
    ("chain", CHAT, "vercel", "direct"),
    ("reach", CHAT, "direct", "direct"),
    ("page", PAGE, "static", "static"),
)


class StoppedClock:
    """A clock that stands at one moment."""

    def monotonic_ns(self) -> int:
        return 0

    def boot_ns(self) -> int:
        return 0

    def wall_ns(self) -> int:
        return STARTED_AT_NS

    async def sleep_until(self, boot_ns: int) -> None:
        return


def plan(
    vantages: Iterable[str] = ("home",),
    checks: Iterable[tuple[str, Route, str, str]] = SHIPPED,
    kind: str = "http",
) -> Plan:
    probes = tuple(_probe(vantage, check, kind) for vantage in vantages for check in checks)
    return Plan(
        vantages=tuple({probe.looking.vantage.name: probe.looking.vantage for probe in probes}.values()),
        hops=tuple(HOPS.values()),
        routes=(CHAT, PAGE),
        probes=probes,
    )


def _probe(vantage: str, shipped: tuple[str, Route, str, str], kind: str) -> Probe:
    name, route, hop, through = shipped
    looking = Looking(
        vantage=Vantage(name=vantage, kind="system"),
        way=System(),
        resolvers=(),
        concurrency=4,
    )
    check = Check(
        name=name,
        route=route.name,
        hop=hop,
        through=through,
        kind=kind,
        interval_seconds=30,
        timeout_seconds=10,
    )
    return Probe(
        series=Series(vantage=vantage, route=route.name, hop=hop, check=name),
        looking=looking,
        route=route,
        hop=HOPS[hop],
        check=check,
        prober=PROBERS[kind](),
        crossed=(),
    )


def with_twins(chain: Plan) -> Plan:
    """Add what is planned by itself to show IPv6 apart: one more check of each hop that is asked."""
    asked = {(probe.series.vantage, probe.route.name, probe.series.hop): probe for probe in chain.probes}
    return replace(chain, probes=(*chain.probes, *map(_twin, asked.values())))


def _twin(probe: Probe) -> Probe:
    check = replace(
        probe.check, name="ipv6", through=probe.hop.name, kind="tls", family=AddressFamily.IPV6, is_twin=True
    )
    return replace(probe, series=replace(probe.series, check="ipv6"), check=check, prober=PROBERS["tls"]())


def promising(chain: Plan) -> Plan:
    """Return the plan as it is when the route of the chat promises something."""
    return replace(chain, promises=(Promise(route="chat", availability_ratio=0.995),))


def by_proxy(chain: Plan) -> Plan:
    """Return the plan as it is when every vantage looks through a proxy."""

    def proxied(probe: Probe) -> Probe:
        vantage = replace(probe.looking.vantage, proxied=True)
        return replace(probe, looking=replace(probe.looking, vantage=vantage))

    return replace(chain, probes=tuple(map(proxied, chain.probes)))


REACH = Series(vantage="home", route="chat", hop="direct", check="reach")
REACH_LABELS = {"vantage": "home", "route": "chat", "hop": "direct", "check": "reach"}
DIRECT_LABELS = {"vantage": "home", "route": "chat", "hop": "direct"}
# What an http check comes to without a proxy.
PHASES = tuple(
    Timing(phase=phase, seconds=0.06, stamp=Stamp.KERNEL)
    for phase in Phase
    if phase not in (Phase.PROXY, Phase.ECHO)
)


def observe(
    series: Series = REACH,
    cause: str | None = None,
    *,
    outcome: Outcome | None = None,
    slot: int | None = 0,
    timings: Sequence[Timing] = PHASES,
    taints: tuple[Taint, ...] = (),
    purpose: Purpose = Purpose.ROUTINE,
    evidence: Evidence | None = None,
) -> Observation:
    failure = Failure(cause=cause, detail="") if cause is not None else None
    own = cause is not None and cause.startswith(("local.", "meta."))
    failed = Outcome.NOT_MEASURED if own else Outcome.FAILED
    return Observation(
        identity=IDENTITY,
        series=series,
        kind="http",
        through=series.hop,
        crossed=(),
        purpose=purpose,
        slot=slot,
        parent=None,
        intended_at_ns=STARTED_AT_NS,
        started_at_ns=STARTED_AT_NS,
        outcome=outcome or (failed if failure else Outcome.OK),
        timings=tuple(timings),
        failure=failure,
        taints=taints,
        lateness_seconds=0.003,
        evidence=evidence or Evidence(),
    )


def miss(
    series: Series = REACH, first_slot: int = 0, slots: int = 1, reason: MissReason = MissReason.LATE
) -> Miss:
    return Miss(
        identity=IDENTITY,
        series=series,
        first_slot=first_slot,
        slots=slots,
        reason=reason,
        intended_at_ns=STARTED_AT_NS,
        recorded_at_ns=STARTED_AT_NS,
    )


def evidence(
    *,
    rtt_seconds: float = 0.05,
    total_retransmits: int = 0,
    not_after: Sequence[int | None] = (),
    http: Http | None = None,
) -> Evidence:
    info = TcpInfo(
        state="ESTABLISHED",
        rtt_seconds=rtt_seconds,
        rtt_variance_seconds=0.01,
        retransmits=0,
        total_retransmits=total_retransmits,
        unacked_segments=0,
        mss_bytes=1400,
        path_mtu_bytes=1500,
    )
    chain = tuple(
        Certificate(sha256=str(at), subject="s", issuer="i", not_before=0, not_after=at) for at in not_after
    )
    return Evidence(
        tcp=Tcp(address="192.0.2.1", port=443, info=info), tls=Tls(server_name="x", chain=chain), http=http
    )


def path_evidence(kind: str) -> Evidence:
    """What a check of kind icmp or trace sees when all goes well."""
    if kind == "icmp":
        return Evidence(
            ping=Ping(address="192.0.2.1", socket="ping", size_bytes=56, sent=5, received=4, lost=1)
        )
    hops = tuple(TraceHop(ttl=ttl, sent=1, answered=1, addresses=(f"192.0.2.{ttl}",)) for ttl in (1, 2, 3))
    trace = Trace(
        protocol="tcp",
        address="192.0.2.3",
        port=443,
        flow="stable",
        ended="target",
        packets=3,
        target_ttl=3,
        answer="connected",
        hops=hops,
    )
    return replace(evidence(), tls=None, trace=trace)


def ailing(vantage: str, *causes: str) -> Health:
    """Make the record of a vantage that ails from these."""
    return Health(
        identity=IDENTITY,
        vantage=vantage,
        ailments=tuple(
            Ailment(cause=cause, element=f"access[{vantage}]", detail="made up", since_ns=1)
            for cause in causes
        ),
        recorded_at_ns=1,
    )


def metrics_of(
    chain: Plan | None = None,
    *,
    max_series: int = 5000,
    store: StoreStats | None = None,
    notifications: Mapping[tuple[str, str], int] | None = None,
) -> Metrics:
    return Metrics(
        chain or plan(),
        clock=StoppedClock(),
        version="0.1.0",
        max_series=max_series,
        store=(lambda: store) if store is not None else None,
        notifications=lambda: notifications or {},
    )


def value(metrics: Metrics, name: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"hopwatch_{name}", labels)


def total(metrics: Metrics, name: str) -> float:
    return sum(
        sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == f"hopwatch_{name}"
    )


def line_count(metrics: Metrics) -> int:
    body, _ = metrics.exposition(None)
    return sum(1 for line in body.decode().splitlines() if line and not line.startswith("#"))


def figures(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
    }
