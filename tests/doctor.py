"""Run `hopwatch doctor` in a folder of its own, and if need be in a network of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.need import need, need_program

ROOT = Path(__file__).parent.parent

# Two interfaces: one that leads out, one without a route; a packet that leaves the first is counted.
NETWORK = """
set -e
ip link set lo up
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
for name in out lan cut; do ip link add $name type veth peer name $name-far; ip link set $name-far up; done
ip link set out up
ip link set lan up
ip address add 10.7.7.2/24 dev out
ip address add 10.8.8.2/24 dev lan
ip address add 10.9.9.2/24 dev cut
ip route add default via 10.7.7.1
"$@" || echo "exit $?" >&2
sed -n 's/^ *out: *//p' /proc/net/dev | awk '{print $9}' > sent
"""


def doctor(folder, *words, before=(), **environment):
    """Run it with no configuration but one that lies in the folder, and no proxy but one that is named here."""
    usual = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    usual.pop("HOPWATCH_CONFIG_FILE", None)
    return subprocess.run(
        [*before, sys.executable, "-m", "probe", "doctor", *words],
        cwd=folder,
        env={**usual, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=50,
    )


def told(folder, text, before=(), **environment):
    """Return the result and the abilities by name, for a configuration."""
    (folder / "hopwatch.yml").write_text(text)
    done = doctor(folder, "--json", before=before, **environment)
    assert "Traceback" not in done.stderr, done.stderr
    return done, {one["id"]: one for one in json.loads(done.stdout)["abilities"]}


def need_own_network():
    """Return the words before a command that give it the network above, or skip."""
    enter = (need_program("unshare"), "--user", "--map-root-user", "--net")
    need_program("ip")
    need(subprocess.run([*enter, "true"], capture_output=True).returncode == 0, "user namespaces")
    return (*enter, "sh", "-c", NETWORK, "sh")
