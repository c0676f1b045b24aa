"""What is told of an ability: whether it is there, in a sentence, and the one command that mends a lack."""

import shutil
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Whether the machine can: fully, with a loss that is flagged, or not at all."""

    CAN = "can"
    DEGRADED = "degraded"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """One ability; `mend` is a command that puts it right now, `lasting` what makes it stay after a restart."""

    id: str
    state: State
    sentence: str
    mend: str | None = None
    lasting: str | None = None


# Programs that install packages, with their words for it.
_INSTALLERS = {
    "apt-get": "sudo apt-get install -y",
    "dnf": "sudo dnf install -y",
    "apk": "sudo apk add",
    "pacman": "sudo pacman -S --noconfirm",
    "zypper": "sudo zypper install -y",
    "brew": "brew install",
}


def installing(package: str) -> str:
    """Return the command that installs a package here, in Debian's words where nothing is known."""
    found = next((name for name in _INSTALLERS if shutil.which(name)), "apt-get")
    return f"{_INSTALLERS[found]} {package}"
