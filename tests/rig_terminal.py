"""A program at a terminal of a given size, which one watches and types at."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.need import need_program

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 40
ENTERS, LEAVES = "\x1b[?1049h", "\x1b[?1049l"
CTRL_C = "\x03"


class Terminal:
    """A program of ours at a terminal."""

    def __init__(
        self, *words: str, folder: Path = ROOT, rows: int = 30, columns: int = 110, **more: str
    ) -> None:
        self._ours, self._theirs = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self._theirs)
        self.said = ""
        env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.process = subprocess.Popen(
            # Whoever runs the tests in the background may ignore Ctrl-C, and a child inherits that.
            (need_program("env"), "--default-signal=INT", need_program("setsid"), "--ctty", sys.executable, "-m", "probe", *words),
            stdin=self._theirs, stdout=self._theirs, stderr=self._theirs, cwd=folder,
            env={**env, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more},
        )  # fmt: skip

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def text(self) -> str:
        """What was said, without the sequences that place and colour it."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.said)

    def wait_for(self, words: str, *, again: bool = False) -> None:
        """Read until these words are there; with `again` until they come anew."""
        begin = len(self.text) if again else 0
        until = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text[begin:]:
            left = until - time.monotonic()
            assert left > 0, self.text
            self._read(min(left, 0.5))

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self._ours, 65_536)
        except OSError:
            return False
        self.said += read.decode("utf-8", "replace")
        return bool(read)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> int:
        """Read to the end, and return the code that it left with."""
        until = time.monotonic() + PATIENCE_SECONDS
        try:
            while self.process.poll() is None and time.monotonic() < until:
                self._read(0.1)
            while self._read(0.05):
                pass
            return self.process.wait(1)
        finally:
            self.process.kill()

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal's settings are those of the beginning."""
        return termios.tcgetattr(self._theirs) == self.before

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)
