"""One daemon of a scenario: its process at a node of the test internet, its log, and what it recorded."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from probe.model import Record
from probe.store.reading import read
from tests.internet.net import Internet
from tests.scenarios.runner.scenario import Scenario
from tests.scenarios.runner.standard import configuration, written

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LINES_SHOWN = 3
_CHARACTERS_SHOWN = 300


class StageError(Exception):
    """A scenario that could not be played, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A daemon that has been started."""

    node: str
    process: subprocess.Popen[str]
    log: Path
    store: Path

    def wait(self) -> None:
        """Wait until it probes. Raises StageError when it does not."""
        until = time.monotonic() + _START_SECONDS
        while "daemon.started" not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None:
                raise StageError(
                    f"the daemon at {self.node} ended with {self.process.returncode}: {self.last()}"
                )
            if time.monotonic() > until:
                raise StageError(f"the daemon at {self.node} has not started within {_START_SECONDS:g} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as an operator does. Raises StageError when it had ended before, or does not end."""
        if self.process.poll() is not None:
            raise StageError(
                f"the daemon at {self.node} ended by itself with {self.process.returncode}: {self.last()}"
            )
        # One that stands still would not hear that it is to end.
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            code = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise StageError(f"the daemon at {self.node} did not end within {_STOP_SECONDS:g} s") from None
        if code:
            raise StageError(f"the daemon at {self.node} ended with {code}: {self.last()}")

    def raise_own_errors(self) -> None:
        """Look for an error of its own that it has logged. Raises StageError."""
        for line in self.log.read_text(errors="replace").splitlines():
            if is_error(line):
                raise StageError(
                    f"the daemon at {self.node} logged an error of its own: {line[:_CHARACTERS_SHOWN]}"
                )

    def records(self) -> tuple[Record, ...]:
        """Return everything that it has written down, the oldest first."""
        return tuple(read(self.store))

    def last(self) -> str:
        """Return the last lines of its log."""
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])


def start(net: Internet, scenario: Scenario, node: str) -> Running:
    """Start the daemon of a node, as a user without rights."""
    file, log, store = (net.home / f"{node}{end}" for end in (".hopwatch.yml", ".log", "-store"))
    file.write_text(written(configuration(scenario, node)))
    log.touch()
    words = ("--config.file", str(file), "--storage.path", str(store), "--log.format", "json")
    most = scenario.daemons[node].open_files
    limited = () if most is None else ("prlimit", f"--nofile={most}")
    program = (*limited, sys.executable, "-m", "probe", "run", *words)
    process = net.popen(node, *program, as_nobody=True, log=log)
    return Running(node=node, process=process, log=log, store=store)


def is_error(line: str) -> bool:
    """Tell whether a line of a log is an error of the program, or no entry of its log at all."""
    try:
        entry = json.loads(line)
    except ValueError:
        return True
    return entry.get("level") in ("error", "critical")
