"""What the metrics say of the routes themselves: which checks go their whole way, and what they promise."""

from dataclasses import replace

import pytest

from probe.exporter.metrics import Metrics, series_estimate
from probe.plan import Plan
from tests.config_text import load_text
from tests.metrics_plan import line_count, metrics_of, plan, promising, value, with_twins

TWO_HOPS = """\
hops:
  near: {url: "https://near.example.net"}
  far: {url: "https://far.example.net"}
routes:
  chat:
    hops: [near, far]
    CHECKS
"""
ONE_HOP = """\
hops:
  near: {url: "https://near.example.net"}
routes:
  chat:
    hops: [near]
    CHECKS
"""


def planned(text: str, checks: str) -> Plan:
    return load_text(text.replace("CHECKS", checks)).plan()


def marked(metrics: Metrics) -> set[tuple[str, str, str]]:
    return {
        (sample.labels["route"], sample.labels["check"], sample.labels["hops"])
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "hopwatch_route_check_info" and sample.value == 1
    }


@pytest.mark.parametrize(
    ("checks", "names"),
    [
        ("checks: {own: {hop: near, http: {}}, chain: {hop: near, through: far, http: {}}}", {"chain"}),
        (
            "checks: {a: {hop: near, through: far, http: {}}, b: {hop: near, through: far, http: {path: /b}}}",
            {"a", "b"},
        ),
        ("checks: {near: {hop: near, http: {}}, far: {hop: far, http: {}}}", set()),
        (
            "checks: {chain: {hop: near, through: far, enabled: false, http: {}}, far: {hop: far, tls: {}}}",
            set(),
        ),
        ("", set()),
    ],
    ids=["through", "two-through", "none-through", "switched-off", "no-checks"],
)
def test_whole_way_of_two_hops_is_what_the_last_one_answers_through_the_first(checks: str, names: set[str]):
    shown = marked(metrics_of(planned(TWO_HOPS, checks)))

    assert shown == {("chat", name, "near>far") for name in names}


@pytest.mark.parametrize(
    ("checks", "names"),
    [
        ("", {"reach"}),
        ("checks: {web: {http: {}}, open: {tcp: {}}, cert: {tls: {}}, name: {dns: {}}}", {"web"}),
        ("checks: {open: {tcp: {}}, cert: {tls: {}}, path: {trace: {}}}", {"cert"}),
        ("checks: {open: {tcp: {}}, path: {trace: {}}}", {"open"}),
        ("checks: {name: {dns: {}}, path: {trace: {}}, ping: {icmp: {}}}", {"name", "path", "ping"}),
        (
            "checks: {web: {http: {}}, pre: {cors: {origin: 'https://a.example', path: /, method: GET}}}",
            {"web", "pre"},
        ),
    ],
    ids=["no-checks", "http", "tls", "tcp", "exploring", "cors"],
)
def test_whole_way_of_one_hop_is_what_asks_deepest(checks: str, names: set[str]):
    shown = marked(metrics_of(planned(ONE_HOP, checks)))

    assert shown == {("chat", name, "near") for name in names}


def test_ipv6_apart_never_goes_the_whole_way():
    shown = marked(metrics_of(with_twins(plan(kind="tls"))))

    assert {check for _, check, _ in shown} == {"chain", "page"}


def test_promise_is_a_ratio_and_absent_where_there_is_none():
    with_promise = planned(ONE_HOP, "slo: {availability: 55.1, latency: 2s}")
    without = planned(ONE_HOP, "slo: {latency: 2s}")

    assert value(metrics_of(with_promise), "route_slo_ratio", route="chat") == 0.551
    assert value(metrics_of(without), "route_slo_ratio", route="chat") is None


def test_another_promise_changes_no_series_of_the_plan():
    one, other = (planned(ONE_HOP, f"slo: {{availability: {share}}}") for share in (99, 98))

    assert one.probes == other.probes
    assert one != other


def test_routes_follow_a_reload():
    metrics = metrics_of(planned(ONE_HOP, "slo: {availability: 99}\n    checks: {web: {http: {}}}"))
    metrics.adopt(planned(TWO_HOPS, "checks: {chain: {hop: near, through: far, http: {}}}"))

    assert marked(metrics) == {("chat", "chain", "near>far")}
    assert value(metrics, "route_slo_ratio", route="chat") is None


def test_routes_are_told_whatever_the_bound():
    metrics = metrics_of(promising(plan()), max_series=0)

    assert {check for _, check, _ in marked(metrics)} == {"chain", "page"}
    assert value(metrics, "route_slo_ratio", route="chat") == 0.995


def test_estimate_counts_whole_ways_and_promises():
    alone = plan(checks=())
    promised = promising(plan())

    assert series_estimate(promising(alone)) == series_estimate(alone) + 1
    assert series_estimate(promised) == series_estimate(replace(promised, promises=())) + 1
    assert line_count(metrics_of(promised)) == line_count(metrics_of(plan())) + 1
