"""`docker compose` as the documentation writes it, by Debian's docker-compose 1.29, for which the files are made simpler.

What is dropped: the top-level `name`, which it does not know, and Grafana, whose image cannot be had here. What is added: images
are built on the engine's own network, where the package index is.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.containers.images import LEFT_OUT

FOLDER_VARIABLE = "HOPWATCH_TRIAL_FOLDER"
_WITHOUT_TERMINAL = ("exec", "run")


def simpler(text: str) -> str:
    """Return a compose file as the old program takes it."""
    composed: dict[str, Any] = yaml.safe_load(text)
    composed.pop("name", None)
    services = composed["services"]
    for name in [name for name, service in services.items() if LEFT_OUT in service.get("image", "")]:
        del services[name]
    for service in services.values():
        if "build" in service:
            service["build"]["network"] = "host"
    for anchor in [key for key in composed if key.startswith("x-")]:
        del composed[anchor]
    return yaml.safe_dump(composed, sort_keys=False)


def arguments(words: Sequence[str], folder: Path) -> list[str]:
    """Return the old program's arguments for those of the new one."""
    given = list(words)
    files = []
    while given[:1] == ["-f"]:
        files.append(Path(given[1]))
        del given[:2]
    files = files or [Path("docker-compose.yml")]
    # A project's folder is that of its first file.
    project = files[0].parent
    options = []
    for file in files:
        made = folder / file.name
        made.write_text(simpler(file.read_text()))
        options += ["-f", str(made)]
    return ["docker-compose", "-p", "hopwatch", "--project-directory", str(project), *options, *_plain(given)]


def _plain(words: list[str]) -> list[str]:
    for command in _WITHOUT_TERMINAL:
        if command in words and "-T" not in words:
            words.insert(words.index(command) + 1, "-T")
            break
    return words


if __name__ == "__main__":
    command = arguments(sys.argv[1:], Path(os.environ[FOLDER_VARIABLE]))
    os.execvp(command[0], command)
