"""What a service manager is told, by the real daemon on a real socket, and when it is told no more that work gets done."""

import asyncio
import os
import signal
import socket
from contextlib import contextmanager
from dataclasses import replace

import pytest

from probe.daemon.diligence import Diligence
from probe.daemon.supervision import Supervisor
from probe.model import Purpose
from probe.store.errors import Operation, Trouble
from probe.store.stats import Stats
from tests.daemon_process import running_daemon
from tests.metrics_plan import miss, observe, plan

SECOND = 10**9
PROBES = plan().probes
IDLE_STORE = Stats(
    epoch="e", rows={}, bytes=0, oldest_at_ns=None, committed_seq=0, commits=0, commit_seconds=None, dropped={},
    errors={}, damaged=0, is_stuck=False,
)  # fmt: skip


@contextmanager
def listening(tmp_path, monkeypatch, *, watchdog_usec=""):
    """Be the manager of whatever is started in this block."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", watchdog_usec)
        yield heard


async def next_with(heard, key):
    """Return the next datagram that holds an assignment to `key`."""
    async with asyncio.timeout(15):
        while True:
            said = (await asyncio.get_running_loop().sock_recv(heard, 4096)).decode().splitlines()
            facts = dict(line.partition("=")[::2] for line in said)
            if key in facts:
                return facts


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "hopwatch.yml"
    file.write_text(
        "defaults: {interval: 1s}\nhops: {api: {url: 'http://127.0.0.1:9'}}\nroutes: {r: {hops: [api]}}\n"
    )
    return file


async def test_the_manager_hears_of_start_reload_and_end(tmp_path, monkeypatch, config):
    with listening(tmp_path, monkeypatch) as heard:
        async with running_daemon(config, tmp_path / "data") as daemon:
            ready = await next_with(heard, "READY")
            daemon.process.send_signal(signal.SIGHUP)
            reloading = await next_with(heard, "RELOADING")
            again = await next_with(heard, "READY")
            daemon.process.send_signal(signal.SIGTERM)
            ending = await next_with(heard, "STOPPING")

    assert ready == again == {"READY": "1", "STATUS": f"Probing by 1 series; the page is at {daemon.url}"}
    assert reloading.keys() == {"RELOADING", "MONOTONIC_USEC"}
    assert ending["STOPPING"] == "1"


async def test_the_watchdog_is_fed_three_times_in_its_time(tmp_path, monkeypatch, config):
    with listening(tmp_path, monkeypatch, watchdog_usec="1500000") as heard:
        async with running_daemon(config, tmp_path / "data"):
            await next_with(heard, "WATCHDOG")
            began = asyncio.get_running_loop().time()
            await next_with(heard, "WATCHDOG")

            assert 0.3 < asyncio.get_running_loop().time() - began < 1.5


async def test_a_loop_that_stands_still_feeds_nothing(tmp_path, monkeypatch, config):
    with listening(tmp_path, monkeypatch, watchdog_usec="300000") as heard:
        async with running_daemon(config, tmp_path / "data") as daemon:
            await next_with(heard, "WATCHDOG")
            os.kill(daemon.process.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(0.2)
                drained(heard)
                await asyncio.sleep(0.5)

                assert drained(heard) == 0
            finally:
                os.kill(daemon.process.pid, signal.SIGCONT)


async def test_what_the_watchdog_ends_leaves_the_stack_of_every_thread(tmp_path, config):
    async with running_daemon(config, tmp_path / "data") as daemon:
        daemon.process.send_signal(signal.SIGABRT)
        said = await daemon.process.stderr.read()

    assert b"Fatal Python error: Aborted" in said
    assert b"most recent call first" in said


def drained(heard):
    count = 0
    while True:
        try:
            heard.recv(4096)
        except BlockingIOError:
            return count
        count += 1


async def test_a_manager_that_is_gone_keeps_nothing_from_being_done(tmp_path, monkeypatch, config):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    async with running_daemon(config, tmp_path / "data") as daemon:
        await daemon.until_ready()

        assert await daemon.stop() == 0


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Supervisor()),
        ({"NOTIFY_SOCKET": "/run/x"}, Supervisor(address="/run/x")),
        ({"NOTIFY_SOCKET": "@x"}, Supervisor(address="\0x")),
        ({"WATCHDOG_USEC": "3000000"}, Supervisor(watchdog_ns=3 * SECOND)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"}, Supervisor(watchdog_ns=3 * SECOND)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"}, Supervisor()),
        ({"WATCHDOG_USEC": "soon"}, Supervisor()),
    ],
)
def test_the_environment_names_the_manager_and_its_patience(environment, expected):
    assert Supervisor.of(environment, pid=7) == expected


def patience():
    shortest = min(one.check.interval_seconds + one.check.timeout_seconds for one in PROBES)
    return int((shortest + 10) * SECOND)


def test_a_schedule_without_any_end_of_a_slot_is_stuck():
    diligence = Diligence()

    assert diligence.stuck(0, PROBES, IDLE_STORE) == ""
    assert diligence.stuck(patience(), PROBES, IDLE_STORE) == ""
    assert diligence.stuck(patience() + SECOND, PROBES, IDLE_STORE).startswith("no slot of the schedule")


@pytest.mark.parametrize("kind", ["observation", "miss"])
def test_whatever_a_slot_comes_to_is_work(kind):
    diligence = Diligence()
    diligence.stuck(0, PROBES, IDLE_STORE)
    diligence.write(miss() if kind == "miss" else observe())

    assert diligence.stuck(patience() + SECOND, PROBES, IDLE_STORE) == ""


def test_a_control_is_no_work_of_the_schedule():
    diligence = Diligence()
    diligence.stuck(0, PROBES, IDLE_STORE)
    diligence.write(observe(purpose=Purpose.CONTROL))

    assert diligence.stuck(patience() + SECOND, PROBES, IDLE_STORE) != ""


@pytest.mark.parametrize(
    ("later", "is_stuck"),
    [
        ({"backlog_rows": 3}, True),
        ({"backlog_rows": 3, "commits": 1}, False),
        ({"backlog_rows": 3, "errors": {(Operation.COMMIT, Trouble.FULL): 1}}, False),
        ({"backlog_rows": 0}, False),
    ],
    ids=["nothing came of it", "a commit", "an error, which has a counter", "nothing waits"],
)
def test_records_that_wait_and_a_store_that_takes_none_is_stuck(later, is_stuck):
    diligence = Diligence()
    waiting = replace(IDLE_STORE, backlog_rows=3)
    diligence.stuck(0, (), waiting)

    assert bool(diligence.stuck(61 * SECOND, (), replace(waiting, **later))) is is_stuck


def test_where_nothing_is_planned_nothing_is_missing():
    diligence = Diligence()
    diligence.stuck(0, (), IDLE_STORE)

    assert diligence.stuck(10**6 * SECOND, (), IDLE_STORE) == ""
