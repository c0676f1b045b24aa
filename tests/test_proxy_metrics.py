"""The way to a proxy moves no figure of the hop, and the metrics of what is seen through one say so."""

from dataclasses import replace

from probe.model import Evidence, Layer, Phase, Proxy, Stamp, Taint, Timing
from tests.metrics_plan import (
    DIRECT_LABELS,
    PHASES,
    REACH_LABELS,
    evidence,
    figures,
    metrics_of,
    observe,
    plan,
    value,
)

THROUGH = (
    Timing(phase=Phase.PROXY, seconds=0.07, stamp=Stamp.KERNEL),
    *(one for one in PHASES if one.phase in (Phase.TLS, Phase.PROCESSING, Phase.TRANSFER)),
)


def behind_a_proxy(shipped):
    """Return a plan of which every vantage is behind a proxy."""
    probes = tuple(
        replace(
            one,
            looking=replace(one.looking, vantage=replace(one.looking.vantage, kind="proxy", proxied=True)),
        )
        for one in shipped.probes
    )
    return replace(shipped, vantages=(probes[0].looking.vantage,), probes=probes)


def through_a_proxy():
    """Return what a probe by way of a proxy gathered: a connection to that proxy with a round trip and a loss."""
    seen = evidence(rtt_seconds=0.0001, total_retransmits=3)
    return Evidence(proxy=Proxy(protocol="socks5", asked="x:443", tcp=seen.tcp), tls=seen.tls)


def test_a_proxys_time_is_its_own_phase_and_there_is_no_round_trip():
    metrics = metrics_of(behind_a_proxy(plan()))
    metrics.write(observe(timings=THROUGH, evidence=through_a_proxy()))

    assert value(metrics, "phase_duration_seconds_sum", **REACH_LABELS, phase="proxy") == 0.07
    assert value(metrics, "phase_duration_seconds_count", **REACH_LABELS, phase="connect") is None
    assert [name for name, _ in figures(metrics) if "tcp_" in name] == []


def test_what_a_proxy_says_of_its_own_way_has_a_place_among_the_layers():
    (probe, *_) = behind_a_proxy(plan(kind="tls")).probes

    assert probe.layers == (Layer.DNS, Layer.TCP, Layer.TLS, Layer.RELAY)


def test_a_handshake_with_a_proxy_that_nobody_declared_is_in_no_figure_of_the_hop():
    metrics = metrics_of()
    metrics.write(
        observe(taints=(Taint.PROXIED,), evidence=evidence(rtt_seconds=0.0001, total_retransmits=3))
    )

    assert value(metrics, "tcp_retransmits_total", **DIRECT_LABELS) == 0
    assert value(metrics, "tcp_rtt_seconds_count", **DIRECT_LABELS) is None
    assert value(metrics, "phase_duration_seconds_count", **REACH_LABELS, phase="connect") is None
    assert value(metrics, "tainted_total", vantage="home", reason="proxied") == 1
