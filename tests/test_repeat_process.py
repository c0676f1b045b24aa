"""A real program is stopped for two seconds beside a busy neighbour: no slot is lost, and no hop is blamed for it."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.need import need

SECONDS, STOPPED_SECONDS = 6.0, 2.0
STOPPED_AFTER_SECONDS = 3.0


@dataclass(frozen=True)
class Account:
    """What the stopped program said of itself, and when it was stopped on the boot clock."""

    due: dict[str, int]
    told: list[dict[str, Any]]
    stopped_ns: int
    resumed_ns: int

    def in_flight(self) -> list[dict[str, Any]]:
        return [
            one
            for one in self.told
            if "outcome" in one and one["began_ns"] < self.stopped_ns and one["ended_ns"] > self.resumed_ns
        ]


async def _answer_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.25)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
        pass  # the program was stopped, or it ended
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _stopped_once() -> Account:
    server = await asyncio.start_server(_answer_slowly, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = [sys.executable, "-m", "tests.repeat_child", str(SECONDS), str(port)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        await asyncio.sleep(STOPPED_AFTER_SECONDS)
        child.send_signal(signal.SIGSTOP)
        stopped = _boot_ns()
        await asyncio.sleep(STOPPED_SECONDS)
        resumed = _boot_ns()
        child.send_signal(signal.SIGCONT)
        out, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        server.close()
    said = json.loads(out)
    return Account(said["due"], said["told"], stopped, resumed)


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    need(hasattr(time, "CLOCK_BOOTTIME"), "a boot clock")
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        try:
            yield asyncio.run(_stopped_once())
        finally:
            neighbour.kill()


def test_slots_are_observations_and_misses(account):
    slots: dict[str, list[int]] = defaultdict(list)
    for one in account.told:
        slots[one["series"]] += one["slots"]

    assert slots == {series: list(range(due)) for series, due in account.due.items()}


def test_the_slots_of_the_stop_are_missed_as_suspended(account):
    slept = [
        one["reason"]
        for one in account.told
        if "reason" in one
        for due in one["due_ns"]
        if account.stopped_ns < due < account.resumed_ns
    ]

    assert len(slept) >= 20
    assert set(slept) == {"suspended"}


def test_no_probe_that_was_in_flight_over_the_stop_failed(account):
    in_flight = [(one["outcome"], "suspended" in one["taints"]) for one in account.in_flight()]

    assert in_flight
    assert set(in_flight) <= {("not_measured", True), ("ok", True)}


def test_no_probe_that_began_after_the_stop_is_tainted_by_it(account):
    after = [one["taints"] for one in account.told if one.get("began_ns", 0) > account.resumed_ns]

    assert after
    assert [taints for taints in after if "suspended" in taints] == []
