"""A filter on the way, found by the real daemon: counted, shown, kept over a restart, and said by `hopwatch check`."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.internet.net import Internet
from tests.need import need_namespaces, need_program, need_tun

CONFIG = """
version: 1
agent: test
defaults: {interval: 1s, timeout: 900ms}
fake_ips: []
bogons: [10.0.0.0/8]
anchors:
  near: {url: "http://cn.lab.test/", where: domestic}
  far: {url: "http://abroad.lab.test/", where: abroad}
controls:
  server_names: [neutral.lab.test]
vantages: {wifi: {system: {}, allow: [foreign_sni]}}
hops:
  hk-vps: {url: "https://hk-vps.lab.test", ca_file: ca.pem, families: [ipv4]}
routes:
  chat: {hops: [hk-vps], checks: {alive: {http: {path: /healthz}}}}
"""
FILTER = {"kind": "censor", "wire": "border", "by": "sni", "names": ["hk-vps.lab.test"], "action": "reset"}
BY_NAME = "tls.reset.sni"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_tun()
    need_program("curl")
    with Internet(wires="tun") as built:
        (built.home / "hopwatch.yml").write_text(CONFIG)
        yield built


def asked(net: Internet, path: str) -> str:
    return net.run("v-wifi", "curl", "-s", f"http://127.0.0.1:9860/{path}").stdout


def findings(net: Internet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(asked(net, "api/v1/findings") or '{"findings": []}')["findings"]
    return found


def counted(net: Internet, cause: str) -> float:
    lines = asked(net, "metrics").splitlines()
    found = [line for line in lines if f'_causes_total{{cause="{cause}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def until(daemon: subprocess.Popen[str], is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert daemon.poll() is None, daemon.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)


def ended(daemon: subprocess.Popen[str]) -> int:
    daemon.terminate()
    daemon.communicate(timeout=10)
    return daemon.returncode


def test_a_filter_is_found_counted_shown_and_known_after_a_restart(net):
    daemon = net.python("v-wifi", "-m", "probe", "run", log=net.home / "first.log")
    until(daemon, lambda: '"state": "ok"' in asked(net, "api/v1/state"))
    with net.under({**FILTER, "residual_s": 0}):
        until(daemon, lambda: counted(net, BY_NAME) >= 2)
        (before,) = findings(net)
        seen = counted(net, "tls.reset")
        ended(daemon)
        again = net.python("v-wifi", "-m", "probe", "run", log=net.home / "second.log")
        until(again, lambda: findings(net) != [])
        (after,) = findings(net)
    until(again, lambda: findings(net) == [])

    assert (before["finding"]["causes"], before["place"]) == ([BY_NAME], "on the way from wifi to hk-vps")
    assert (after["finding"]["causes"], len(after["basis"]) > 0) == ([BY_NAME], True)
    # What failed before anything was found, and the first failure always did.
    assert seen >= 1
    assert ended(again) == 0


def test_a_check_on_demand_says_what_its_failure_is_due_to(net):
    with net.under({**FILTER, "residual_s": 0}):
        out = net.run("v-wifi", sys.executable, "-m", "probe", "check", "alive").stdout
        plainly = net.run("v-wifi", sys.executable, "-m", "probe", "check", "--no-controls", "alive").stdout

    assert [f"hk-vps fails: {BY_NAME}, " in text for text in (out, plainly)] == [True, False]
    assert "where: on the way from wifi to hk-vps; how sure: shown by " in out
