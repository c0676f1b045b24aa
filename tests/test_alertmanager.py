"""Whom the shipped routes tell of each alert, and which alerts keep quiet because another one says it all."""

import asyncio
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import aiohttp
import pytest
import yaml

from tests.need import need_program
from tests.rig_alerting import ALERTMANAGER, alertmanager, asked
from tests.test_alerts import ALERTS

TEXT = ALERTMANAGER.read_text(encoding="utf-8")
Labels = Mapping[str, str]


def amtool(*words: str) -> str:
    done = subprocess.run([need_program("amtool"), *words], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_as_it_is_shipped_it_is_valid_and_tells_nobody():
    amtool("check-config", str(ALERTMANAGER))

    assert [set(one) for one in yaml.safe_load(TEXT)["receivers"]] == [{"name"}] * 4


def test_what_is_commented_out_is_valid_once_it_is_not(tmp_path: Path):
    plain = re.sub(
        r"^    # (webhook_configs:|  - url_file|    send_resolved)", r"    \1", TEXT, flags=re.MULTILINE
    )
    # Debian's Alertmanager is older than 0.26, and knows no file for a webhook's address.
    older = re.sub(r"url_file: (\S+)", r"url: http://127.0.0.1/\1", plain)
    (tmp_path / "alertmanager.yml").write_text(older)
    said = amtool("check-config", str(tmp_path / "alertmanager.yml"))

    assert "SUCCESS" in said
    assert [one["name"] for one in yaml.safe_load(plain)["receivers"] if "webhook_configs" in one] == [
        "page",
        "ticket",
        "heartbeat",
    ]
    assert len(re.findall("url_file: /etc/alertmanager/", plain)) == 3


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=Watchdog", "severity=none"), "heartbeat"),
        (("alertname=Other", "severity=info"), "log"),
        (("alertname=Other", "severity=critical"), "page"),
        (("alertname=Other",), "ticket"),
        *(
            ((f"alertname={one['alert']}", f"severity={one['labels']['severity']}"), receiver)
            for one in ALERTS
            for receiver in [{"critical": "page", "warning": "ticket"}.get(one["labels"]["severity"])]
            if receiver
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, tuple) else None,
)
def test_receiver_follows_from_the_severity(labels: tuple[str, ...], receiver: str):
    said = amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)

    assert said == receiver


def alert(name: str, severity: str = "critical", **labels: str) -> Labels:
    return {"alertname": name, "severity": severity, **labels}


WIFI = {"instance": "a", "vantage": "wifi"}
MOBILE = {"instance": "a", "vantage": "mobile"}
CHAT = {"route": "chat"}


def hop(name: str, position: str, severity: str = "critical", **labels: str) -> Labels:
    return alert("HopDown", severity, route="chat", hop=name, position=position, **labels)


Row = tuple[Labels, Sequence[Labels], Sequence[Labels]]
# What speaks, and what it mutes, and what it does not.
MATRIX: Mapping[str, Row] = {
    "an-ailing-vantage": (
        alert("VantageNetworkDown", "warning", **WIFI),
        [
            alert("RouteDown", **CHAT, **WIFI),
            hop("near", "1", "warning", **WIFI),
            alert("ProbesStale", "warning", **CHAT, hop="near", **WIFI),
        ],
        [
            alert("RouteDown", **CHAT),
            hop("near", "1", "warning", **MOBILE),
            alert("RouteDown", **CHAT, instance="b", vantage="wifi"),
            alert("ChecksMissed", "warning", **WIFI),
        ],
    ),
    "nobody-looks": (
        alert("HopwatchDown", instance="a"),
        [
            alert("ProbesStale", "warning", **CHAT, hop="near", **WIFI),
            alert("ChecksMissed", "warning", **WIFI),
            alert("VantageNetworkDown", "warning", **WIFI),
            alert("ConfigReloadFailed", "warning", instance="a"),
            alert("StoreNearlyFull", "warning", instance="a"),
        ],
        [
            alert("ProbesStale", "warning", **CHAT, hop="near", instance="b", vantage="wifi"),
            alert("RouteDown", **CHAT),
            alert("Watchdog", "none"),
        ],
    ),
    "a-route-that-is-down": (
        alert("RouteDown", **CHAT),
        [
            alert("RouteDown", "warning", **CHAT, **WIFI),
            alert("RouteErrorBudgetBurnFast", **CHAT),
            alert("RouteErrorBudgetBurnSlow", "warning", **CHAT),
        ],
        [
            hop("near", "1"),
            hop("near", "1", "warning", **WIFI),
            alert("RouteDown", "warning", route="page", **WIFI),
            alert("RouteErrorBudgetBurnFast", route="page"),
            alert("ApiKeyOrQuotaTrouble", "warning", **CHAT, hop="near"),
            alert("CertificateExpiring", "warning", **CHAT, hop="near"),
        ],
    ),
    "a-route-that-is-down-from-one-vantage": (
        alert("RouteDown", "warning", **CHAT, **WIFI),
        [],
        [alert("RouteErrorBudgetBurnFast", **CHAT), alert("RouteDown", "warning", **CHAT, **MOBILE)],
    ),
    "the-nearest-hop": (
        hop("near", "1"),
        [
            hop("mid", "2"),
            hop("far", "3", "warning", **WIFI),
            hop("farther", "6"),
            hop("near", "1", "warning", **WIFI),
        ],
        [
            hop("nowhere", "0"),
            alert("RouteDown", **CHAT),
            alert("HopDown", route="page", hop="mid", position="2"),
        ],
    ),
    "a-hop-in-the-middle": (
        hop("mid", "3", **WIFI),
        [hop("far", "4"), hop("farther", "6", "warning", **MOBILE)],
        [hop("near", "1"), hop("next", "2", "warning", **WIFI)],
    ),
    "the-second-hop": (hop("b", "2"), [hop("c", "3"), hop("f", "6")], [hop("a", "1", "warning", **WIFI)]),
    "the-fourth-hop": (hop("d", "4"), [hop("e", "5"), hop("f", "6")], [hop("c", "3", "warning", **WIFI)]),
    "the-fifth-hop": (hop("e", "5"), [hop("f", "6")], [hop("d", "4", "warning", **WIFI)]),
    "the-nearest-hop-from-one-vantage": (
        hop("near", "1", "warning", **WIFI),
        [hop("mid", "2", "warning", **WIFI), hop("far", "6", "warning", **WIFI)],
        [hop("mid", "2", "warning", **MOBILE), hop("far", "3")],
    ),
    "the-third-hop-from-one-vantage": (
        hop("c", "3", "warning", **WIFI),
        [hop("d", "4", "warning", **WIFI), hop("f", "6", "warning", **WIFI)],
        [hop("b", "2", "warning", **MOBILE), hop("e", "5", "warning", **MOBILE)],
    ),
    "a-certificate-of-two-days": (
        alert("CertificateExpiring", **CHAT, hop="near"),
        [alert("CertificateExpiring", "warning", **CHAT, hop="near")],
        [alert("CertificateExpiring", "warning", **CHAT, hop="far")],
    ),
    "a-store-that-cannot-be-written": (
        alert("StoreNearlyFull", instance="a"),
        [alert("StoreNearlyFull", "warning", instance="a")],
        [alert("StoreNearlyFull", "warning", instance="b")],
    ),
    "a-budget-that-goes-fast": (
        alert("RouteErrorBudgetBurnFast", **CHAT),
        [alert("RouteErrorBudgetBurnSlow", "warning", **CHAT)],
        [alert("RouteErrorBudgetBurnSlow", "warning", route="page")],
    ),
}


