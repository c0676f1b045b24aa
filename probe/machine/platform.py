"""Tell on what this program runs: the system, its kernel, and whether Windows or a container is around it."""

import platform as standard
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probe.machine.ability import Ability, State
from probe.machine.files import text
from probe.text import clean

# Where every part was tried.
_KNOWN_MACHINES = {"x86_64", "amd64", "aarch64", "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The system by Python's word (linux, darwin, win32), the kernel's release, and what is around; `wsl` is 0, 1 or 2."""

    system: str
    machine: str
    release: str
    python: str
    wsl: int = 0
    is_container: bool = False

    @property
    def kernel(self) -> tuple[int, int]:
        """The first two numbers of the release."""
        found = re.match(r"(\d+)\.(\d+)", self.release)
        return (int(found[1]), int(found[2])) if found else (0, 0)


def this_platform(root: Path, environment: Mapping[str, str]) -> Platform:
    """Find out by the files below `root` and the environment, and by Python where they are silent."""
    release = text(root, "proc/sys/kernel/osrelease", 200).strip() or standard.release()
    return Platform(
        system=sys.platform,
        machine=standard.machine(),
        release=clean(release, 80),
        python=standard.python_version(),
        wsl=_wsl(release),
        is_container=_is_container(root, environment),
    )


def _wsl(release: str) -> int:
    # Windows' own kernels are called 4.4.0-19041-Microsoft (1) and 5.15.90.1-microsoft-standard-WSL2 (2).
    if "microsoft" not in release.lower():
        return 0
    return 1 if release.startswith("4.4.0-") and "WSL2" not in release else 2


def _is_container(root: Path, environment: Mapping[str, str]) -> bool:
    marks = (".dockerenv", "run/.containerenv", "run/systemd/container")
    # Only what starts a container sets `container` (systemd.io/CONTAINER_INTERFACE).
    return bool(environment.get("container")) or any(_exists(root / mark) for mark in marks)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def judge_platform(on: Platform) -> Ability:
    """Say how well this program is at home here."""
    shown = f"{_name(on)}, kernel {on.release}, Python {on.python}"
    state, remark, mend = State.CAN, "", None
    if on.system == "win32":
        state, remark = State.CANNOT, "native Windows has none of what exact timing needs: use WSL2 or Docker"
    elif on.wsl == 1:
        state, remark = State.CANNOT, "WSL1 imitates Linux without its kernel: use WSL2"
        mend = "wsl.exe --set-version $WSL_DISTRO_NAME 2"
    elif on.wsl == 2:
        state, remark = (
            State.DEGRADED,
            "Windows' own networks are behind a virtual one: no vantage can choose among them",
        )
    elif on.system != "linux":
        state, remark = State.DEGRADED, "without the kernel's stamps, so every figure is flagged `user`"
    elif on.machine.lower() not in _KNOWN_MACHINES:
        state, remark = State.DEGRADED, "this processor was never tried"
    elif on.is_container:
        remark = (
            "in a container, whose interfaces are not the machine's unless it shares the machine's network"
        )
    sentence = f"{shown}: {remark}." if remark else f"{shown}."
    return Ability(id="platform", state=state, sentence=sentence, mend=mend)


def _name(on: Platform) -> str:
    if on.wsl:
        return f"WSL{on.wsl} on {on.machine}"
    return f"{ {'linux': 'Linux', 'darwin': 'macOS', 'win32': 'Windows'}.get(on.system, on.system) } on {on.machine}"
