"""One life of the daemon: open, serve, probe, flush, close."""

import asyncio
from pathlib import Path

import structlog

from probe.clock import SystemClock
from probe.config import Config
from probe.daemon.composition import Daemon
from probe.daemon.reloading import Reloading
from probe.daemon.signals import Signals
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
) -> None:
    """Probe until told to stop by SIGTERM or SIGINT, then flush and return.

    SIGHUP has `file` read again, and with `lifecycle` so does a POST. Raises StoreError when the store cannot be opened
    and ListenError when the address is taken.
    """
    reloading = Reloading()
    # First of all: by default SIGHUP ends a process, and it may come while the store is being opened.
    stop = Signals(reloading.ask).stop
    clock = SystemClock()
    store = await asyncio.to_thread(
        Store.open,
        storage,
        max_bytes=config.storage.max_size,
        max_age_seconds=config.storage.max_age,
        commit_interval_seconds=config.storage.commit_interval,
        clock=clock,
        agent=config.agent,
    )
    network = SocketNetwork(clock)
    try:
        daemon = Daemon(config, store, network, clock)
        daemon.preload(storage)
        surface = daemon.surface(allowed_hosts, _by_http(reloading) if lifecycle else None)
        async with serving(surface, listen) as url:
            await daemon.run(url, stop, reloading.run(lambda: daemon.reload(file)))
    finally:
        network.close()
        await store.close()
        _log.info("daemon.stopped")


def _by_http(reloading: Reloading) -> Reload:
    async def reload() -> tuple[bool, str]:
        answer = await asyncio.shield(reloading.ask())
        return answer.is_taken, answer.text

    return reload
