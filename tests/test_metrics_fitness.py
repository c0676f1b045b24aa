"""A vantage's health is one gauge, and each ailment a line while it lasts, whoever tells of it."""

from probe.model import Uplink, UplinkState
from tests.metrics_plan import ailing, figures, metrics_of, plan, value

HEALTHY = "vantage_healthy"
LACKING = Uplink()
NEIGHBOURS = Uplink(interfaces=("wlan0",), addresses=("192.168.7.20",))


def uplink(*, is_up: bool | None, state: Uplink = LACKING) -> UplinkState:
    return UplinkState(vantage="home", is_up=is_up, since_ns=1, uplink=state)


def told(*events):
    """The metrics after these events: whether the vantage is healthy, and its ailments."""
    metrics = metrics_of()
    for event in events:
        metrics.write(event)
    lines = figures(metrics)
    ailments = {
        dict(labels)["cause"]: figure
        for (name, labels), figure in lines.items()
        if name.endswith("vantage_ailment")
    }
    return value(metrics, HEALTHY, vantage="home"), ailments


def test_nothing_is_said_until_something_is_known():
    assert told() == (None, {})
    assert told(uplink(is_up=True)) == (None, {})


def test_a_vantage_without_ailments_is_healthy():
    assert told(ailing("home")) == (1, {})


def test_every_ailment_has_a_line_as_long_as_it_lasts():
    both = ailing("home", "local.captive_portal", "local.clock_skew")

    assert told(both) == (0, {"local.captive_portal": 1, "local.clock_skew": 1})
    assert told(both, ailing("home", "local.clock_skew")) == (0, {"local.clock_skew": 1})
    assert told(both, ailing("home")) == (1, {})


def test_broken_ipv6_is_an_ailment_of_a_healthy_vantage():
    assert told(ailing("home", "local.ipv6_broken")) == (1, {"local.ipv6_broken": 1})


def test_what_the_uplink_lacks_counts_beside_what_probes_tell():
    portal = ailing("home", "local.captive_portal")

    assert told(uplink(is_up=False)) == (0, {"local.interface_down": 1})
    assert told(uplink(is_up=False, state=NEIGHBOURS)) == (0, {"local.no_route": 1})
    assert told(portal, uplink(is_up=False)) == (0, {"local.captive_portal": 1, "local.interface_down": 1})
    assert told(portal, uplink(is_up=False), uplink(is_up=True)) == (0, {"local.captive_portal": 1})
    assert told(uplink(is_up=False), uplink(is_up=True)) == (None, {})
    assert told(ailing("home"), uplink(is_up=False), uplink(is_up=True)) == (1, {})


def test_a_cause_that_nobody_knows_is_no_label():
    assert told(ailing("home", "local.made_up\n")) == (0, {"other": 1})


def test_a_vantage_that_is_gone_takes_its_figures_along():
    metrics = metrics_of()
    metrics.write(ailing("home", "local.captive_portal"))
    metrics.adopt(plan(("office",)))
    metrics.write(ailing("home", "local.captive_portal"))
    assert [name for name, _ in figures(metrics) if "healthy" in name or "ailment" in name] == []
    metrics.adopt(plan())

    metrics.write(ailing("home"))
    assert value(metrics, HEALTHY, vantage="home") == 1
