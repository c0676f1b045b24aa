"""Pings and traces by the whole program as an ordinary user without any capability, over the kernel's own routers.

Debian's ping and traceroute are the second opinion.
"""

import json
import statistics
from pathlib import Path

import pytest

from tests.internet.net import Internet
from tests.internet_witness import Witness
from tests.need import need_program, need_tun

CHECKS = {
    "ping": "icmp: {count: 10, spacing: 30ms, wait: 500ms}",
    "tcp": "trace: {wait: 300ms}",
    "udp": "trace: {protocol: udp, wait: 300ms}",
}


@pytest.fixture(scope="module")
def net():
    need_tun()
    for program in ("ping", "traceroute"):
        need_program(program)
    with Internet(wires="tun") as built:
        # Linux says six times that a port is closed and then once a second; here no test should wait for another.
        with built.inside("static"):
            Path("/proc/sys/net/ipv4/icmp_ratelimit").write_text("0")
            Path("/proc/sys/net/ipv6/icmp/ratelimit").write_text("0")
        yield built


def check(net, vantage, *names, target="static", family=4, way="system: {}"):
    """Run checks of a hop once; return the observations by the names of the checks."""
    config = net.home / "path.yml"
    address = net.address(target, None, family)
    lines = [f"      {name}: {{{CHECKS[name]}}}" for name in names]
    config.write_text(
        "version: 1\n"
        f"vantages: {{here: {{{way}}}}}\n"
        f'hops: {{there: {{url: "https://page.lab.test", address: "{address}", mine: true}}}}\n'
        "routes:\n  way:\n    hops: [there]\n    checks:\n" + "\n".join(lines) + "\n"
    )
    process = net.python(vantage, "-m", "probe", "check", "--json", "--config.file", str(config))
    out, err = process.communicate(timeout=30)
    assert out, err
    return {one["series"]["check"]: one for one in json.loads(out)["observations"]}


def addresses(observation):
    """Who answered, distance by distance; nobody where nobody did."""
    return [(*hop["addresses"], "*")[0] for hop in observation["evidence"]["trace"]["hops"]]


@pytest.mark.parametrize("family", [4, 6])
def test_the_path_is_the_one_that_traceroute_finds(net, family):
    target = net.address("static", None, family)
    witness = Witness(net, "v-wifi")
    seen = check(net, "v-wifi", "tcp", "udp", family=family)
    by_traceroute = witness.trace(target)

    assert {name: one["outcome"] for name, one in seen.items()} == {"tcp": "ok", "udp": "ok"}
    assert by_traceroute == addresses(seen["tcp"])
    assert by_traceroute == addresses(seen["udp"])
    assert by_traceroute == witness.trace(target, "-T", "-p", "443")


@pytest.mark.parametrize(
    ("way", "source", "first"),
    [
        ("interface: {name: wlan0}", "198.18.3.2", "198.18.3.1"),
        ("interface: {name: wwan0}", "100.64.4.2", "100.64.4.1"),
        ("source: {address: 198.18.3.2}", "198.18.3.2", "198.18.3.1"),
        ("source: {address: 100.64.4.2}", "100.64.4.2", "100.64.4.1"),
    ],
)
def test_pings_and_traces_leave_by_the_vantages_own_network(net, way, source, first):
    seen = check(net, "v-multi", "ping", "tcp", "udp", way=way)
    traces = [seen[name]["evidence"]["trace"] for name in ("tcp", "udp")]

    assert {one["outcome"] for one in seen.values()} == {"ok"}
    assert [first, first] == [addresses(seen[name])[0] for name in ("tcp", "udp")]
    assert [(one["source"], one["flow"]) for one in traces] == [(source, "stable")] * 2
    assert seen["ping"]["evidence"]["ping"]["source"] == source


