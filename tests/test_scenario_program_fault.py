"""A daemon's limit of open files is lowered while it runs, and raised again, by whoever may do so."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.internet.nobody import NOBODY
from tests.need import need_namespaces, need_program
from tests.scenarios.runner.program_fault import FewFiles


@pytest.fixture
def process():
    need_namespaces()
    need_program("setpriv")
    need_program("prlimit")
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all"]
    with subprocess.Popen([*words, "sleep", "60"], text=True) as started:
        comm = Path(f"/proc/{started.pid}/comm")
        until = time.monotonic() + 5
        while comm.read_text() != "sleep\n" and time.monotonic() < until:
            time.sleep(0.01)
        yield started
        started.kill()


def limits(process) -> list[str]:
    """Return how many files it may open, and how many at most."""
    lines = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("Max open files")]
    return line.split()[3:5]


def test_few_files_lowers_the_limit_of_another_users_process_and_healing_raises_it(process):
    before = limits(process)
    heal = FewFiles(daemon="v-wifi", most=7).put({"v-wifi": process})
    meanwhile = limits(process)
    heal()

    assert (meanwhile, limits(process)) == (["7", before[1]], before)


def test_a_daemon_that_has_ended_is_healed_without_a_word(process):
    heal = FewFiles(daemon="v-wifi").put({"v-wifi": process})
    process.kill()
    process.wait(5)

    assert heal() is None
