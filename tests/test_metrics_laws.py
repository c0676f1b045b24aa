"""What holds for the metrics whatever happens."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from probe.model import (
    Failure,
    Layer,
    Outcome,
    Phase,
    Purpose,
    Stamp,
    Taint,
    Timing,
)
from tests.metrics_plan import (
    figures,
    line_count,
    metrics_of,
    miss,
    observe,
    plan,
    total,
)

CAUSES = ("dns.nxdomain", "tcp.refused", "tls.cert.expired", "http.status", "relay.upstream", "api.quota")
OWN_CAUSES = ("local.no_route", "meta.late")


failures = st.one_of(
    st.none(),
    st.builds(
        Failure,
        cause=st.sampled_from([*CAUSES, *OWN_CAUSES, "", "nonsense", "tls.alert.\udcff", "x" * 5000]),
        detail=st.just(""),
    ),
)
seconds = st.floats(allow_nan=True, allow_infinity=True)
observations = st.builds(
    lambda failure, outcome, slot, taints, purpose, times, series: replace(
        observe(series, slot=slot, taints=taints, purpose=purpose, outcome=outcome, timings=times),
        failure=failure,
    ),
    failure=failures,
    outcome=st.sampled_from(Outcome),
    slot=st.none() | st.integers(-5, 2**40),
    taints=st.sets(st.sampled_from(Taint)).map(tuple),
    purpose=st.sampled_from([Purpose.ROUTINE] * 4 + [Purpose.CONTROL]),
    times=st.lists(
        st.builds(Timing, phase=st.sampled_from(Phase), seconds=seconds, stamp=st.sampled_from(Stamp)),
        max_size=6,
    ),
    series=st.sampled_from([probe.series for probe in plan().probes]),
)


@settings(max_examples=150, deadline=None)
@given(events=st.lists(observations, max_size=25))
def test_probes_are_ok_plus_failed_and_failures_add_up_whatever_happens(events):
    metrics = metrics_of()
    for event in events:
        metrics.write(event)

    routine = [event.outcome for event in events if event.purpose is Purpose.ROUTINE]
    ok, failed = routine.count(Outcome.OK), routine.count(Outcome.FAILED)
    assert {
        name: total(metrics, name)
        for name in (
            "probes_total",
            "probe_failures_total",
            "probe_failure_causes_total",
            "probes_not_measured_total",
            "extra_probes_total",
        )
    } == {
        "probes_total": ok + failed,
        "probe_failures_total": failed,
        "probe_failure_causes_total": failed,
        "probes_not_measured_total": routine.count(Outcome.NOT_MEASURED),
        "extra_probes_total": len(events) - len(routine),
    }
    layers = {dict(labels).get("layer", "meta") for _, labels in figures(metrics)}
    assert layers <= set(Layer)
    metrics.exposition(None)


@given(st.lists(st.tuples(st.sampled_from(["probe", "own", "miss"]), st.integers(1, 9)), max_size=30))
def test_slots_are_probes_plus_not_measured_plus_misses(turns):
    metrics, slot = metrics_of(), 0
    for what, slots in turns:
        if what == "miss":
            metrics.write(miss(first_slot=slot, slots=slots))
            slot += slots
        else:
            metrics.write(observe(slot=slot, cause="meta.late" if what == "own" else None))
            slot += 1

    parts = ("probes_total", "probes_not_measured_total", "slots_missed_total")
    assert total(metrics, "slots_total") == sum(total(metrics, part) for part in parts) == slot


def test_number_of_series_does_not_grow_with_the_number_of_events():
    metrics = metrics_of()
    metrics.write(observe(slot=0))
    once = line_count(metrics)
    for slot in range(1, 500):
        metrics.write(observe(slot=slot))

    assert line_count(metrics) == once
