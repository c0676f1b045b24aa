"""Daemons at vantages whose own networks fail, each in its way: it is named, recorded, shown once, excused, and over at once."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from probe.codec import from_json
from probe.model import Finding, Health, Observation, Outcome, Purpose, Record
from probe.uplink.gateways import gateways
from probe.vantage.system import System
from tests.internet.net import Internet
from tests.need import need_namespaces, need_program

pytestmark = pytest.mark.alone

CONFIG = """
version: 1
agent: laptop
defaults: {interval: 1s, timeout: 500ms}
fake_ips: []
anchors:
  near: {url: "http://cn.lab.test/", where: domestic}
  far: {url: "http://abroad.lab.test/", where: abroad}
controls: {resolvers: ["https://dns.lab.test/dns-query#203.0.113.82"]}
resolver_ca_file: CA
vantages: {here: {system: {}}}
hops:
  hk: {url: "https://hk.lab.test", ca_file: CA}
  static: {url: "https://page.lab.test", ca_file: CA}
routes:
  chat: {hops: [hk], checks: {alive: {http: {path: /healthz}}}}
  page: {hops: [static], checks: {page: {http: {path: /}}}}
"""
GATEWAY: Mapping[str, object] = {"kind": "link", "host": "v-laptop", "interface": "wlan0", "act": "gateway"}
# Where each daemon runs, and what befalls it alone.
FAULTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "local.captive_portal": (
        "v-wifi",
        {"kind": "portal", "node": "r-wifi", "clients": ["v-wifi"], "with_tls": True},
    ),
    "local.cut_off": ("v-multi", {"kind": "blackhole", "node": "r-wifi", "clients": ["v-multi"]}),
    "local.resolver_down": ("v-mobile", {"kind": "blackhole", "node": "r-mobile", "to": ["dns"], "ports": [53], "protocol": "udp"}),
    "local.gateway_unreachable": ("v-laptop", GATEWAY),
}  # fmt: skip
FOUND = {cause: (cause, "access[here]") for cause in FAULTS} | {
    "local.resolver_down": ("dns.timeout.all", "resolver[198.51.100.53]")
}
PAGE = "http://127.0.0.1:9860"
# To find out what a silent resolver means takes the examination several questions.
HEALTHY, LASTS, AFTER = 2.5, 7.5, 2.5


@dataclass(frozen=True, slots=True)
class Told:
    """What one daemon said: while its fault was in force (Unix time), and in all its records."""

    began: float
    ended: float
    metrics: str
    state: dict[str, object]
    records: list[Record]


@pytest.fixture(scope="module")
def net() -> Iterator[Internet]:
    need_namespaces()
    need_program("curl")
    with Internet() as built:
        yield built


def start(net: Internet, node: str) -> subprocess.Popen[str]:
    file = net.home / f"{node}.yml"
    file.write_text(CONFIG.replace("CA", str(net.ca_file)))
    return net.python(node, "-m", "probe", "run", "--config.file", file.name, "--storage.path", node)


def wait(daemon: subprocess.Popen[str]) -> None:
    """Wait until it probes, and read on."""
    assert daemon.stderr is not None
    while "daemon.started" not in (line := daemon.stderr.readline()):
        assert line, "the daemon ended before it was started"
    threading.Thread(target=daemon.stderr.read, daemon=True).start()


def records(net: Internet, node: str) -> list[Record]:
    export = net.run(node, sys.executable, "-m", "probe", "export", "--storage.path", node, as_nobody=True)
    assert not export.stderr
    return [from_json(json.loads(line)) for line in export.stdout.splitlines()]


@pytest.fixture(scope="module")
def told(net: Internet) -> Mapping[str, Told]:
    nodes = {cause: node for cause, (node, _) in FAULTS.items()}
    daemons = [start(net, node) for node in nodes.values()]
    for daemon in daemons:
        wait(daemon)
    time.sleep(HEALTHY)
    began = time.time()
    with net.under(*(fault for _, fault in FAULTS.values())):
        time.sleep(LASTS)
        metrics = {
            cause: net.run(node, "curl", "-s", f"{PAGE}/metrics").stdout for cause, node in nodes.items()
        }
        states = {
            cause: net.run(node, "curl", "-s", f"{PAGE}/api/v1/state").stdout for cause, node in nodes.items()
        }
    ended = time.time()
    time.sleep(AFTER)
    for daemon in daemons:
        daemon.terminate()
    for daemon in daemons:
        daemon.wait(10)
    return {
        cause: Told(began, ended, metrics[cause], json.loads(states[cause]), records(net, node))
        for cause, node in nodes.items()
    }


def observations(one: Told, since: float, until: float) -> list[Observation]:
    """The probes of the schedule that began in that time."""
    return [
        each
        for each in one.records
        if isinstance(each, Observation)
        and each.purpose is Purpose.ROUTINE
        and since <= each.started_at_ns / 1e9 < until
    ]


@pytest.mark.parametrize("cause", FAULTS)
def test_each_ailment_is_recorded_when_it_begins_and_when_it_is_over(told: Mapping[str, Told], cause: str):
    healths = [
        tuple(each.cause for each in one.ailments if each.cause != "local.ipv6_broken")
        for one in told[cause].records
        if isinstance(one, Health)
    ]
    changes = [one for before, one in zip([None, *healths], healths, strict=False) if one != before]

    assert changes == [(), (cause,), ()]


@pytest.mark.parametrize("cause", FAULTS)
def test_it_is_named_and_blames_no_hop(told: Mapping[str, Told], cause: str):
    one = told[cause]
    found = {
        each.series: (each.causes[0], each.element)
        for each in one.records
        if isinstance(each, Finding) and one.began <= each.recorded_at_ns / 1e9 < one.ended
    }

    assert set(found.values()) == {FOUND[cause]}


@pytest.mark.parametrize("cause", FAULTS)
def test_while_it_lasts_probes_are_not_measured_for_it(told: Mapping[str, Told], cause: str):
    one = told[cause]
    late = observations(one, one.ended - 1.8, one.ended - 0.8)

    assert {(each.outcome, each.failure.cause) for each in late} == {(Outcome.NOT_MEASURED, cause)}


@pytest.mark.parametrize("cause", FAULTS)
def test_it_is_exported_and_shown_once(told: Mapping[str, Told], cause: str):
    one = told[cause]
    notes = one.state["notes"]

    assert 'hopwatch_vantage_healthy{vantage="here"} 0.0' in one.metrics
    assert f'hopwatch_vantage_ailment{{cause="{cause}",vantage="here"}} 1.0' in one.metrics
    assert isinstance(notes, list)
    assert [note.partition(": ")[0] for note in notes] == ["here"]


@pytest.mark.parametrize("cause", FAULTS)
def test_once_it_is_over_hops_are_measured_again(told: Mapping[str, Told], cause: str):
    one = told[cause]
    after = observations(one, one.ended + 0.8, one.ended + AFTER - 0.6)

    assert {each.series.hop for each in after if each.outcome is Outcome.OK} == {"hk", "static"}


def test_the_kernel_knows_within_half_a_second_that_a_gateway_is_silent(net: Internet):
    with net.inside("v-laptop"):
        net.run("v-laptop", "curl", "-4", "-s", "http://203.0.113.18/")
        before = gateways(System())
        with net.under(GATEWAY):
            asking = net.popen("v-laptop", "curl", "-4", "-s", "-m", "2", "http://203.0.113.18/")
            time.sleep(0.5)
            silent = gateways(System())
            asking.wait()

    ipv4 = [[one.is_silent for one in each if ":" not in one.address] for each in (before, silent)]
    assert ipv4 == [[False], [True]]
    assert [one.address for one in before if ":" not in one.address] == ["198.18.5.1"]
