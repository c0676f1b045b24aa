"""What each event moves in the metrics."""

from dataclasses import replace

import pytest

from probe.exporter.metrics import Metrics
from probe.model import (
    OWN_LAYERS,
    Event,
    Finding,
    Http,
    Incident,
    Level,
    MissReason,
    Pending,
    Phase,
    Purpose,
    Series,
    Stamp,
    Taint,
    Timing,
    Verdict,
)
from tests.metrics_plan import (
    CHAT,
    DIRECT_LABELS,
    IDENTITY,
    PHASES,
    REACH,
    REACH_LABELS,
    SHIPPED,
    STARTED_AT_NS,
    evidence,
    figures,
    metrics_of,
    miss,
    observe,
    plan,
    total,
    value,
)

CAUSES = ("dns.nxdomain", "tcp.refused", "tls.cert.expired", "http.status", "relay.upstream", "api.quota")
OWN_CAUSES = ("local.no_route", "meta.late")


def moved(metrics: Metrics, *events: Event) -> set[str]:
    """The names of the samples that the events created or changed."""
    before = figures(metrics)
    for event in events:
        metrics.write(event)
    after = figures(metrics)
    changed = {name for (name, labels), number in after.items() if before.get((name, labels)) != number}
    return changed - {"hopwatch_series"}


def test_first_failure_is_visible_because_its_counter_was_there_at_zero():
    metrics = metrics_of()
    before = value(metrics, "probe_failures_total", **REACH_LABELS, layer="tcp")
    metrics.write(observe(cause="tcp.refused"))
    after = value(metrics, "probe_failures_total", **REACH_LABELS, layer="tcp")

    assert (before, after) == (0, 1)


def test_counters_exist_at_zero_for_the_layers_that_the_check_can_fail_in():
    metrics = metrics_of(plan(kind="tls"))

    layers = {
        sample.labels["layer"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "hopwatch_probe_failures_total" and sample.labels["hop"] == "direct"
    }
    assert layers == {"dns": 0, "tcp": 0, "tls": 0}


def test_every_reason_for_a_missed_slot_and_every_own_layer_exists_at_zero():
    metrics = metrics_of()

    missed = {
        reason: value(metrics, "slots_missed_total", vantage="home", reason=reason) for reason in MissReason
    }
    own = {
        layer: value(metrics, "probes_not_measured_total", **REACH_LABELS, layer=layer)
        for layer in OWN_LAYERS
    }
    assert (missed, own) == (dict.fromkeys(MissReason, 0), dict.fromkeys(OWN_LAYERS, 0))


def test_success_is_absent_until_the_first_measured_probe():
    metrics = metrics_of()
    seen = [value(metrics, "probe_success", **REACH_LABELS)]
    for cause in ("local.no_route", "tcp.refused", None, "meta.late"):
        metrics.write(observe(cause=cause))
        seen.append(value(metrics, "probe_success", **REACH_LABELS))

    assert seen == [None, None, 0, 1, 1]


def test_own_trouble_moves_nothing_of_the_hop():
    metrics = metrics_of()
    trouble = observe(
        cause="local.no_route", evidence=evidence(total_retransmits=3, not_after=[2_000_000_000])
    )

    assert moved(metrics, trouble) == {
        "hopwatch_probes_not_measured_total",
        "hopwatch_slots_total",
        "hopwatch_schedule_lag_seconds_bucket",
        "hopwatch_schedule_lag_seconds_count",
        "hopwatch_schedule_lag_seconds_sum",
    }


def test_failure_without_latency_moves_no_latency_figure():
    metrics = metrics_of()
    metrics.write(observe(cause="dns.nxdomain", timings=()))

    latencies = [name for name, _ in figures(metrics) if "duration" in name or "rtt" in name]
    assert latencies == []


def test_phases_that_ended_before_the_failure_are_observed_and_the_duration_is_not():
    metrics = metrics_of()
    metrics.write(observe(cause="tls.reset", timings=PHASES[:2]))

    counts = {
        phase: value(metrics, "phase_duration_seconds_count", **REACH_LABELS, phase=phase) for phase in Phase
    }
    expected = dict.fromkeys(Phase, None) | {Phase.RESOLVE: 1, Phase.CONNECT: 1}
    assert (counts, value(metrics, "probe_duration_seconds_count", **REACH_LABELS)) == (expected, None)


def test_duration_is_the_sum_of_the_phases():
    metrics = metrics_of()
    metrics.write(observe())

    assert value(metrics, "probe_duration_seconds_sum", **REACH_LABELS) == pytest.approx(0.3)


def test_buckets_count_up_to_and_with_their_edge():
    metrics = metrics_of()
    for seconds in (0.02, 0.03, 0.5, 7.0):
        metrics.write(observe(timings=[Timing(phase=Phase.CONNECT, seconds=seconds, stamp=Stamp.KERNEL)]))

    found = {
        sample.labels["le"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "hopwatch_phase_duration_seconds_bucket"
    }
    assert found == {"0.02": 1, "0.05": 2, "0.1": 2, "0.2": 2, "0.5": 3, "+Inf": 4}


@pytest.mark.parametrize("taint", Taint)
def test_tainted_sample_counts_and_stays_out_of_latencies(taint: Taint):
    metrics = metrics_of()

    assert moved(metrics, observe(taints=(taint,), evidence=evidence())) == {
        "hopwatch_probes_total",
        "hopwatch_probe_success",
        "hopwatch_last_probe_timestamp_seconds",
        "hopwatch_tainted_total",
        "hopwatch_slots_total",
        "hopwatch_schedule_lag_seconds_bucket",
        "hopwatch_schedule_lag_seconds_count",
        "hopwatch_schedule_lag_seconds_sum",
    }
    assert value(metrics, "tainted_total", vantage="home", reason=taint) == 1


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.ROUTINE])
def test_extra_probe_moves_only_its_own_counter(purpose: Purpose):
    metrics = metrics_of()
    extra = observe(cause="tcp.refused", purpose=purpose, slot=None, evidence=evidence(not_after=[1]))

    assert moved(metrics, extra) == {"hopwatch_extra_probes_total"}
    assert value(metrics, "extra_probes_total", purpose=purpose) == 1


