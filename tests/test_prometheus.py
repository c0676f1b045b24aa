"""Debian's Prometheus scrapes the daemon, and promtool finds nothing to say about it."""

import asyncio
import json
import socket
import urllib.parse

import aiohttp
import pytest

from probe.lab import running
from tests.daemon_process import running_daemon
from tests.lab_client import small
from tests.lab_plan import SERIES, text_for
from tests.need import need_program

CONFIG = """
global: {{scrape_interval: 500ms}}
scrape_configs:
  - job_name: hopwatch
    static_configs: [{{targets: ["{target}"]}}]
"""


@pytest.fixture
async def lab():
    async with running(small()) as started:
        yield started


@pytest.fixture
async def daemon(lab, tmp_path):
    config = tmp_path / "lab.yml"
    config.write_text(text_for(lab, tmp_path, interval="1s", timeout="900ms"))
    async with running_daemon(config, tmp_path / "data") as started:
        await started.until_ready()
        yield started


@pytest.fixture
async def prometheus(daemon, tmp_path):
    program = need_program("prometheus")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    target = urllib.parse.urlsplit(daemon.url).netloc
    (tmp_path / "prometheus.yml").write_text(CONFIG.format(target=target))
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/tsdb",
        f"--web.listen-address={address}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    yield f"http://{address}/api/v1/query"
    process.terminate()
    await process.wait()


async def value(prometheus, query):
    """Return the one value of a query, or None while there is none."""
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(prometheus, params={"query": query}) as answer:
                result = json.loads(await answer.text())["data"]["result"]
        except (aiohttp.ClientError, ValueError):
            return None
    return float(result[0]["value"][1]) if result else None


async def until(prometheus, query, expected):
    async with asyncio.timeout(20):
        while await value(prometheus, query) != expected:
            await asyncio.sleep(0.2)


async def test_prometheus_sees_a_fault_and_its_first_failure(daemon, lab, prometheus):
    await until(prometheus, "sum(hopwatch_probe_success)", float(SERIES))
    lab.break_("static.refused", "wifi")
    await until(prometheus, 'hopwatch_probe_success{hop="static",vantage="wifi"}', 0.0)

    grown = await value(prometheus, 'sum(increase(hopwatch_probe_failures_total{layer="tcp"}[20s])) > bool 0')
    samples = await value(prometheus, "scrape_samples_scraped - hopwatch_series")
    assert (grown, samples) == (1.0, 0.0)


async def test_promtool_finds_nothing_to_say(daemon, lab):
    program = need_program("promtool")
    lab.break_("hk-vps.upstream-refused")
    await asyncio.sleep(1.5)
    _, text = await daemon.get("metrics")

    process = await asyncio.create_subprocess_exec(
        program,
        "check",
        "metrics",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(text.encode())

    assert (process.returncode, out) == (0, b"")
