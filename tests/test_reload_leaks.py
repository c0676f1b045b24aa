"""Reloading again and again leaves nothing behind: no task, no file, no thread, no series, no memory."""

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from probe.clock import SystemClock
from probe.config import load
from probe.daemon.composition import Daemon
from probe.daemon.reloading import Reloading
from probe.store import Store
from probe.wire.network import SocketNetwork

CHECK = "{hop: api, tcp: {}}"
KINDS = ("source: {address: 127.0.0.7}", "source: {address: 127.0.0.8}, concurrency: 3")


def text(step: int) -> str:
    """Write one of six configurations: series come and go, vantages, intervals and bounds change, one stays."""
    more = "".join(f", check-{number}: {CHECK}" for number in range(step % 6))
    return (
        f"defaults: {{interval: {1 + step % 2}s, timeout: 900ms}}\n"
        f"metrics: {{max_series: {2000 + step % 3}}}\n"
        f"storage: {{max_size: {8 + step % 2}MiB}}\n"
        f"vantages: {{home: {{source: {{address: 127.0.0.6}}}}, roaming: {{{KINDS[step % 2]}}}}}\n"
        "hops: {api: {url: 'http://127.0.0.1:9'}}\n"
        f"routes: {{chat: {{hops: [api], checks: {{stays: {{hop: api, interval: 2s, tcp: {{}}}}{more}}}}}}}\n"
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds at one moment."""

    tasks: int
    files: int
    threads: int
    lines: int


class Running:
    """A daemon at work in this process."""

    def __init__(self, daemon: Daemon, file: Path, reloading: Reloading) -> None:
        self.daemon = daemon
        self._file = file
        self._reloading = reloading

    async def reload(self, step: int) -> None:
        self._file.write_text(text(step))
        answer = await self._reloading.ask()
        assert answer.is_taken, answer.text

    async def settled(self) -> tuple[Held, Mapping[str, int]]:
        """Go back to the first configuration, wait until its series have come to something, and count."""
        await self.reload(0)
        recent = self.daemon._recent
        async with asyncio.timeout(10):
            while any(recent.standing(one).last is None for one in recent.series):
                await asyncio.sleep(0.1)
        return self.held(), objects()

    def held(self) -> Held:
        exposed, _ = self.daemon._metrics.exposition(None)
        return Held(
            tasks=len(asyncio.all_tasks()),
            files=sum(1 for _ in Path("/proc/self/fd").iterdir()),
            # The pool of asyncio.to_thread makes a few more when it likes.
            threads=sum(not one.name.startswith("asyncio_") for one in threading.enumerate()),
            # Those of the store come with its first commits.
            lines=sum(not line.startswith(b"hopwatch_store_") for line in exposed.splitlines()),
        )


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    file = folder / "hopwatch.yml"
    file.write_text(text(0))
    clock, reloading, stop = SystemClock(), Reloading(), asyncio.Event()
    config = load(file)
    store = Store.open(folder / "data", max_bytes=8 << 20, max_age_seconds=3600, clock=clock, agent="local")
    network = SocketNetwork(clock)
    daemon = Daemon(config, store, network, clock)
    daemon.surface((), None)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(daemon.run("", stop, reloading.run(lambda: daemon.reload(file))))
            yield Running(daemon, file, reloading)
            stop.set()
    finally:
        network.close()
        await store.close()


# What a plan makes; records come and go with the probes and are bounded elsewhere.
_OF_A_PLAN = ("BoundDialer", "Histogram", "Looking", "Plan", "Probe", "Repeat", "Timetable", "Track")


def objects() -> Mapping[str, int]:
    gc.collect()
    kinds = Counter(
        type(one).__name__ for one in gc.get_objects() if str(type(one).__module__).startswith("probe")
    )
    return {kind: kinds[kind] for kind in _OF_A_PLAN}


async def test_sixty_reloads_leave_no_more_than_six(tmp_path):
    async with running(tmp_path) as one:
        for step in range(6):
            await one.reload(step)
        before = await one.settled()
        for step in range(60):
            await one.reload(step)
        # A probe that is out just now holds a task and a socket.
        async with asyncio.timeout(10):
            while (after := await one.settled()) != before:
                await asyncio.sleep(0.1)
                await asyncio.sleep(0.1)

    assert after == before
    assert before[1]["Repeat"] == 2
