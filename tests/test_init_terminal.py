"""`hopwatch init` asks at a terminal, asks again for what is no address, and can be left at any time."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.need import need_program
from tests.rig_init import hop

ROOT = Path(__file__).parent.parent
_PATIENCE_SECONDS = 15
EOF, CTRL_C = "\x04", "\x03"


class Terminal:
    """A program at a terminal, to which one types."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.said = ""
        self._process = subprocess.Popen(
            # Whoever runs the tests in the background may ignore Ctrl-C, and a child inherits that.
            (need_program("env"), "--default-signal=INT", need_program("setsid"), "--ctty", sys.executable, "-m", "probe", *words),
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        os.close(theirs)

    def wait_for(self, words: str) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while words not in self.said:
            left = until - time.monotonic()
            assert left > 0, self.said
            if not self._read(left):
                raise AssertionError(self.said)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            self.said += (read := os.read(self._ours, 65_536)).decode()
        except OSError:  # the other end is gone
            return False
        return bool(read)

    def _listen(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while "stopped" not in self.said and (left := until - time.monotonic()) > 0:
            self._read(min(left, 0.2))

    def say(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def leave_by(self, key: str) -> int:
        """Press a key; once more if nothing follows, as one that comes just before a read may not wake the program."""
        for _ in range(3):
            self.say(key)
            self._listen(3)
            if "stopped" in self.said or self._process.poll() is not None:
                break
        return self.end()

    def end(self) -> int:
        while self._read(_PATIENCE_SECONDS):
            pass
        try:
            return self._process.wait(_PATIENCE_SECONDS)
        finally:
            self._process.kill()
            os.close(self._ours)


def test_what_is_no_address_is_asked_for_again(tmp_path) -> None:
    terminal = Terminal(tmp_path, "init", "--no-look")
    terminal.wait_for("your relay")
    terminal.say("ftp://hk\r")
    terminal.wait_for("a URL begins with http:// or https://")
    for answer in ("hk.test", "", "", "none"):
        terminal.say(f"{answer}\r")

    assert terminal.end() == 0, terminal.said
    written = yaml.safe_load((tmp_path / "hopwatch.yml").read_text())
    assert written["hops"] == {
        "hk": {"url": "https://hk.test"},
        "cerebras": {"url": "https://api.cerebras.ai", "plan": "cerebras-free"},
    }


@pytest.mark.parametrize("leaving", [EOF, CTRL_C])
def test_who_leaves_at_a_question_leaves_no_file(tmp_path, leaving) -> None:
    terminal = Terminal(tmp_path, "init")
    terminal.wait_for("your relay")

    assert (terminal.leave_by(leaving), list(tmp_path.iterdir())) == (130, [])
    assert "stopped; nothing is written" in terminal.said
    assert "Traceback" not in terminal.said


def test_who_leaves_while_it_looks_leaves_no_file(tmp_path) -> None:
    with hop({}, delay_seconds=20) as (silent, asked):
        terminal = Terminal(tmp_path, "init", silent)
        terminal.wait_for("looking at")
        until = time.monotonic() + _PATIENCE_SECONDS
        while not asked and time.monotonic() < until:
            select.select([], [], [], 0.02)
        code = terminal.leave_by(CTRL_C)

    assert (code, list(tmp_path.iterdir()), "Traceback" in terminal.said) == (130, [], False)


def test_none_of_all_is_nothing_to_propose(tmp_path) -> None:
    terminal = Terminal(tmp_path, "init", "--no-look")
    terminal.wait_for("your relay")
    terminal.say("\r\rnone\r")

    assert (terminal.end(), "there is nothing to propose" in terminal.said) == (2, True)
