"""What pings and traces move in the metrics: counters from 0, gauges with what was found, never an address."""

from dataclasses import replace

from probe.model import Evidence, Outcome, PathMtu, Ping, Purpose, Taint
from tests.metrics_plan import REACH_LABELS, metrics_of, observe, path_evidence, plan, value


def pinged(**counts):
    return Evidence(ping=Ping(address="192.0.2.1", socket="ping", size_bytes=56, **counts))


def traced(*addresses, target=True, mtu=None):
    """A trace in which so and so answered, None for nobody; the last is the target."""
    seen = path_evidence("trace")
    assert seen.trace is not None
    hop = seen.trace.hops[0]
    hops = tuple(
        replace(hop, ttl=ttl, answered=int(bool(one)), addresses=(one,) if one else ())
        for ttl, one in enumerate(addresses, start=1)
    )
    return replace(
        seen, trace=replace(seen.trace, hops=hops, target_ttl=len(hops) if target else None, mtu=mtu)
    )


def after(kind, *evidences, **how):
    """The metrics after observations with these evidences."""
    metrics = metrics_of(plan(kind=kind))
    for slot, evidence in enumerate(evidences):
        metrics.write(observe(slot=slot, evidence=evidence, **how))
    return metrics


def test_counters_of_a_path_are_there_from_the_start():
    assert value(after("icmp"), "ping_packets_total", **REACH_LABELS) == 0
    assert value(after("icmp"), "ping_lost_total", **REACH_LABELS) == 0
    assert value(after("trace"), "path_changes_total", **REACH_LABELS) == 0
    assert value(after("http"), "ping_packets_total", **REACH_LABELS) is None


def test_packets_in_flight_at_the_end_are_neither_sent_nor_lost():
    metrics = after(
        "icmp", pinged(sent=5, received=3, lost=1, in_flight=1), pinged(sent=5, received=5, late=2)
    )

    assert value(metrics, "ping_packets_total", **REACH_LABELS) == 9
    assert value(metrics, "ping_lost_total", **REACH_LABELS) == 1


def test_all_pings_lost_are_counted_although_the_probe_failed():
    metrics = after("icmp", pinged(sent=5, lost=5), cause="icmp.timeout")

    assert value(metrics, "ping_lost_total", **REACH_LABELS) == 5


def test_what_was_not_measured_moves_nothing():
    metrics = after("trace", traced("a", "b"), cause="meta.insufficient", outcome=Outcome.NOT_MEASURED)

    assert value(metrics, "path_hops", **REACH_LABELS) is None


def test_extra_probes_move_nothing():
    metrics = after("trace", traced("a", "b"), purpose=Purpose.CONFIRM)

    assert value(metrics, "path_hops", **REACH_LABELS) is None


def test_another_router_is_a_change_and_a_silent_one_is_none():
    metrics = after(
        "trace",
        traced("a", "b", "t"),
        traced("a", None, "t"),
        traced("a", "b", "t"),
        traced("a", "c", "t"),
        traced("a", None, "t"),
        traced("a", "c", "t"),
    )

    assert value(metrics, "path_changes_total", **REACH_LABELS) == 1
    assert value(metrics, "path_hops", **REACH_LABELS) == 3


def test_a_target_that_was_not_reached_leaves_the_figure_of_the_last_time():
    metrics = after("trace", traced("a", "b", "t"), traced("a", target=False))

    assert value(metrics, "path_hops", **REACH_LABELS) == 3
    assert value(metrics, "path_changes_total", **REACH_LABELS) == 0


def test_the_size_is_that_of_the_traces_own_packets_and_else_the_kernels():
    assert value(after("trace", traced("a")), "path_mtu_bytes", **REACH_LABELS) == 1500
    told = PathMtu(bytes=1400, told_by="192.0.2.1")
    assert value(after("trace", traced("a", mtu=told)), "path_mtu_bytes", **REACH_LABELS) == 1400


def test_a_search_that_ended_early_sets_no_size():
    early = PathMtu(bytes=60, vanished_bytes=1500)

    assert value(after("trace", traced("a", mtu=early)), "path_mtu_bytes", **REACH_LABELS) is None


def test_a_tainted_trace_still_tells_the_path():
    metrics = after("trace", traced("a", "t"), taints=(Taint.LATE,))

    assert value(metrics, "path_hops", **REACH_LABELS) == 2


def test_the_path_of_a_series_that_is_gone_is_forgotten():
    metrics = after("trace", traced("a", "t"))
    metrics.adopt(plan(checks=()))
    metrics.adopt(plan(kind="trace"))
    metrics.write(observe(evidence=traced("b", "t")))

    assert value(metrics, "path_changes_total", **REACH_LABELS) == 0


def test_no_address_is_in_the_exposition():
    body, _ = after("trace", traced("198.51.100.77", "198.51.100.78")).exposition(None)

    assert b"198.51.100" not in body
