"""A daemon in a process of its own, as an operator runs it."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp


class Daemon:
    """A running daemon: its page's address, its process, and what it logged."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url

    async def get(self, path: str, host: str | None = None) -> tuple[int, str]:
        headers = {"Host": host} if host else {}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.url + path, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def until_ready(self, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while (await self.get("-/ready"))[0] != 200:
                await asyncio.sleep(0.1)

    async def metric(self, name: str, **labels: str) -> float:
        """Add up the samples of one name that carry these labels."""
        _, text = await self.get("metrics")
        total = 0.0
        for line in text.splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name:
                given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
                if labels.items() <= given.items():
                    total += float(found[3])
        return total

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            return await self.process.wait()


def command(config: Path, storage: Path, listen: str = "127.0.0.1:0") -> list[str]:
    return [
        sys.executable, "-m", "probe", "run", "--config.file", str(config), "--storage.path", str(storage),
        "--web.listen-address", listen, "--log.format", "json",
    ]  # fmt: skip


@asynccontextmanager
async def running_daemon(config: Path, storage: Path, *more: str) -> AsyncIterator[Daemon]:
    process = await asyncio.create_subprocess_exec(
        *command(config, storage), *more, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        line = b""
        async with asyncio.timeout(20):
            while b"daemon.started" not in line:
                line = await process.stderr.readline()
                assert line, "the daemon ended before it was started"
        yield Daemon(process, json.loads(line)["page"])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def hopwatch(*words: str) -> tuple[int | None, str, str]:
    """Run one command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "probe", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
