"""Speak with a program of the test internet: one JSON object per line, one back, over a socket that both inherit.

When the one end dies the other reads the end of the file, so nothing outlives the test process.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 15.0
_DYING_SECONDS = 2.0

# What has been read from JSON, or will be written as such.
Words = dict[str, Any]


class RefusedError(Exception):
    """The program at the other end did not do what it was asked."""


class Program:
    """A module of this package that runs in a process of its own, and does what it is asked."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        """Start it; the first question waits until it is ready. What it prints goes to the log."""
        ours, theirs = socket.socketpair()
        self._module = module
        self._log = log
        with theirs, log.open("a") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)},
            )
        ours.settimeout(_PATIENCE_SECONDS)
        self._socket = ours
        self._answers = ours.makefile("rb")
        self._turn = threading.Lock()

    def ask(self, op: str, **words: object) -> Words:
        """Ask for one thing and return what came of it."""
        with self._turn, suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(json.dumps({"op": op, **words}).encode() + b"\n")
            line = self._answers.readline()
            if line:
                return _read(line)
        raise RefusedError(self.end(_DYING_SECONDS) or f"{self._module} does not answer")

    def end(self, patience_seconds: float = 0.0) -> str:
        """Say how it has ended, and its last words; nothing when it runs."""
        try:
            code = self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            return ""
        *_, last = self._log.read_text(errors="replace").splitlines() or [""]
        return f"{self._module} has ended with {code}: {last}"

    def close(self) -> None:
        """Let it end, and see that it does."""
        self._answers.close()
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _read(line: bytes) -> Words:
    answer: Words = json.loads(line)
    if refusal := answer.pop("refusal", None):
        raise RefusedError(str(refusal))
    return answer


class Ear:
    """The program's own end of the line."""

    def __init__(self, descriptor: int) -> None:
        """Listen on an inherited socket."""
        self.socket = socket.socket(fileno=descriptor)
        self._unread = b""

    def hear(self) -> Iterator[Words]:
        """Wait for bytes once and return the requests that are whole; raise EOFError at the end."""
        received = self.socket.recv(1 << 20)
        if not received:
            raise EOFError
        *lines, self._unread = (self._unread + received).split(b"\n")
        yield from (json.loads(line) for line in lines)

    def serve(self, obey: Callable[[Words], Words]) -> None:
        """Do what has been asked, and answer; what goes wrong is the answer too."""
        for request in self.hear():
            try:
                answer = obey(request)
            except (OSError, ValueError, KeyError, TypeError) as error:
                answer = {"refusal": f"{type(error).__name__}: {error}"}
            self.socket.sendall(json.dumps(answer).encode() + b"\n")
