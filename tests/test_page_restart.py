"""The page of a real daemon: the day and what turned outlive a restart, and every link on it leads somewhere."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from probe.lab import running
from tests.daemon_process import Daemon, running_daemon
from tests.lab_client import small
from tests.lab_plan import text_for

pytestmark = pytest.mark.timeout(120)


async def test_a_restarted_daemon_shows_the_day_and_leads_to_each_record(tmp_path: Path):
    async with running(small()) as lab:
        config = tmp_path / "lab.yml"
        config.write_text(text_for(lab, tmp_path, interval="1s", timeout="900ms"))
        lab.break_("static.truncated")
        async with running_daemon(config, tmp_path / "data") as daemon:
            await daemon.until_ready()
            before = await _day(daemon)
            await daemon.stop()
        lab.mend()
        async with running_daemon(config, tmp_path / "data") as daemon:
            await daemon.until_ready()
            after = await _day(daemon)
            _, page = await daemon.get("?lang=zh")
            links = {unescape(one) for one in re.findall(r'href="((?:search|observation)[^"]*)"', page)}
            answers = {link: (await daemon.get(link))[0] for link in sorted(links)[::4]}
            turned = json.loads((await daemon.get("api/v1/state"))[1])["turned"]

    assert before
    assert all(after[pair] > count for pair, count in before.items())
    assert ("static", "http.truncated") in {(one["hop"], one["cause"]) for one in turned}
    assert set(answers.values()) == {200}


async def _day(daemon: Daemon) -> dict[tuple[str, str], int]:
    state = json.loads((await daemon.get("api/v1/state"))[1])
    return {(one["hop"], one["vantage"]): one["measured"] for one in state["day"] if one["measured"]}