def test_round_trips_are_those_that_ping_measures(net):
    with net.under({"kind": "wire", "wire": "border", "delay_ms": 20}):
        theirs = Witness(net, "v-wifi").ping(net.address("static"), 20, 0.02).milliseconds
        seen = check(net, "v-wifi", "ping", "tcp", "udp")
    mine = [1e3 * one["seconds"] for one in seen["ping"]["evidence"]["ping"]["replies"]]
    last = [1e3 * min(seen[name]["evidence"]["trace"]["hops"][-1]["seconds"]) for name in ("tcp", "udp")]

    assert {one["stamp"] for one in seen["ping"]["evidence"]["ping"]["replies"]} == {"kernel"}
    # A loaded machine adds to either; the least of several is the path's own.
    assert abs(min(mine) - min(theirs)) < 1.0
    assert all(abs(one - min(theirs)) < 2.0 for one in last)
    assert abs(statistics.median(mine) - statistics.median(theirs)) < 5.0


def test_the_loss_that_was_injected_is_the_loss_that_is_counted(net):
    before = net.counts()["wires"]["border"].get("lost", 0)
    with net.under({"kind": "wire", "wire": "border", "direction": "up", "loss": 0.3, "protocol": "icmp"}):
        ping = check(net, "v-wifi", "ping")["ping"]["evidence"]["ping"]

    assert ping["lost"] == net.counts()["wires"]["border"]["lost"] - before
    assert ping["received"] + ping["lost"] == ping["sent"] == 10


def test_a_firewall_that_says_no_names_itself(net):
    fault = {"kind": "unreachable", "node": "t-intl", "code": "admin-prohibited", "to": ["static"]}
    with net.under(fault):
        seen = check(net, "v-wifi", "ping", "tcp", "udp")
    causes = {name: one["failure"]["cause"] for name, one in seen.items()}

    assert causes == {
        "ping": "icmp.unreachable.admin",
        "tcp": "tcp.unreachable.admin",
        "udp": "meta.insufficient",
    }
    assert all("198.18.20.2 says that policy forbids it" in one["failure"]["detail"] for one in seen.values())


def test_a_black_hole_is_behind_the_last_router_that_answers(net):
    with net.under({"kind": "blackhole", "node": "t-intl", "to": ["static"]}):
        seen = check(net, "v-wifi", "tcp")["tcp"]

    assert seen["failure"]["cause"] == "tcp.timeout"
    assert "the last router that answered is 198.18.20.2 at distance 3" in seen["failure"]["detail"]


def test_pings_that_are_filtered_are_no_fault_of_the_path(net):
    with net.under({"kind": "blackhole", "node": "static", "protocol": "icmp"}):
        seen = check(net, "v-wifi", "ping", "tcp")

    assert (seen["ping"]["failure"]["cause"], seen["tcp"]["outcome"]) == ("icmp.timeout", "ok")


def test_a_router_whose_errors_are_lost_is_silent_and_the_path_complete(net):
    with net.under({"kind": "blackhole", "node": "r-wifi", "clients": ["198.18.11.1"], "protocol": "icmp"}):
        seen = check(net, "v-wifi", "tcp", "udp")

    assert [one["outcome"] for one in seen.values()] == ["ok", "ok"]
    for name in ("tcp", "udp"):
        assert addresses(seen[name]) == ["198.18.1.1", "*", "198.18.20.2", "203.0.113.18"]


# Each asks a target of its own, which limits its answers as Linux does.
@pytest.mark.parametrize(("tells", "target"), [(True, "abroad"), (False, "pubdns")])
def test_the_largest_packet_is_found_whether_or_not_a_router_tells(net, tells, target):
    fault = {"kind": "wire", "wire": "border", "mtu": 1400, "tells_mtu": tells}
    with net.under(fault):
        mtu = check(net, "v-wifi", "udp", target=target)["udp"]["evidence"]["trace"]["mtu"]

    if tells:
        assert mtu["bytes"] == 1400
        assert mtu["told_by"]
    else:
        assert 1360 <= mtu["bytes"] <= 1400 < mtu["vanished_bytes"] <= 1440


def test_a_raw_socket_is_refused_with_the_reason(net, monkeypatch):
    monkeypatch.setitem(CHECKS, "ping", "icmp: {raw: true}")
    seen = check(net, "v-wifi", "ping")["ping"]

    assert (seen["outcome"], seen["failure"]["cause"]) == ("not_measured", "local.ping_refused")
    assert "CAP_NET_RAW" in seen["failure"]["detail"]
