"""Every shell command of the documentation is run by somebody: here, by another test, or by a trial of its own."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest

from probe.cause.taxonomy import CAUSES
from probe.lab import running
from tests.lab_client import small
from tests.lab_plan import text_for
from tests.store_records import observation, opened
from tests.typed import typed

ROOT = Path(__file__).parent.parent
PAGES = {page.name: page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
HERE = ("configuration.md", "privacy.md", "troubleshooting.md")
GROUPS = ("config", "lab", "notify")
# 1: this machine lacks something, which is an answer.
MAY_FAIL = ("hopwatch doctor", "hopwatch doctor --json")


def commands(name):
    blocks = re.findall(
        r"^```sh\n(.*?)^```", PAGES[name].read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("name", [one for one in PAGES if commands(one) and one not in HERE])
def test_each_page_with_commands_is_read_by_a_test_or_trial_that_runs_them(name):
    others = [one for one in (ROOT / "tests").rglob("*.py") if one != Path(__file__)]

    assert [one.name for one in others if name in one.read_text(encoding="utf-8")], f"nobody runs {name}"


def test_the_pages_that_are_run_here_have_commands():
    assert [one for one in HERE if not commands(one)] == []


@pytest.mark.timeout(120)
async def test_the_commands_of_the_other_pages_run_beside_a_lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOPWATCH_CONFIG_FILE", raising=False)
    store = await opened(tmp_path / "hopwatch-data")
    store.write(observation(1))
    await store.close()
    wrong = {}
    async with running(small()) as lab:
        (tmp_path / "hopwatch.yml").write_text(text_for(lab, tmp_path, interval="30s", timeout="10s"))
        for line in dict.fromkeys(line for name in HERE for line in commands(name)):
            program, *words = shlex.split(line.partition(" > ")[0])
            code, _, err = await asyncio.to_thread(typed, *words)
            if program != "hopwatch" or code > (line in MAY_FAIL) or "Traceback" in err:
                wrong[line] = (code, err)

    assert wrong == {}


def test_the_causes_that_troubleshooting_names_are_in_the_taxonomy():
    layers = "|".join(sorted({one.partition(".")[0] for one in CAUSES}))
    named = re.findall(
        rf"`((?:{layers})\.[a-z0-9_.]+)`", PAGES["troubleshooting.md"].read_text(encoding="utf-8")
    )

    assert (len(named) > 10, [one for one in named if one not in CAUSES]) == (True, [])


def test_the_lab_names_commands_that_a_reader_can_type_as_they_stand():
    text = (ROOT / "config" / "run-lab.sh").read_text(encoding="utf-8")
    told = re.findall(r"\S*hopwatch lab \w+", text)

    assert [one for one in told if not one.startswith(".venv/bin/hopwatch ")] == []
    assert len(told) == 3


def test_commands_within_a_sentence_are_commands():
    """An example that stands in a line of text has a command and options that exist."""
    text = PAGES["troubleshooting.md"].read_text(encoding="utf-8")
    wrong = {}
    for line in sorted(set(re.findall(r"`(hopwatch [^`]+)`", text))):
        _, name, *words = shlex.split(line)
        # A group shows its own help first, so that it goes last there.
        code, _, err = typed(name, *words, "--help") if name in GROUPS else typed(name, "--help", *words)
        if code != 0:
            wrong[line] = err

    assert wrong == {}
