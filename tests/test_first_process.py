"""The first process of a container is sent only the signals that it asked for: every command asks for its end."""

import os
import subprocess
import sys
from pathlib import Path

from tests.need import need_namespaces, need_program


def test_a_command_that_is_not_ready_yet_ends_when_told_to(tmp_path):
    need_namespaces()
    # It waits for the rest of its configuration.
    pipe = tmp_path / "hopwatch.yml"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [
            need_program("unshare"), "--pid", "--fork", "--kill-child",
            sys.executable, "-m", "probe", "config", "check", "--config.file", str(pipe),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        # Returns when the command has opened it for reading.
        with pipe.open("w"):
            first = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().strip()
            subprocess.run(("kill", "-s", "TERM", first), check=True)
            _, told = process.communicate(timeout=20)
    finally:
        process.kill()

    assert (process.returncode, told) == (130, "stopped\n")
