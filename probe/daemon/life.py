"""One life of the daemon: open, serve, probe, flush, close."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from probe.access.live import Access
from probe.clock import Clock, SystemClock
from probe.config import Config
from probe.daemon.composition import Daemon
from probe.daemon.diligence import Diligence
from probe.daemon.reloading import Answer, Reloading
from probe.daemon.signals import Signals
from probe.daemon.supervision import Supervision, supervisor
from probe.store import Store
from probe.web import serving
from probe.web.board import Reload
from probe.wire.network import SocketNetwork

_log = structlog.get_logger()


async def run(
    config: Config,
    *,
    listen: str,
    storage: Path,
    allowed_hosts: tuple[str, ...] = (),
    file: Path | None = None,
    lifecycle: bool = False,
    access: Access | None = None,
) -> None:
    """Probe until told to stop by SIGTERM or SIGINT, then flush and return.

    SIGHUP has `file` read again, and with `lifecycle` so does a POST. Raises StoreError when the store cannot be opened
    and ListenError when the address is taken.
    """
    reloading = Reloading()
    # First of all: by default SIGHUP ends a process, and it may come while the store is being opened.
    stop = Signals(reloading.ask).stop
    clock = SystemClock()
    store = await asyncio.to_thread(_opened, config, storage, clock)
    network = SocketNetwork(clock)
    is_started = False
    try:
        diligence = Diligence()
        daemon = Daemon(config, store, network, clock, beside=(diligence,))
        daemon.preload(storage)
        surface = daemon.surface(allowed_hosts, _by_http(reloading) if lifecycle else None, access)
        async with serving(surface, listen) as url:
            is_started = True
            supervision = Supervision(
                supervisor(),
                clock,
                stuck=lambda now_ns: diligence.stuck(now_ns, daemon.plan.probes, store.stats()),
                status=lambda: f"Probing by {len(daemon.plan.probes)} series; the page is at {url}",
            )
            await supervision.during(
                daemon.run(url, stop, reloading.run(_reload(supervision, daemon, file))), stop
            )
    finally:
        network.close()
        await store.close()
        if is_started:
            _log.info("daemon.stopped")


def _opened(config: Config, storage: Path, clock: Clock) -> Store:
    return Store.open(
        storage,
        max_bytes=config.storage.max_size,
        max_age_seconds=config.storage.max_age,
        commit_interval_seconds=config.storage.commit_interval,
        clock=clock,
        agent=config.agent,
    )


def _reload(supervision: Supervision, daemon: Daemon, file: Path | None) -> Callable[[], Awaitable[Answer]]:
    async def reload() -> Answer:
        async with supervision.reload():
            return await daemon.reload(file)

    return reload


def _by_http(reloading: Reloading) -> Reload:
    async def reload() -> tuple[bool, str]:
        answer = await asyncio.shield(reloading.ask())
        return answer.is_taken, answer.text

    return reload
