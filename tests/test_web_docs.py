"""docs/web-config.md from its first command to its last, as a reader types it."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import yaml

from probe.access.models import Headers, HttpServer, RateLimit, TlsServer, WebConfig
from probe.access.reading import load
from probe.config import ConfigError
from tests.need import need_program

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "web-config.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
YAML = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
CONFIG = 'version: 1\nhops: {api: {url: "http://127.0.0.1:1"}}\nroutes: {chat: {hops: [api], checks: {tcp: {tcp: {}}}}}\n'


async def shell(script: str, folder: Path) -> str:
    """Run a block of the document as it is written, and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-ec", script, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, (script, err.decode())
    return out.decode()


@pytest.mark.alone
@pytest.mark.timeout(180)
async def test_a_reader_gets_from_nothing_to_a_guarded_page(tmp_path):
    for program in ("openssl", "htpasswd", "curl", "prometheus"):
        need_program(program)
    certificate, password, start, look = SHELL
    # A reader types it where the program is; here that is a place without anything else in it.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    await shell(certificate, tmp_path)
    by_htpasswd, by_python = (await shell(password, tmp_path)).split()
    (tmp_path / "hopwatch.yml").write_text(CONFIG)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    told, scraped = [], ""
    for hashed in (by_htpasswd.partition(":")[2], by_python):
        (tmp_path / "web-config.yml").write_text(re.sub(r"\$2y\S+", hashed.replace("\\", r"\\"), YAML[0]))
        async with _started(start.replace("9860", port), tmp_path):
            told.append(await shell(look.replace("9860", port), tmp_path))
            scraped = await _scraped(YAML[1].replace("9860", port), tmp_path)

    assert told == ["healthy\n", "healthy\n"]
    assert scraped == "1"


@asynccontextmanager
async def _started(start: str, folder: Path) -> AsyncIterator[None]:
    chmod, run = start.strip().splitlines()
    await shell(chmod, folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "probe", *run.split()[1:],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(40):
            line = b""
            while b"daemon.started" not in line:
                line = await process.stderr.readline()
                assert line, "the daemon ended before it was started"
        yield
    finally:
        process.terminate()
        await process.communicate()


async def _scraped(scrape: str, folder: Path) -> str:
    """Let Prometheus scrape as the document says, and return what it says of it."""
    (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n{scrape}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = await asyncio.create_subprocess_exec(
        need_program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
        f"--web.listen-address={address}", cwd=folder,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(40), aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError):
                    async with client.get(f"http://{address}/api/v1/query?query=up") as answer:
                        found = (await answer.json())["data"]["result"]
                        if found and found[0]["value"][1] == "1":
                            return str(found[0]["value"][1])
                await asyncio.sleep(0.5)
    finally:
        process.terminate()
        await process.wait()


def test_every_key_of_the_format_is_in_the_document():
    models = (WebConfig, TlsServer, HttpServer, RateLimit, Headers)
    names = [field.alias or name for model in models for name, field in model.model_fields.items()]

    assert [
        name for name in names if f"`{name}`" not in TEXT and name not in TEXT.split("## Every key")[1]
    ] == []


def test_the_other_examples_are_what_they_say(tmp_path):
    scrape = yaml.safe_load(YAML[1])
    assert list(scrape["scrape_configs"][0]) == [
        "job_name",
        "scheme",
        "tls_config",
        "basic_auth",
        "static_configs",
    ]
    (tmp_path / "web-config.yml").write_text(YAML[2])
    with pytest.raises(ConfigError, match=r"cert\.pem cannot be read"):
        load(tmp_path / "web-config.yml")
