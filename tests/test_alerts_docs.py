"""The commands of docs/alerts.md and of the runbooks run, beside a daemon that looks at the lab."""

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from probe.lab import running
from tests.daemon_process import running_daemon
from tests.lab_client import small
from tests.lab_plan import text_for
from tests.need import need_program

ROOT = Path(__file__).parent.parent
PAGE = "http://127.0.0.1:9860"
PAGES = [ROOT / "docs" / "alerts.md", *sorted((ROOT / "docs" / "runbooks").glob("*.md"))]
# A machine may lack something, and a check may fail where a test's lab is slow: what counts is that the command is one.
FINE = {0, 1, 3}


def commands(*pages: Path) -> list[str]:
    blocks = [
        block for page in pages for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    return sorted({line for block in blocks for line in block.splitlines() if line})


def of_hopwatch() -> list[str]:
    return [one for one in commands(*PAGES) if one.startswith("hopwatch ") or PAGE in one.split()[-1]]


async def code_of(typed: str, folder: Path, url: str) -> int | str:
    words = [word.replace(PAGE + "/", url) for word in shlex.split(typed)]
    if words[0] == "hopwatch":
        words = [sys.executable, "-m", "probe", *words[1:]]
    if words[0] == "curl":
        words.insert(1, "--fail")
    if words[-1] == "healthcheck":
        words.append(url)
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode if process.returncode in FINE else said.decode()


@pytest.mark.timeout(240)
async def test_commands_that_ask_hopwatch_run_where_it_runs(tmp_path: Path):
    need_program("curl")
    async with running(small()) as lab:
        (tmp_path / "hopwatch.yml").write_text(text_for(lab, tmp_path, interval="30s"))
        async with running_daemon(tmp_path / "hopwatch.yml", tmp_path / "hopwatch-data") as daemon:
            await daemon.until_ready()
            two = asyncio.Semaphore(2)

            async def run(typed: str) -> int | str:
                async with two:
                    return await code_of(typed, tmp_path, daemon.url)

            async with asyncio.TaskGroup() as group:
                tasks = {typed: group.create_task(run(typed)) for typed in of_hopwatch()}
    codes = {typed: task.result() for typed, task in tasks.items()}

    assert {typed: code for typed, code in codes.items() if code not in FINE} == {}
    assert {code for typed, code in codes.items() if typed.startswith("curl")} == {0}
    assert len(codes) > 15


@pytest.mark.parametrize("typed", [one for one in commands(*PAGES) if one not in of_hopwatch()])
def test_commands_about_the_files_run_in_the_repository(typed: str):
    need_program(typed.split()[0])

    assert asyncio.run(code_of(typed, ROOT, PAGE + "/")) == 0


def test_links_of_the_pages_lead_somewhere():
    broken = {
        (page.name, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / link).exists()
    }

    assert broken == set()
