"""The wheel holds all that runs, and the lock holds names, versions and hashes and nothing else."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "probe").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert tracked - names == set()


def test_the_installed_wheel_runs_without_the_repository(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "probe", "config", "example"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == (ROOT / "config" / "hopwatch.yml").read_text()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_by_hash_and_names_no_address(name):
    text = (ROOT / name).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())

    assert not re.search(r"https?://|--(extra-)?index|--find-links", text)
    assert [
        one for one in packages if not re.match(r"[\w.-]+==\S+( ; .*)? \\\n    --hash=sha256:", one)
    ] == []


def test_every_dependency_has_its_reason_in_the_architecture():
    project = (ROOT / "pyproject.toml").read_text().partition("\ndependencies = [")[2].partition("]")[0]
    reasons = (ROOT / "docs" / "architecture.md").read_text().partition("## Dependencies")[2]

    names = re.findall(r'"([\w-]+)[>=]', project)
    assert [name for name in names if name not in reasons] == []
