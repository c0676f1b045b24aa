"""The commands of docs/containers.md, section by section, and a shell that runs them as they stand there."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.containers.engine import Engine, TrialError, in_namespace
from tests.containers.images import ROOT
from tests.containers.old_compose import FOLDER_VARIABLE

# Commands about what no registry gives us here.
NOT_HERE = re.compile(r"\bgrafana\b")
_WRAPPERS = {
    "docker": f'if [ "$1" = compose ]; then shift; PYTHONPATH={ROOT} exec {sys.executable} -m tests.containers.old_compose "$@"; fi\n'
    'exec /usr/bin/docker "$@"\n',
    "sudo": 'exec "$@"\n',
}


def sections(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the shell blocks of each section."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    found = {
        title: tuple(re.findall(r"^```sh\n(.*?)^```$", body, re.DOTALL | re.MULTILINE))
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {title: blocks for title, blocks in found.items() if blocks}


@dataclass(slots=True, kw_only=True)
class Shell:
    """A shell in a clone of the project, beside the engine, that remembers what of the page it ran."""

    engine: Engine
    clone: Path
    index: str
    page: Mapping[str, tuple[str, ...]]
    done: set[tuple[str, int]] = field(default_factory=set)

    def documented(self, section: str, *blocks: int, seconds: float = 120) -> str:
        """Run these blocks of a section, by default all of them, and return what they printed."""
        given = self.page[section]
        chosen = blocks or tuple(range(len(given)))
        self.done.update((section, number) for number in chosen)
        scripts = [given[number] for number in chosen if not NOT_HERE.search(given[number])]
        return "".join(self.run(script, seconds=seconds) for script in scripts)

    def run(self, script: str, *, seconds: float = 120) -> str:
        """Run a script and return what it printed, or fail with that."""
        done = subprocess.run(
            (*in_namespace(), "bash", "-ec", script),
            cwd=self.clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if done.returncode:
            raise TrialError(f"{script}ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @property
    def left(self) -> list[str]:
        """The blocks of the page that were not run."""
        return [
            f"{section}, block {number + 1}"
            for section, blocks in self.page.items()
            for number in range(len(blocks))
            if (section, number) not in self.done
        ]

    def _environment(self) -> dict[str, str]:
        folder = self.clone.parent
        wrappers = folder / "bin"
        wrappers.mkdir(exist_ok=True)
        for name, script in _WRAPPERS.items():
            (wrappers / name).write_text(f"#!/bin/sh\n{script}")
            (wrappers / name).chmod(0o755)
        environment = self.engine.environment
        return {
            **environment,
            "PATH": f"{wrappers}:{environment['PATH']}",
            "PIP_INDEX_URL": self.index,
            FOLDER_VARIABLE: str(folder),
        }
