"""A fault on the lab becomes a message, and its mending another one."""

import asyncio
import json
import signal

import pytest
import yaml

from probe.lab import running
from tests.daemon_process import hopwatch, running_daemon
from tests.lab_client import small
from tests.lab_plan import text_for
from tests.rig_notify import service

pytestmark = pytest.mark.alone

INTERVAL_SECONDS = 5.0


@pytest.fixture
async def lab():
    async with running(small()) as started:
        yield started


@pytest.fixture
async def hook():
    async with service() as started:
        yield started


@pytest.fixture
def config(lab, hook, tmp_path):
    written = yaml.safe_load(text_for(lab, tmp_path, interval="5s", timeout="1500ms"))
    (tmp_path / "url").write_text(hook.url + "\n")
    written["notify"] = {
        "page_url": "http://127.0.0.1:9860",
        "channels": {"ops": {"webhook": {"url": {"file": "url"}}}},
    }
    path = tmp_path / "lab.yml"
    path.write_text(yaml.safe_dump(written))
    return path


@pytest.fixture
def small_config(config):
    """The route of one hop alone, asked every other second."""
    written = yaml.safe_load(config.read_text())
    written["defaults"] |= {"interval": "2s", "metered_interval": "2s"}
    written["routes"] = {"page": written["routes"]["page"]}
    config.write_text(yaml.safe_dump(written))
    return config


async def test_fault_is_told_within_two_cycles_and_its_end_when_it_is_mended(config, lab, hook, tmp_path):
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        before = await daemon.metric("hopwatch_notifications_total")
        broken_at = asyncio.get_running_loop().time()
        lab.break_("hk-vps.refused")
        first = (await hook.until(1))[0]
        took = first.at - broken_at
        lab.mend()
        second = (await hook.until(2))[1]
        sent = await daemon.metric("hopwatch_notifications_total", channel="ops", result="sent")

    said, over = first.json(), second.json()
    assert before == 0
    assert (said["status"], over["status"], len(hook.came), sent) == ("firing", "resolved", 2, 2.0)
    assert {one["notices"][0]["subject"] for one in (said, over)} == {"route/chat"}
    assert took < 2 * INTERVAL_SECONDS + 2


async def test_restart_neither_repeats_nor_forgets(small_config, lab, hook, tmp_path):
    async with running_daemon(small_config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        lab.break_("static.refused")
        await hook.until(1)
        await daemon.stop()
    async with running_daemon(small_config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        await asyncio.sleep(3 * 2)
        before = len(hook.came)
        lab.mend()
        over = (await hook.until(2))[1].json()

    assert (before, over["status"]) == (1, "resolved")
    assert over["notices"][0]["starts_at"] == hook.came[0].json()["notices"][0]["starts_at"]


async def test_channel_of_a_reload_is_told_what_comes_after(small_config, lab, hook, tmp_path):
    written = yaml.safe_load(small_config.read_text())
    without = {key: value for key, value in written.items() if key != "notify"}
    small_config.write_text(yaml.safe_dump(without))
    async with running_daemon(small_config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        before = "hopwatch_notifications_total" in (await daemon.get("metrics"))[1]
        small_config.write_text(yaml.safe_dump(written))
        daemon.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(10):
            while "hopwatch_notifications_total" not in (await daemon.get("metrics"))[1]:
                await asyncio.sleep(0.1)
        lab.break_("static.refused")
        first = (await hook.until(1))[0].json()

    assert (before, first["notices"][0]["subject"]) == (False, "route/page")


async def test_channel_that_is_misspelt_is_answered_with_the_nearest(config, hook):
    code, _, err = await hopwatch("notify", "test", "opss", "--config.file", str(config))

    assert (code, err.strip().partition("; ")[2], hook.came) == (2, "did you mean 'ops'?", [])


async def test_test_message_is_sent_and_the_answer_told(config, hook):
    code, out, err = await hopwatch("notify", "test", "--config.file", str(config))

    assert (code, out) == (0, "ops: sent; the service said: status 200\n"), err
    assert json.loads(hook.came[0].body)["notices"][0]["kind"] == "test"
