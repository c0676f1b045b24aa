"""The unit by systemd's own judgement; `make systemd` boots one and tries it for real."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.need import need_program

CONFIG = Path(__file__).parent.parent / "config" / "systemd"
UNIT = CONFIG / "hopwatch.service"


@pytest.fixture
def installed(tmp_path):
    """The unit as it is installed, with a program that is there."""
    need_program("systemd-analyze")
    file = tmp_path / UNIT.name
    file.write_text(UNIT.read_text().replace("/opt/hopwatch/bin/hopwatch", "/bin/true"))
    return file


def judged(*words):
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def test_systemd_knows_every_key_of_the_unit(installed):
    assert judged("verify", "--man=no", str(installed)) == (0, "")


@pytest.mark.parametrize(("drop_in", "most"), [(None, 1.3), ("raw-sockets.conf", 1.6)])
def test_the_unit_exposes_little(installed, drop_in, most):
    if drop_in:
        installed.write_text(installed.read_text() + (CONFIG / "hopwatch.service.d" / drop_in).read_text())
    _, text = judged("security", "--offline=yes", "--no-pager", str(installed))

    assert [float(level) for level in re.findall(r"exposure level for \S+: ([0-9.]+)", text)] <= [most]


def test_only_the_drop_in_gives_a_capability():
    given = re.findall(
        r"^(?:CapabilityBoundingSet|AmbientCapabilities)=(.*)$", UNIT.read_text(), re.MULTILINE
    )

    assert given == ["", ""]


def test_sysctl_takes_the_setting():
    need_program("sysctl")
    lines = (CONFIG / "sysctl.d" / "90-hopwatch.conf").read_text().splitlines()
    (setting,) = [line for line in lines if line and not line.startswith("#")]

    assert subprocess.run(["sysctl", "--dry-run", "--write", setting], capture_output=True).returncode == 0
