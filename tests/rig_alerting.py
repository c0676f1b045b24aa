"""Debian's Prometheus and Alertmanager as programs of a test's own, and a webhook that hears what they tell."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from tests.need import need_program

CONFIG = Path(__file__).parent.parent / "config"
RULES = CONFIG / "prometheus" / "hopwatch.rules.yml"
ALERTMANAGER = CONFIG / "alertmanager" / "alertmanager.yml"
_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def hastened(text: str, times: float) -> str:
    """Return rules or routes in which every duration is shorter by so many times, and nothing else is changed."""
    where = r"(?<=\[)[\dsmhd:]+(?=\])|(?<=offset )\d+[smhd]|(?<=for: )\d+[smhd]|(?<=interval: )\d+[smhd]"
    where += r"|(?<=wait: )\d+[smhd]"
    return re.sub(where, lambda found: _hastened(found[0], times), text)


def _hastened(words: str, times: float) -> str:
    return re.sub(r"(\d+)([smhd])", lambda found: f"{round(int(found[1]) * _MS[found[2]] / times)}ms", words)


class Webhook:
    """Every alert that was told, in its order, by the receiver that it was told to."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, str]]] = []
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        for alert in (await request.json())["alerts"]:
            self.told.append((request.match_info["receiver"], alert["status"], alert["labels"]))
        return web.Response()

    def names(self, status: str) -> set[tuple[str, str]]:
        """Return which alerts were told of, each with its receiver."""
        return {(receiver, labels["alertname"]) for receiver, said, labels in self.told if said == status}

    async def until(self, status: str, wanted: set[tuple[str, str]], seconds: float) -> float:
        """Wait until these were told, and return how long it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(seconds):
                while not wanted <= self.names(status):
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise TimeoutError(f"{wanted - self.names(status)} not {status}; told: {self.told}") from error
        return loop.time() - began


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    heard = Webhook()
    app = web.Application()
    app.router.add_post("/{receiver}", heard.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield heard
    finally:
        await runner.cleanup()


def told_by(text: str, hooks: str) -> str:
    """Return the routes with a webhook at `hooks` for each receiver."""
    written = yaml.safe_load(text)
    for receiver in written["receivers"]:
        receiver["webhook_configs"] = [{"url": f"{hooks}/{receiver['name']}"}]
    return yaml.safe_dump(written)


@asynccontextmanager
async def alertmanager(folder: Path, config: str) -> AsyncIterator[str]:
    """Run Debian's Alertmanager with a configuration, and give its address."""
    file = folder / "alertmanager.yml"
    file.write_text(config, encoding="utf-8")
    address = free_address()
    words = [
        need_program("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    async with _running(words, f"http://{address}/-/ready"):
        yield address


@asynccontextmanager
async def prometheus(folder: Path, config: Mapping[str, Any]) -> AsyncIterator[str]:
    """Run Debian's Prometheus with a configuration, and give its address."""
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
    address = free_address()
    words = [
        need_program("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={address}",
        # What is told before it has found Alertmanager, some seconds after its start, would be told again in a minute.
        "--rules.alert.resend-delay=1s",
    ]
    async with _running(words, f"http://{address}/-/ready"):
        yield address


@asynccontextmanager
async def _running(words: Iterable[str], ready: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(15):
            while await status(ready) != 200:
                assert process.returncode is None, f"{words} ended"
                await asyncio.sleep(0.1)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def status(url: str) -> int | None:
    """Return the status that an address answers with, or None while it does not."""
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url) as answer:
                return answer.status
        except aiohttp.ClientError:
            return None


async def asked(url: str, **parameters: str) -> Any:
    """Return what an address answers, as JSON."""
    async with aiohttp.ClientSession() as session, session.get(url, params=parameters) as answer:
        return json.loads(await answer.text())


def free_address() -> str:
    """Return an address on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"
