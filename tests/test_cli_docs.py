"""docs/command-line.md is what the commands say of themselves, and every example in it runs, against a lab."""

import asyncio
import re
import runpy
import shlex
from pathlib import Path

import pytest

from probe.cli import COMMANDS
from probe.lab import running
from tests.daemon_process import hopwatch
from tests.lab_client import small
from tests.lab_plan import text_for
from tests.store_records import observation, opened
from tests.typed import typed
from tests.web_server import served

DOCS = Path(__file__).parent.parent / "docs"
GENERATOR = runpy.run_path(str(DOCS / "generate_command_line.py"))
EXAMPLES, ENDLESS = GENERATOR["EXAMPLES"], GENERATOR["ENDLESS"]
PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
# What a shell is told, and no command of ours.
OF_THE_SHELL = ('eval "$(hopwatch completion bash)"',)


def lines():
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_page_is_what_the_generator_writes():
    assert GENERATOR["render"]() == PAGE


def test_every_command_has_an_example_that_is_run():
    run = {line for each in EXAMPLES.values() for line in each}

    assert set(EXAMPLES) == set(COMMANDS)
    assert {name for name in COMMANDS if not EXAMPLES[name]} == set(ENDLESS)
    assert set(lines()) - run == {*OF_THE_SHELL, *ENDLESS.values(), "hopwatch --help", "hopwatch --version"}


async def run(name, words):
    # It sets an alarm, which only the first thread of a program may.
    return await (hopwatch(*words) if name == "healthcheck" else asyncio.to_thread(typed, *words))


@pytest.mark.timeout(120)
async def test_every_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOPWATCH_CONFIG_FILE", raising=False)
    store = await opened(tmp_path / "hopwatch-data")
    store.write(observation(1))
    await store.close()
    async with running(small()) as lab, served() as surface:
        (tmp_path / "hopwatch.yml").write_text(text_for(lab, tmp_path, interval="30s", timeout="10s"))
        control = f"{lab.layout.control_host}:{lab.layout.control_port}"
        more = {"healthcheck": [surface.url], "lab": ["--control", control]}

        wrong = {}
        for name, examples in {"": {"hopwatch --help": (0,), "hopwatch --version": (0,)}, **EXAMPLES}.items():
            for line, codes in examples.items():
                words = [*shlex.split(line)[1:], *more.get(name, [])]
                code, out, err = await run(name, words)
                if code not in codes or "Traceback" in err:
                    wrong[line] = (code, out[-500:], err)

    assert wrong == {}
