"""How many series there are, and what bounds them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.exporter.metrics import Metrics, series_estimate
from probe.model import MissReason, Phase, Stamp, Taint, Timing
from probe.plan import Plan
from probe.store import Drop, Operation, Stats, Trouble
from tests.metrics_plan import (
    REACH_LABELS,
    evidence,
    line_count,
    metrics_of,
    miss,
    observe,
    plan,
    total,
    value,
)

THREE = ("home", "mobile", "office")
CAUSES = ("tcp.refused", "http.status", "relay.upstream.read_timeout")
EVERY_PHASE = [Timing(phase=phase, seconds=0.06, stamp=Stamp.USER) for phase in Phase]
FULL_STORE = Stats(
    epoch="e",
    rows=dict.fromkeys(("observation", "miss", "finding", "incident"), 1),
    bytes=1,
    oldest_at_ns=1,
    committed_seq=1,
    commits=1,
    commit_seconds=0.1,
    dropped=dict.fromkeys(Drop, 1),
    errors={(operation, Trouble.FULL): 1 for operation in Operation},
    damaged=1,
    is_stuck=False,
)


def at_work(chain: Plan, *, max_series: int = 5000, timings: list[Timing] = EVERY_PHASE) -> Metrics:
    """Metrics after everything has happened that the estimate reckons with."""
    metrics = metrics_of(chain, max_series=max_series, store=FULL_STORE)
    seen = evidence(not_after=[2_000_000_000])
    for probe in chain.probes:
        for cause in (None, *CAUSES, "meta.late", "local.no_route"):
            metrics.write(observe(probe.series, cause, timings=timings, evidence=seen))
        metrics.write(observe(probe.series, taints=tuple(Taint)))
        for reason in MissReason:
            metrics.write(miss(probe.series, reason=reason))
    metrics.observe_loop_lag(0.01)
    return metrics


def test_shipped_chain_from_three_vantages_stays_under_1500_series():
    metrics = at_work(plan(THREE))

    assert line_count(metrics) < 1500


def test_shipped_chain_would_stay_under_1500_series_with_one_more_layer():
    probes = len(plan(THREE).probes)

    assert line_count(at_work(plan(THREE))) + probes < 1500


@pytest.mark.parametrize("vantages", [("home",), THREE])
def test_estimate_is_what_is_there_once_everything_has_happened(vantages: tuple[str, ...]):
    chain = plan(vantages)
    http_failures = sum(len(probe.layers) for probe in chain.probes)
    metrics = at_work(chain)

    assert http_failures == len(chain.probes) * 8
    assert series_estimate(chain) == line_count(metrics)


@pytest.mark.parametrize("kind", ["dns", "tcp", "tls", "http"])
def test_estimate_is_never_below_what_a_check_of_the_kind_can_show(kind: str):
    chain = plan(kind=kind)
    reached = {
        "dns": [Phase.RESOLVE],
        "tcp": [Phase.RESOLVE, Phase.PROXY, Phase.CONNECT],
        "tls": [Phase.RESOLVE, Phase.PROXY, Phase.CONNECT, Phase.TLS],
        "http": list(Phase),
    }[kind]
    metrics = metrics_of(chain, store=FULL_STORE)
    metrics.observe_loop_lag(0.01)
    for probe in chain.probes:
        seen = evidence(not_after=[1] if kind in ("tls", "http") else [])
        timings = [replace(timing) for timing in EVERY_PHASE if timing.phase in reached]
        metrics.write(observe(probe.series, timings=timings, evidence=seen if kind != "dns" else None))
        for cause in ("dns.nxdomain", "dns.timeout", "dns.servfail"):
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
