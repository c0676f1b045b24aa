"""The daemon as an operator meets it: a process on the lab, its page and metrics, signals, and what it leaves behind."""

import asyncio
import json
import signal
import socket
from collections import defaultdict

import pytest

from probe.lab import running
from tests.daemon_process import hopwatch, running_daemon
from tests.lab_client import small
from tests.lab_plan import SERIES, text_for

pytestmark = pytest.mark.alone


@pytest.fixture
async def lab():
    async with running(small()) as started:
        yield started


@pytest.fixture
def config(lab, tmp_path):
    path = tmp_path / "lab.yml"
    path.write_text(text_for(lab, tmp_path, interval="1s", timeout="900ms"))
    return path


async def exported(storage):
    code, out, err = await hopwatch("export", "--storage.path", str(storage), "--since", "1h")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def slots(records):
    """Return, per series, every slot number that has a record, as often as it has one; extra probes fill none."""
    found = defaultdict(list)
    for one in records:
        if one["record"] == "observation" and one["purpose"] == "routine":
            found[tuple(one["series"].values())].append(one["slot"])
        elif one["record"] == "miss":
            slots = range(one["first_slot"], one["first_slot"] + one["slots"])
            found[tuple(one["series"].values())] += slots
    return found


def assert_every_slot_once(records):
    for series, numbers in slots(records).items():
        assert sorted(numbers) == list(range(len(numbers))), series


async def test_it_is_ready_once_every_check_has_run(config, tmp_path):
    async with running_daemon(config, tmp_path / "data") as daemon:
        before, _ = await daemon.get("-/ready")
        await daemon.until_ready()

        assert (before, (await daemon.get("-/healthy"))[0]) == (503, 200)
        assert await daemon.metric("hopwatch_probe_success") == SERIES


async def test_sigterm_flushes_everything_within_five_seconds(config, tmp_path):
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        code = await daemon.stop()

    records = await exported(tmp_path / "data")
    assert code == 0
    assert_every_slot_once(records)
    assert len(slots(records)) == SERIES


async def test_a_fault_moves_metrics_page_and_store_and_mending_moves_them_back(config, lab, tmp_path):
    where = {"vantage": "wifi", "hop": "hk-vps", "check": "alive"}
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        lab.break_("hk-vps.reset", "wifi")
        async with asyncio.timeout(10):
            while await daemon.metric("hopwatch_probe_success", **where):
                await asyncio.sleep(0.1)
        _, page = await daemon.get("")
        lab.mend()
        async with asyncio.timeout(10):
            while not await daemon.metric("hopwatch_probe_success", **where):
                await asyncio.sleep(0.1)

        assert "tls.reset" in page
        assert await daemon.metric("hopwatch_probe_failures_total", layer="tls", **where) >= 1
        assert await daemon.metric("hopwatch_probe_failures_total", layer="tls", vantage="mobile") == 0
        await daemon.stop()

    routine = [one for one in await exported(tmp_path / "data") if one.get("purpose") == "routine"]
    # What a busy machine was too late for is not measured, and says nothing of the fault.
    assert {one["failure"]["cause"] for one in routine if one["outcome"] == "failed"} == {"tls.reset"}


async def test_a_stop_of_the_process_blames_no_hop_and_loses_no_slot(config, tmp_path):
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        daemon.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.5)
        daemon.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(3)
        await daemon.stop()

    records = await exported(tmp_path / "data")
    assert_every_slot_once(records)
    assert not [one for one in records if one.get("outcome") == "failed"]
    assert {one["reason"] for one in records if one["record"] == "miss"} >= {"suspended"}


async def test_the_page_remembers_over_a_restart(config, lab, tmp_path):
    lab.break_("static.truncated")
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()
        await daemon.stop()
    lab.mend()
    async with running_daemon(config, tmp_path / "data") as daemon:
        _, failures = await daemon.get("api/v1/failures")

        assert "http.truncated" in failures


async def test_a_taken_address_is_one_sentence(config, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, err = await hopwatch(
            "run",
            "--config.file",
            str(config),
            "--storage.path",
            str(tmp_path / "data"),
            "--web.listen-address",
            listen,
        )

    assert code == 3
    assert err.strip().splitlines()[-1].count(listen) == 1


async def test_another_name_is_answered_to_only_when_it_is_allowed(config, tmp_path):
    told = []
    for more in ([], ["--web.allowed-host", "hopwatch"]):
        async with running_daemon(config, tmp_path / "data", *more) as daemon:
            told.append((await daemon.get("-/healthy", host="hopwatch:9860"))[0])
            await daemon.stop()

    assert told == [403, 200]


async def test_a_bad_configuration_exits_with_78_and_its_line(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("version: 1\nhops:\n  api: {ulr: https://api.example}\n")

    code, _, err = await hopwatch("run", "--config.file", str(bad), "--storage.path", str(tmp_path / "data"))

    assert code == 78
    assert f"{bad}:3:" in err
    assert "did you mean" in err


async def test_a_second_daemon_on_the_same_store_is_refused(config, tmp_path):
    async with running_daemon(config, tmp_path / "data"):
        code, _, err = await hopwatch(
            "run", "--config.file", str(config), "--storage.path", str(tmp_path / "data"),
            "--web.listen-address", "127.0.0.1:0",
        )  # fmt: skip

    assert code == 3
    assert "already" in err or "another" in err
