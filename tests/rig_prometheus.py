"""Debian's Prometheus on a free loopback port, empty or holding what an OpenMetrics text says of the past."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.need import need_program

_SECONDS_TO_START = 20


class QueryError(Exception):
    """Prometheus refuses a query; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A running server, and the questions that one has for it."""

    url: str
    session: aiohttp.ClientSession

    async def query(self, expr: str, at: float) -> list[dict[str, Any]]:
        """Return the series of an instant query."""
        return await self._result("query", {"query": expr, "time": str(at)})

    async def query_range(self, expr: str, begin: float, end: float, step: float) -> list[dict[str, Any]]:
        """Return the series of a range query."""
        asked = {"query": expr, "start": str(begin), "end": str(end), "step": str(step)}
        return await self._result("query_range", asked)

    async def series(self, selector: str, begin: float, end: float) -> list[dict[str, str]]:
        """Return the label sets that a selector finds, as Grafana's label_values() asks for them."""
        answer = await self._get("series", {"match[]": selector, "start": str(begin), "end": str(end)})
        return list(answer)

    async def _result(self, path: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        return list((await self._get(path, asked))["result"])

    async def _get(self, path: str, asked: Mapping[str, str]) -> Any:
        # A POST, because a query may be longer than a line of HTTP.
        async with self.session.post(f"{self.url}/api/v1/{path}", data=asked) as answer:
            said = json.loads(await answer.text())
        if said["status"] != "success":
            raise QueryError(f"{asked.get('query', path)}: {said['error']}")
        return said["data"]


async def load_openmetrics(text: Path, storage: Path) -> None:
    """Write what an OpenMetrics file with times says to a storage that `running_prometheus` opens."""
    program = need_program("promtool")
    load = await asyncio.create_subprocess_exec(
        program,
        *("tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(storage)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await load.communicate()
    assert load.returncode == 0, out.decode()


@asynccontextmanager
async def running_prometheus(
    folder: Path, storage: Path | None = None, config: str = "", options: Sequence[str] = ()
) -> AsyncIterator[Prometheus]:
    """Run Prometheus with this configuration over `storage`, keeping its files in `folder`."""
    program = need_program("prometheus")
    written = folder / "prometheus.yml"
    written.write_text(config)
    address = _free_address()
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={written}",
        f"--storage.tsdb.path={storage or folder / 'tsdb'}",
        # However old what was loaded is by now, it stays.
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        *options,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            running = Prometheus(url=f"http://{address}", session=session)
            await _until_ready(running)
            yield running
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_ready(running: Prometheus) -> None:
    async with asyncio.timeout(_SECONDS_TO_START):
        while not await _is_ready(running):
            await asyncio.sleep(0.1)


async def _is_ready(running: Prometheus) -> bool:
    try:
        async with running.session.get(f"{running.url}/-/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"