def test_what_is_not_about_a_slot_moves_nothing():
    metrics = metrics_of()
    pending = Pending(series=REACH, slot=0, phase=Phase.TLS, elapsed_seconds=3)
    finding = Finding(
        identity=IDENTITY,
        series=REACH,
        causes=("tcp.refused",),
        rule="r",
        level=Level.SCORED,
        verdict=Verdict.DOWN,
        detail="made up",
        element=None,
        parents=(),
        recorded_at_ns=0,
    )
    incident = Incident(
        identity=IDENTITY,
        element="host[direct]",
        cause="tcp.refused",
        rule="r",
        vantages=(),
        parents=(),
        opened_at_ns=0,
        last_seen_at_ns=0,
    )

    assert moved(metrics, pending, finding, incident) == set()


def test_series_that_is_not_in_the_plan_leaves_no_trace():
    metrics = metrics_of()
    stranger = Series(vantage="v\udc80", route="chat", hop="direct", check="reach")

    assert moved(metrics, observe(stranger), miss(stranger)) == set()


def test_round_trip_time_is_observed_where_the_connection_was_established():
    metrics = metrics_of()
    metrics.write(observe(evidence=evidence(rtt_seconds=0.05)))
    metrics.write(observe(cause="tcp.timeout", timings=PHASES[:1], evidence=evidence(rtt_seconds=1.0)))
    metrics.write(observe(evidence=evidence(rtt_seconds=0.0)))

    assert (
        value(metrics, "tcp_rtt_seconds_count", **DIRECT_LABELS),
        value(metrics, "tcp_rtt_seconds_sum", **DIRECT_LABELS),
    ) == (1, 0.05)


def test_retransmits_of_failed_probes_count_too():
    metrics = metrics_of()
    before = value(metrics, "tcp_retransmits_total", **DIRECT_LABELS)
    metrics.write(observe(evidence=evidence(total_retransmits=2)))
    metrics.write(observe(cause="tcp.timeout", timings=(), evidence=evidence(total_retransmits=5)))

    assert (before, value(metrics, "tcp_retransmits_total", **DIRECT_LABELS)) == (0, 7)


def test_certificate_that_expires_first_is_told_also_when_verification_failed():
    metrics = metrics_of()
    chain = evidence(not_after=[1_900_000_000, None, 1_700_000_000])
    metrics.write(observe(cause="tls.cert.expired", timings=PHASES[:2], evidence=chain))
    metrics.write(observe(cause="tcp.refused", timings=()))

    expiry = value(metrics, "certificate_not_after_timestamp_seconds", **DIRECT_LABELS)
    assert expiry == 1_700_000_000


def test_checks_of_one_hop_that_see_different_certificates_do_not_make_the_expiry_flap():
    metrics = metrics_of()
    alive = Series(vantage="home", route="chat", hop="hk-vps", check="alive")
    labels = {"vantage": "home", "route": "chat", "hop": "hk-vps"}
    seen = []
    for series, at in ((alive, 200), (replace(alive, check="chain"), 300), (alive, 400)):
        metrics.write(observe(series, evidence=evidence(not_after=[at])))
        seen.append(value(metrics, "certificate_not_after_timestamp_seconds", **labels))

    assert seen == [200, 200, 300]