def in_job(job: str, labels: Labels) -> frozenset[tuple[str, str]]:
    return frozenset({**labels, "job": job}.items())


def pairs(column: int) -> Iterator[tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]]:
    """Give each alert of a column of the matrix with the one that speaks, in a job of their own, so that no other is beside."""
    for case, row in MATRIX.items():
        for at, labels in enumerate((row[1], row[2])[column - 1]):
            job = f"{case}-{column}-{at}"
            yield in_job(job, row[0]), in_job(job, labels)


async def suppressed(address: str) -> set[frozenset[tuple[str, str]]]:
    alerts = await asked(f"http://{address}/api/v2/alerts")
    return {frozenset(one["labels"].items()) for one in alerts if one["status"]["state"] == "suppressed"}


async def test_what_one_alert_says_mutes_those_that_say_no_more_and_no_others(tmp_path: Path):
    muted, others = list(pairs(1)), list(pairs(2))
    every = [{"labels": dict(one)} for pair in (*muted, *others) for one in pair]
    expected = {one for _, one in muted}
    async with alertmanager(tmp_path, TEXT) as address:
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"http://{address}/api/v2/alerts", json=every)
            assert answer.status == 200
        found = await suppressed(address)
        async with asyncio.timeout(15):
            while not expected <= found:
                await asyncio.sleep(0.2)
                found = await suppressed(address)

    assert [sorted(one) for _, one in others if one in found] == []


async def test_what_is_muted_comes_back_when_what_muted_it_is_over(tmp_path: Path):
    down, burn = alert("RouteDown", **CHAT), alert("RouteErrorBudgetBurnFast", **CHAT)
    async with alertmanager(tmp_path, TEXT) as address, aiohttp.ClientSession() as session:
        url = f"http://{address}/api/v2/alerts"
        await session.post(url, json=[{"labels": down}, {"labels": burn}])
        async with asyncio.timeout(15):
            while await suppressed(address) != {frozenset(burn.items())}:
                await asyncio.sleep(0.2)
            await session.post(
                url,
                json=[{"labels": down, "endsAt": "2020-01-01T00:00:00Z", "startsAt": "2019-01-01T00:00:00Z"}],
            )
            while await suppressed(address):
                await asyncio.sleep(0.2)


def test_every_rule_of_silence_is_tried():
    rules = yaml.safe_load(TEXT)["inhibit_rules"]
    words = [
        (dict(_matchers(one["source_matchers"])), dict(_matchers(one["target_matchers"]))) for one in rules
    ]
    tried = [
        (source, target)
        for source, target in words
        for speaks, muted, _ in MATRIX.values()
        if _fits(source, speaks) and any(_fits(target, one) for one in muted)
    ]

    # Of the places of one vantage's own view, 2, 4 and 5 are as 1 and 3.
    untried = [source.get("position") for source, target in words if (source, target) not in tried]
    assert untried == ["2", "4", "5"]


def _matchers(written: Sequence[str]) -> list[tuple[str, str]]:
    found = [re.fullmatch(r'(\w+) =~? "?([^"]*)"?', one) for one in written]
    return [(one[1], one[2]) for one in found if one]


def _fits(matchers: Labels, labels: Labels) -> bool:
    return all(re.fullmatch(pattern, labels.get(name, "")) for name, pattern in matchers.items())
