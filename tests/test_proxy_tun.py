"""A proxy that takes everything by a device of its own, with a real device: declared, and found out."""

import json
import subprocess
import sys

from tests.need import need_tun


def test_a_real_devices_proxy_is_told_apart_from_the_network():
    need_tun()
    # The folder /sys shows the devices of the namespace in which it was mounted.
    child = f"mount -t sysfs sysfs /sys && exec {sys.executable} -m tests.tun_child"
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", child], capture_output=True, text=True, timeout=50
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "tuns": [True, False, False],
        "undeclared": {
            "verdict": [None, None],
            "phases": ["connect"],
            "taints": ["proxied"],
            "tcp": True,
            "proxy": None,
        },
        "declared": {
            "verdict": [None, None],
            "phases": ["proxy"],
            "taints": [],
            "tcp": False,
            "proxy": "tun",
        },
    }
