"""A program of its own that serves on a loopback port of a host, such as the real nginx."""

import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.internet import nobody

_PATIENCE_SECONDS = 10.0


class Process(AbstractContextManager["Process"]):
    """A program in the hop's namespace that listens on a loopback port."""

    def __init__(
        self, place: str, words: list[str], port: int, environment: Mapping[str, str], log: Path
    ) -> None:
        """Say what to run."""
        self._words = nobody.as_root(place, words)
        self._port = port
        self._environment = dict(environment)
        self._log = log
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        with ExitStack() as stack:
            printed = stack.enter_context(self._log.open("a"))
            process = subprocess.Popen(
                self._words, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, env=self._environment
            )
            stack.callback(_end, process)
            self._wait(process)
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._closing.close()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not _listens(self._port):
            if process.poll() is not None or time.monotonic() > until:
                raise OSError(f"{self._words[4]} does not listen: {self._log.read_text()[-500:]}")
            time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
