"""Every command of the README runs, against what `make run` starts."""

import asyncio
import os
import re
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.need import need, need_program

ROOT = Path(__file__).parent.parent
START = "make run"
# The lab's own addresses; somebody's `make run` may hold them.
FIXED = (("127.0.0.1", 9860), ("127.0.0.1", 9861), ("127.0.11.10", 8443))


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def test_every_page_of_the_documentation_is_linked_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[a-z-]+\.md)\)", (ROOT / "README.md").read_text()))

    assert linked == {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}


def is_free(address):
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(address)
        except OSError:
            return False
    return True


async def run(command, **options):
    return await asyncio.create_subprocess_shell(
        command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, **options
    )


@pytest.fixture
async def started():
    need_program("make")
    need(all(map(is_free, FIXED)), "the lab's addresses free: is `make run` running?")
    process = await run(START, start_new_session=True)
    lines: list[str] = []
    async with asyncio.timeout(150):
        while not any("hopwatch is ready" in line for line in lines):
            lines.append((await process.stdout.readline()).decode())
            assert lines[-1], "".join(lines)
    yield lines
    os.killpg(process.pid, signal.SIGINT)
    async with asyncio.timeout(10):
        await process.communicate()
    assert all(map(is_free, FIXED)), "Ctrl-C left something running"


@pytest.mark.timeout(240)
async def test_every_command_of_the_readme_runs(started):
    assert START in commands()
    async with aiohttp.ClientSession() as session, session.get("http://127.0.0.1:9860/") as page:
        assert "hk-vps" in await page.text()

    # A second start is refused, and leaves the first one alone.
    second = await run(f"{START} LISTEN=127.0.0.1:9862")
    out, _ = await second.communicate()
    assert (second.returncode != 0, "taken" in out.decode()) == (True, True)

    told = {}
    for command in commands():
        if command != START:
            process = await run(command)
            out, _ = await process.communicate()
            told[command] = (process.returncode, out.decode())

    wrong = {
        command: output
        for command, (code, output) in told.items()
        # 1 and 3 are answers too: something was broken on purpose, and a test machine may be offline.
        if code not in ((0, 1, 3) if " check" in command else (0,)) or "Traceback" in output
    }
    assert wrong == {}
