"""The daemon runs at a vantage of the test internet as a user without rights, and the hops see it come from there."""

import time

import pytest

from tests.internet.net import Internet
from tests.need import need_namespaces, need_program

CONFIG = """
version: 1
agent: test
defaults: {interval: 1s, timeout: 900ms}
vantages: {here: {system: {}}}
hops:
  static: {url: "https://page.lab.test", ca_file: CA}
routes:
  page: {hops: [static], checks: {page: {http: {path: /, status: [200]}}}}
"""


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_program("curl")
    with Internet() as built:
        yield built


def test_a_daemon_as_nobody_probes_from_its_vantage(net):
    (net.home / "hopwatch.yml").write_text(CONFIG.replace("CA", str(net.ca_file)))
    daemon = net.python("v-mobile", "-m", "probe", "run")
    until = time.monotonic() + 30
    while not (seen := net.record("static", "request")) and time.monotonic() < until:
        assert daemon.poll() is None, daemon.communicate()
        time.sleep(0.1)
    url = "http://127.0.0.1:9860/metrics"
    metrics = net.run("v-mobile", "curl", "-s", url).stdout
    while "hopwatch_probes_total" not in metrics and time.monotonic() < until:
        metrics = net.run("v-mobile", "curl", "-s", url).stdout
    daemon.terminate()
    daemon.communicate(timeout=10)

    assert {(each["client"], each["path"]) for each in seen} == {(net.seen_as("v-mobile"), "/")}
    assert (daemon.returncode, 'vantage="here"' in metrics) == (0, True)
    assert {path.stat().st_uid for path in net.home.rglob("hopwatch-data*")} == {65534}
