"""A fault of the lab goes in, and what Alertmanager tells comes out, by the shipped rules and routes."""

import asyncio
import re
import urllib.parse
from pathlib import Path

import pytest
import yaml

from probe.lab import Lab, running
from tests.daemon_process import Daemon, running_daemon
from tests.lab_client import small
from tests.lab_plan import SERIES, text_for
from tests.need import need_program
from tests.rig_alerting import (
    ALERTMANAGER,
    CONFIG,
    RULES,
    alertmanager,
    asked,
    hastened,
    prometheus,
    told_by,
    webhook,
)

# An evaluation and a scrape a second; the longest waiting, two minutes, becomes eight seconds.
TIMES = 15


@pytest.fixture
async def lab():
    async with running(small()) as started:
        yield started


@pytest.fixture
async def daemon(lab: Lab, tmp_path: Path):
    for program in ("prometheus", "prometheus-alertmanager"):
        need_program(program)
    config = tmp_path / "lab.yml"
    config.write_text(text_for(lab, tmp_path, interval="2s", timeout="1500ms"))
    async with running_daemon(config, tmp_path / "data") as started:
        await started.until_ready()
        yield started


def scraping(folder: Path, daemon: Daemon, alerts: str) -> dict[str, object]:
    """Return the shipped configuration of Prometheus, with the addresses of this test and less waiting."""
    (folder / "hopwatch.rules.yml").write_text(hastened(RULES.read_text(encoding="utf-8"), TIMES))
    written = yaml.safe_load((CONFIG / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    written["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    written["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alerts]}]}]
    written["scrape_configs"] = [
        {
            "job_name": "hopwatch",
            "static_configs": [{"targets": [urllib.parse.urlsplit(daemon.url).netloc]}],
        }
    ]
    return dict(written)


async def states(prometheus: str) -> set[tuple[str, str, str]]:
    """Return which alerts Prometheus has, by name, state and severity."""
    told = (await asked(f"http://{prometheus}/api/v1/alerts"))["data"]["alerts"]
    return {(one["labels"]["alertname"], one["state"], one["labels"]["severity"]) for one in told}


@pytest.mark.timeout(90)
async def test_a_hop_that_goes_and_a_key_that_is_refused_are_told_and_so_is_that_they_are_over(
    lab: Lab, daemon: Daemon, tmp_path: Path
):
    async with webhook() as heard:
        routes = told_by(hastened(ALERTMANAGER.read_text(encoding="utf-8"), 4 * TIMES), heard.url)
        async with (
            alertmanager(tmp_path, routes) as alerts,
            prometheus(tmp_path, scraping(tmp_path, daemon, alerts)) as at,
        ):
            await heard.until("firing", {("heartbeat", "Watchdog")}, seconds=15)
            assert await daemon.metric("hopwatch_probe_success") == SERIES
            # Prometheus takes some seconds to find whom to scrape, in a hurry or not.
            async with asyncio.timeout(20):
                while {name for name, *_ in await states(at)} != {"Watchdog"}:
                    await asyncio.sleep(0.2)

            lab.break_("hk-vps.refused")
            down = {("page", "HopDown"), ("page", "RouteDown")}
            seconds = await heard.until("firing", down, seconds=20)
            lab.mend()
            await heard.until("resolved", down, seconds=20)
            hops = {labels.get("hop") for *_, labels in heard.told if labels["alertname"] == "HopDown"}

            before = len(heard.told)
            lab.break_("direct.401")
            await heard.until("firing", {("ticket", "ApiKeyOrQuotaTrouble")}, seconds=20)
            lab.mend()
            await heard.until("resolved", {("ticket", "ApiKeyOrQuotaTrouble")}, seconds=20)
            meanwhile = {labels["alertname"] for _, _, labels in heard.told[before:]}

    assert hops == {"hk-vps"}
    assert meanwhile & {"RouteDown", "HopDown", "ApiKeyOrQuotaTrouble"} == {"ApiKeyOrQuotaTrouble"}
    # Four seconds of waiting, a probe each two, a scrape, an evaluation and a group a second, and room for a busy machine.
    assert seconds < 15


def test_rules_in_a_hurry_differ_from_the_shipped_ones_in_their_times_alone():
    duration = r"\b\d+(ms|[smhd])\b"
    shipped = RULES.read_text(encoding="utf-8")
    hurried = hastened(shipped, TIMES)

    assert re.sub(duration, "T", hurried) == re.sub(duration, "T", shipped)
    assert len(re.findall(r"\[\d+ms", hurried)) == len(re.findall(r"\[\d+[smhd]", shipped)) > 30
