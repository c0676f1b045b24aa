"""A proxy's tunnel beside two uplinks, built for real in a network namespace: what is found is what the kernel does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.need import need_tun

ROOT = Path(__file__).parent.parent
# As mihomo sets itself up (auto-route): a table of its own, which all but a few packets are sent to.
NETWORK = """
set -e
mount -t sysfs none /sys
ip link set lo up
for name in one two; do
  ip link add $name type veth peer name $name-far
  ip link set $name up
  ip link set $name-far up
done
ip address add 192.168.1.5/24 dev one
ip address add 10.64.0.9/24 dev two
ip route add default via 192.168.1.1 dev one metric 100
ip route add default via 10.64.0.1 table 77
ip rule add from 10.64.0.9 lookup 77
ip tuntap add mode tun name Meta
ip address add 198.18.0.1/30 dev Meta
ip link set Meta up
ip route add default dev Meta table 2022
ip rule add pref 9001 not dport 53 lookup main suppress_prefixlength 0
ip rule add pref 9002 lookup 2022
exec "$@"
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    need_tun()
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", NETWORK, "sh", sys.executable, "-m", "probe", "doctor", "--json"],
        cwd=tmp_path_factory.mktemp("machine"),
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=50,
    )  # fmt: skip
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_the_tunnel_is_chosen_and_the_uplinks_lead_out_past_it(shown):
    found = {one["name"]: one for one in shown["interfaces"]}

    assert {
        name: (found[name]["kind"], found[name]["leads_out"], found[name]["chosen"], found[name]["is_uplink"])
        for name in ("Meta", "one", "two", "one-far", "lo")
    } == {
        "Meta": ("tun", [4], [4], False),
        "one": ("virtual", [4], [], True),
        "two": ("virtual", [4], [], True),
        "one-far": ("virtual", [], [], False),
        "lo": ("loopback", [], [], False),
    }


def test_the_tunnel_is_told_with_its_table(shown):
    (proxy,) = shown["proxies"]

    assert (proxy["sign"], proxy["name"], proxy["is_in_the_way"]) == ("tun", "Meta", True)
    assert "Meta carries everything of IPv4 in routing table 2022" in proxy["evidence"]


def test_a_vantage_is_proposed_for_each_uplink(shown):
    assert [one["keys"] for one in shown["proposals"]] == [
        {"interface": {"name": "one"}},
        {"interface": {"name": "two"}},
    ]
