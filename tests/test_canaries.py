"""Secrets under every kind of failure, shown by everything that shows anything: no trace of one is found anywhere."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from probe.config import load
from tests.daemon_process import command
from tests.rig_canaries import Canaries, canaries, places_known, places_used

FORMATS = ("text/plain", "application/openmetrics-text; version=1.0.0")
PATHS = ("", "?lang=zh", "search", "search?cause=http.status", "-/healthy", "-/ready", "nothing")
API = ("state", "observations", "failures", "findings", "observations?limit=1000", "search", "nothing")


@pytest.fixture
async def held(tmp_path):
    async with canaries(tmp_path) as made:
        yield made


async def run(held: Canaries, *words: str) -> tuple[int | None, str]:
    """Run a command to its end and return all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "probe", *words,
        env=os.environ | held.environment | {"HOPWATCH_CONFIG_FILE": str(held.config)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def shown_by_daemon(held: Canaries, folder: Path, *more: str) -> dict[str, str | bytes]:
    """Run a daemon until each check has failed, and return all that it showed and left."""
    log = folder / "log"
    with log.open("wb") as opened:
        process = await asyncio.create_subprocess_exec(
            *command(held.config, folder / "data"), "--log.level", "debug", "--web.enable-lifecycle", *more,
            env=os.environ | held.environment, stdout=opened, stderr=opened,
        )  # fmt: skip
    try:
        url = await page_of(log)
        async with aiohttp.ClientSession(url) as client, asyncio.timeout(90):
            while (await get(client, "-/ready"))[0] != 200:
                await asyncio.sleep(0.1)
            await asyncio.sleep(1.5)
            shown = await everything(client)
            async with client.post("-/reload") as answer:
                shown["reload"] = await answer.text()
            held.config.write_text(held.config.read_text() + "bogus: 1\n")
            async with client.post("-/reload") as answer:
                shown["reload refused"] = await answer.text()
        shown |= told_of_process(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        held.config.write_text(held.config.read_text().removesuffix("bogus: 1\n"))
    shown |= {one.name: one.read_bytes() for one in (folder / "data").iterdir() if one.suffix != ".ballast"}
    return shown | {"log": log.read_bytes()}


def told_of_process(pid: int) -> dict[str, str | bytes]:
    """Return what other users of the machine see of a process."""
    return {
        name: Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "comm", "status", "limits")
    }


async def page_of(log: Path) -> str:
    async with asyncio.timeout(60):
        while not (started := lines_of(log, '"daemon.started"')):
            await asyncio.sleep(0.1)
    page: str = json.loads(started[0])["page"]
    return page


def lines_of(log: Path, word: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if word in line]


async def get(client: aiohttp.ClientSession, path: str, **headers: str) -> tuple[int, str]:
    async with client.get(f"/{path}", headers=headers) as answer:
        return answer.status, await answer.text()


async def everything(client: aiohttp.ClientSession) -> dict[str, str | bytes]:
    """Return all that is served: every path, and each observation in full."""
    shown: dict[str, str | bytes] = {f"/{path}": (await get(client, path))[1] for path in PATHS}
    shown |= {f"/api/v1/{path}": (await get(client, f"api/v1/{path}"))[1] for path in API}
    shown |= {f"metrics {kind}": (await get(client, "metrics", Accept=kind))[1] for kind in FORMATS}
    failed = json.loads((await get(client, "api/v1/failures"))[1])
    assert isinstance(failed, dict)
    listed = next(value for value in failed.values() if isinstance(value, list))
    for number, one in enumerate(listed[:40]):
        place = f"{one['identity']['epoch']}/{one['identity']['seq']}"
        for path in (f"api/v1/observation/{place}", f"observation/{place}", f"observation/{place}?lang=zh"):
            shown[f"{number} {path}"] = (await get(client, path))[1]
    return shown


def leaks(held: Canaries, shown: dict[str, str | bytes]) -> dict[str, set[str]]:
    """Return which secrets were found where."""
    return {what: found for what, text in shown.items() if (found := held.within(text))}


async def test_every_place_for_a_secret_has_a_canary(held: Canaries, monkeypatch):
    """A new place for a secret fails this until `tests.rig_canaries` puts one there."""
    assert set(places_used(load(held.config))) == places_known()


@pytest.mark.alone
@pytest.mark.timeout(240)
async def test_no_secret_is_in_anything_that_the_daemon_shows_logs_or_keeps(held: Canaries, tmp_path):
    shown = await shown_by_daemon(held, tmp_path)

    assert leaks(held, shown) == {}
    # The trial is worth something: failures were seen, and the secrets went where they should.
    assert b'"probe.failed"' in shown["log"]
    assert any(
        "418" in text for what, text in shown.items() if " observation/" in what and isinstance(text, str)
    )
    limits = shown["limits"]
    assert isinstance(limits, bytes)
    assert re.search(rb"Max core file size +0 +0 ", limits)
    assert "418" in shown["/api/v1/failures"]
    sent = {"basic", "bearer", "page", "proxy", "telegram", "hook", "slack", "feishu", "dingtalk", "wecom", "query", "CANARY_HEADER"}  # fmt: skip
    assert sent <= held.reached()
    kept = ("export", "--storage.path", str(tmp_path / "data"), "--since", "1h")
    printed = [await run(held, *kept), await run(held, *kept, "--format", "openmetrics")]
    assert [(code, len(out) > 1000, held.within(out)) for code, out in printed] == [(0, True, set())] * 2


COMMANDS = (
    ("check",), ("check", "--json", "--no-controls"), ("config", "check"),
    ("doctor",), ("notify", "test"), ("budget",), ("check", "bogus"),
)  # fmt: skip


@pytest.mark.alone
@pytest.mark.timeout(240)
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_no_secret_is_in_what_a_command_prints(words: tuple[str, ...], held: Canaries):
    code, out = await run(held, *words)

    assert (out != "", held.within(out)) == (True, set()), code


async def test_config_show_repeats_the_file_and_so_a_query_that_is_written_there(held: Canaries):
    code, out = await run(held, "config", "show")

    assert (code, held.within(out)) == (0, {"query"})


async def test_a_mistake_beside_a_secret_repeats_no_part_of_it(held: Canaries):
    text = held.config.read_text()
    value = held.values["bearer"]
    wrong = text.replace("bearer: {file: bearer.key}", f"bearer: {value!r}", 1)
    held.config.write_text(wrong.replace("secret: {file: signing.key}", f"secret: [{value!r}]", 1))
    code, out = await run(held, "config", "check")

    assert (code, "a secret is not written here" in out, held.within(out)) == (78, True, set())