@pytest.mark.parametrize(
    ("url", "counted"),
    [
        ("https://direct.example.net/there", 1),
        ("https://elsewhere.example.org/there", None),
        ("https://direct.example.net.evil.example/there", None),
        ("https://direct.example.net/here", None),  # the redirect's own answer: the next connection gave none
    ],
)
def test_connection_to_where_a_redirect_led_is_not_counted_as_the_hops(url: str, counted: int | None):
    metrics = metrics_of()
    http = Http(url=url, status=200, redirects=("https://direct.example.net/here",))
    metrics.write(observe(evidence=evidence(http=http)))

    assert value(metrics, "tcp_rtt_seconds_count", **DIRECT_LABELS) == counted


@pytest.mark.parametrize(
    ("cause", "label"),
    [
        ("tcp.refused", "tcp.refused"),
        ("tls.alert.handshake_failure", "tls.alert.handshake_failure"),
        ("tls.alert.\udc80", "other"),
        ("tls.alert." + "x" * 64, "other"),
        ("tcp.invented", "other"),
    ],
)
def test_cause_label_comes_from_the_taxonomy(cause: str, label: str):
    metrics = metrics_of()
    metrics.write(observe(cause=cause))

    assert value(metrics, "probe_failure_causes_total", **REACH_LABELS, cause=label) == 1


def test_failure_in_a_layer_that_the_check_does_not_declare_is_counted_all_the_same():
    metrics = metrics_of(plan(kind="tcp"))
    metrics.write(observe(cause="quic.blocked"))

    assert value(metrics, "probe_failures_total", **REACH_LABELS, layer="quic") == 1


def test_miss_of_several_slots_counts_each():
    metrics = metrics_of()
    metrics.write(miss(slots=7, reason=MissReason.SUSPENDED))

    missed = value(metrics, "slots_missed_total", vantage="home", reason="suspended")
    assert (missed, value(metrics, "slots_total", vantage="home")) == (7, 7)


def test_miss_of_no_slot_moves_nothing():
    metrics = metrics_of()

    assert moved(metrics, miss(first_slot=3, slots=0), miss(first_slot=3, slots=-4)) == set()


def test_slot_that_nobody_told_about_shows_as_a_difference():
    metrics = metrics_of()
    for slot in (0, 1, 3):
        metrics.write(observe(slot=slot))

    assert (value(metrics, "slots_total", vantage="home"), total(metrics, "probes_total")) == (4, 3)


def test_slots_go_on_counting_when_a_series_begins_again():
    metrics = metrics_of()
    for slot in (0, 1, 2, 0, 1):
        metrics.write(observe(slot=slot))

    assert value(metrics, "slots_total", vantage="home") == 5


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_time_that_is_none_spoils_no_histogram(seconds: float):
    metrics = metrics_of()
    metrics.write(observe(timings=[Timing(phase=Phase.TLS, seconds=seconds, stamp=Stamp.USER)]))
    metrics.observe_loop_lag(seconds)

    assert [name for name, _ in figures(metrics) if "phase_duration" in name or "loop_lag" in name] == []


def test_loop_lag_is_a_histogram_of_the_daemon():
    metrics = metrics_of()
    for seconds in (0.0002, 0.25):
        metrics.observe_loop_lag(seconds)

    assert (
        value(metrics, "loop_lag_seconds_bucket", le="0.1"),
        value(metrics, "loop_lag_seconds_count"),
    ) == (1, 2)


def test_refused_reload_keeps_the_moment_of_the_last_good_one():
    metrics = metrics_of()
    metrics.reloaded(successful=False)

    assert (
        value(metrics, "config_last_reload_successful"),
        value(metrics, "config_last_reload_success_timestamp_seconds"),
    ) == (0, STARTED_AT_NS / 1e9)


def test_last_probe_is_told_as_an_instant():
    metrics = metrics_of()
    metrics.write(observe())

    assert value(metrics, "last_probe_timestamp_seconds", **REACH_LABELS) == STARTED_AT_NS / 1e9


def test_adopted_plan_keeps_what_stays_drops_what_is_gone_and_starts_what_is_new():
    metrics = metrics_of(plan(["home"], SHIPPED))
    page = Series(vantage="home", route="page", hop="static", check="page")
    metrics.write(observe(REACH, evidence=evidence(not_after=[5])))
    metrics.write(observe(page, evidence=evidence(not_after=[5])))

    metrics.adopt(plan(["home"], [*SHIPPED[:-1], ("new", CHAT, "direct", "direct")]))
    metrics.write(observe(page))

    hops = {dict(labels).get("hop") for _, labels in figures(metrics)}
    assert hops == {None, "hk-vps", "vercel", "direct"}
    assert value(metrics, "probes_total", **REACH_LABELS) == 1
    assert value(metrics, "probes_total", **REACH_LABELS | {"check": "new"}) == 0


def test_adopting_the_same_plan_again_changes_nothing():
    metrics = metrics_of()
    metrics.write(observe(evidence=evidence(not_after=[5])))
    before = figures(metrics)
    metrics.adopt(plan())

    assert figures(metrics) == before
