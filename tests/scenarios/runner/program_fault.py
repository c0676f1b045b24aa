"""What can befall a daemon itself, beside what befalls its network: it stands still for a time, or is short of files."""

import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tests.internet import injection, namespace
from tests.internet.kernel_fault import Heal
from tests.internet.nobody import NOBODY

# The process of each daemon, by the node at which it runs.
Processes = Mapping[str, subprocess.Popen[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """The daemon stands still, as when its machine sleeps; healing wakes it."""

    daemon: str

    def put(self, processes: Processes) -> Heal:
        """Stop it."""
        process = processes[self.daemon]
        process.send_signal(signal.SIGSTOP)
        return lambda: process.send_signal(signal.SIGCONT)


@dataclass(frozen=True, slots=True, kw_only=True)
class FewFiles:
    """The daemon may open no more files, sockets included, once it has so many; what is open stays open."""

    daemon: str
    most: Annotated[int, Field(ge=0, le=100_000)] = 0

    def put(self, processes: Processes) -> Heal:
        """Lower its limit."""
        process = processes[self.daemon]
        usual = _limit(process, "--noheadings", "--raw", "--output=SOFT", "--nofile").strip()
        _limit(process, f"--nofile={self.most}:")
        return lambda: _limited(process, usual)


def _limited(process: subprocess.Popen[str], most: str) -> None:
    if process.poll() is None:
        _limit(process, f"--nofile={most}:")


def _limit(process: subprocess.Popen[str], *words: str) -> str:
    """Act as the daemon's own user: root needs CAP_SYS_RESOURCE for another's limits, which containers lack."""
    user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return namespace.call(*user, "prlimit", f"--pid={process.pid}", *words)


ProgramFault = Frozen | FewFiles
PROGRAM_FAULTS = (Frozen, FewFiles)
KINDS: Mapping[str, type[ProgramFault]] = {"frozen": Frozen, "few_files": FewFiles}


def read(given: Mapping[str, object]) -> injection.Fault | ProgramFault:
    """Return the fault that the data describe, of a daemon or of the lab. Raises FaultError."""
    return injection.read(given, {**injection.KINDS, **KINDS})
