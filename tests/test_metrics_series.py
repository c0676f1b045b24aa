"""How many series there are, and what bounds them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.exporter.metrics import Metrics, series_estimate
from probe.model import (
    MissReason,
    Phase,
    Stamp,
    Taint,
    Timing,
    Uplink,
    UplinkState,
)
from probe.plan import Plan
from probe.store import Drop, Operation, Stats, Trouble
from tests.metrics_plan import (
    DIRECT_LABELS,
    REACH_LABELS,
    ailing,
    by_proxy,
    evidence,
    line_count,
    metrics_of,
    miss,
    observe,
    path_evidence,
    plan,
    total,
    value,
    with_twins,
)

TWIN_LABELS = {"vantage": "home", "route": "chat", "hop": "direct", "check": "ipv6"}
THREE = ("home", "mobile", "office")
CAUSES = ("tcp.refused", "http.status", "relay.upstream.read_timeout")
EVERY_PHASE = [
    Timing(phase=phase, seconds=0.06, stamp=Stamp.USER)
    for phase in Phase
    if phase not in (Phase.ECHO, Phase.PROXY)
]
BY_PROXY = [Timing(phase=Phase.PROXY, seconds=0.06, stamp=Stamp.USER), *EVERY_PHASE]
FULL_STORE = Stats(
    epoch="e",
    rows=dict.fromkeys(("observation", "miss", "finding", "incident", "change", "health"), 1),
    bytes=1,
    oldest_at_ns=1,
    committed_seq=1,
    commits=1,
    commit_seconds=0.1,
    dropped=dict.fromkeys(Drop, 1),
    errors={(operation, Trouble.FULL): 1 for operation in Operation},
    damaged=1,
    is_stuck=False,
    max_bytes=1,
)


def network(vantage: str) -> UplinkState:
    return UplinkState(vantage=vantage, is_up=True, since_ns=1, uplink=Uplink())


def at_work(chain: Plan, *, max_series: int = 5000, timings: list[Timing] = EVERY_PHASE) -> Metrics:
    """Metrics after everything has happened that the estimate reckons with."""
    metrics = metrics_of(chain, max_series=max_series, store=FULL_STORE)
    seen = evidence(not_after=[2_000_000_000])
    for probe in chain.probes:
        causes = ("dns.timeout", "tcp.refused", "tls.reset") if probe.check.is_twin else CAUSES
        for cause in (None, *causes, "meta.late", "local.no_route"):
            metrics.write(observe(probe.series, cause, timings=timings, evidence=seen))
        metrics.write(observe(probe.series, taints=tuple(Taint)))
        for reason in MissReason:
            metrics.write(miss(probe.series, reason=reason))
        metrics.ipv6_is_broken(probe.series.vantage, True)
        metrics.write(network(probe.series.vantage))
        metrics.write(ailing(probe.series.vantage, "local.captive_portal"))
    metrics.observe_loop_lag(0.01)
    return metrics


def test_shipped_chain_from_three_vantages_stays_under_1500_series_with_ipv6_shown_apart():
    metrics = at_work(with_twins(plan(THREE)))

    assert line_count(metrics) < 1500


@pytest.mark.parametrize("vantages", [("home",), THREE])
def test_estimate_is_what_is_there_once_everything_has_happened(vantages: tuple[str, ...]):
    chain = with_twins(plan(vantages))
    http_failures = sum(len(probe.layers) for probe in plan(vantages).probes)

    assert http_failures == len(plan(vantages).probes) * 8
    assert series_estimate(chain) == line_count(at_work(chain))


def test_estimate_counts_the_phase_of_a_proxy_where_there_is_one():
    chain = by_proxy(plan())
    plainly = series_estimate(plan())

    # The kernel knows no round trip behind a proxy: ten lines less for each of four hops.
    assert series_estimate(chain) == plainly + 6 * 6 - 4 * 10
    assert line_count(at_work(chain, timings=BY_PROXY)) <= series_estimate(chain) + 4 * 10


def test_ipv6_apart_has_its_counts_and_the_mean_of_its_connect_and_no_more():
    chain = with_twins(plan())
    metrics = at_work(chain)
    lines = {
        (sample.name, *sorted(set(sample.labels.items()) - set(TWIN_LABELS.items())))
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.labels.get("check") == "ipv6" and sample.labels["hop"] == "direct"
    }

    assert lines == {
        ("hopwatch_probes_total",),
        ("hopwatch_probe_success",),
        *(("hopwatch_probe_failures_total", ("layer", layer)) for layer in ("dns", "tcp", "tls")),
        *(("hopwatch_probes_not_measured_total", ("layer", layer)) for layer in ("local", "meta")),
        ("hopwatch_phase_duration_seconds_bucket", ("le", "+Inf"), ("phase", "connect")),
        ("hopwatch_phase_duration_seconds_sum", ("phase", "connect")),
        ("hopwatch_phase_duration_seconds_count", ("phase", "connect")),
    }


def test_ipv6_apart_is_in_no_figure_of_the_hop_but_its_certificates_end():
    chain = with_twins(plan())
    metrics = metrics_of(chain)
    [twin] = [one.series for one in chain.probes if one.check.is_twin and one.series.hop == "direct"]
    metrics.write(observe(twin, evidence=evidence(total_retransmits=3, not_after=[7])))

    assert value(metrics, "tcp_retransmits_total", **DIRECT_LABELS) == 0
    assert value(metrics, "tcp_rtt_seconds_count", **DIRECT_LABELS) is None
    assert value(metrics, "certificate_not_after_timestamp_seconds", **DIRECT_LABELS) == 7


@pytest.mark.parametrize("kind", ["dns", "tcp", "tls", "http"])
def test_estimate_is_never_below_what_a_check_of_the_kind_can_show(kind: str):
    chain = plan(kind=kind)
    reached = {
        "dns": [Phase.RESOLVE],
        "tcp": [Phase.RESOLVE, Phase.CONNECT],
        "tls": [Phase.RESOLVE, Phase.CONNECT, Phase.TLS],
        "http": list(Phase),
    }[kind]
    metrics = metrics_of(chain, store=FULL_STORE)
    metrics.observe_loop_lag(0.01)
    metrics.ipv6_is_broken("home", False)
    metrics.write(network("home"))
    metrics.write(ailing("home", "local.captive_portal"))
    for probe in chain.probes:
        seen = evidence(not_after=[1] if kind in ("tls", "http") else [])
        timings = [replace(timing) for timing in EVERY_PHASE if timing.phase in reached]
        metrics.write(observe(probe.series, timings=timings, evidence=seen if kind != "dns" else None))
        for cause in ("dns.nxdomain", "dns.timeout", "dns.servfail"):
            metrics.write(observe(probe.series, cause, timings=()))

    assert line_count(metrics) == series_estimate(chain)


@pytest.mark.parametrize(
    ("kind", "reached"),
    [
        ("icmp", [Phase.RESOLVE, Phase.ECHO]),
        ("trace", [Phase.RESOLVE, Phase.CONNECT, Phase.ECHO]),
    ],
)
def test_estimate_is_never_below_what_a_check_of_the_path_can_show(kind: str, reached: list[Phase]):
    chain = plan(kind=kind)
    metrics = metrics_of(chain, store=FULL_STORE)
    metrics.observe_loop_lag(0.01)
    metrics.ipv6_is_broken("home", False)
    metrics.write(network("home"))
    metrics.write(ailing("home", "local.captive_portal"))
    seen = path_evidence(kind)
    for probe in chain.probes:
        timings = [Timing(phase=phase, seconds=0.06, stamp=Stamp.USER) for phase in reached]
        metrics.write(observe(probe.series, timings=timings, evidence=seen))
        for cause in ("dns.nxdomain", "icmp.timeout", "dns.servfail"):
            metrics.write(observe(probe.series, cause, timings=()))

    assert line_count(metrics) == series_estimate(chain)


def test_beyond_the_bound_no_series_begins_and_those_that_exist_go_on():
    full = line_count(at_work(plan()))
    metrics = at_work(plan(), max_series=full)
    metrics.write(observe(cause="dns.nxdomain"))

    assert line_count(metrics) == full
    assert value(metrics, "series_dropped_total", family="hopwatch_probe_failure_causes_total") == 1
    assert value(metrics, "probe_failures_total", **REACH_LABELS, layer="dns") == 1


def test_what_the_bound_costs_is_counted_by_family():
    metrics = metrics_of(max_series=100)
    for slot in range(3):
        metrics.write(observe(slot=slot))

    assert line_count(metrics) <= 100
    assert value(metrics, "series_dropped_total", family="hopwatch_probe_duration_seconds") == 3


def test_dropped_series_are_counted_from_zero():
    metrics = metrics_of()

    assert value(metrics, "series_dropped_total", family="hopwatch_phase_duration_seconds") == 0


@settings(max_examples=40, deadline=None)
@given(max_series=st.integers(0, 700))
def test_bound_holds_for_all_but_the_daemons_own_lines(max_series: int):
    metrics = at_work(plan(), max_series=max_series)
    own = (
        line_count(metrics_of(max_series=0, store=FULL_STORE)) + 8
    )  # the loop's lag comes with its first beat

    assert line_count(metrics) <= max(max_series, own)


def test_room_of_a_check_that_is_gone_is_used_again():
    chain = plan()
    metrics = at_work(chain, max_series=line_count(at_work(chain)))
    metrics.adopt(plan(checks=()))
    metrics.adopt(chain)
    for probe in chain.probes:
        metrics.write(observe(probe.series, timings=EVERY_PHASE))

    assert total(metrics, "series_dropped_total") == 0
