"""The composition root: a configuration becomes objects, one TaskGroup runs them, and every event goes one way."""

import asyncio
import os
import signal
from pathlib import Path

import structlog

import probe
from probe.abc import Network
from probe.clock import Clock, SystemClock
from probe.config import Config
from probe.exporter import Exporter
from probe.exporter.metrics import Metrics
from probe.exporter.recent import Recent
from probe.measure import Instruments
from probe.model import Event, Miss, Observation, Outcome
from probe.pulse import Pulse
from probe.repeat import Repeat
from probe.runner import Runner
from probe.schedule import Timetable
from probe.store import Store
from probe.store.reading import recent as recent_records
from probe.vantage.dialer import dialers
from probe.web import make_app, serving
from probe.wire.network import SocketNetwork

_log = structlog.get_logger()
_PRELOADED_PER_SERIES = 60


async def run(config: Config, *, listen: str, storage: Path, allowed_hosts: tuple[str, ...] = ()) -> None:
    """Probe until told to stop by SIGTERM or SIGINT, then flush and return.

    Raises StoreError when the store cannot be opened and ListenError when the address is taken.
    """
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
        daemon = _Daemon(config, store, network, clock)
        daemon.preload(storage)
        await daemon.run(listen, allowed_hosts)
    finally:
        network.close()
        await store.close()
        _log.info("daemon.stopped")


class _Daemon:
    """The running parts, put together once."""

    def __init__(self, config: Config, store: Store, network: Network, clock: Clock) -> None:
        self._plan = plan = config.plan()
        self._store = store
        self._clock = clock
        self._metrics = Metrics(
            plan,
            clock=clock,
            version=probe.__version__,
            max_series=config.metrics.max_series,
            store=store.stats,
        )
        self._recent = Recent((one.series for one in plan.probes), clock=clock)
        self._exporters: tuple[Exporter, ...] = (self._metrics, store, self._recent)
        self._pulse = Pulse(clock, self._metrics.observe_loop_lag)
        tools = Instruments(clock, self._pulse, store.next_identity)
        self._runner = Runner(plan, dialers(plan, network), tools)
        self._unheard = {one.series for one in plan.probes}

    def preload(self, storage: Path) -> None:
        """Show what was recorded before the start, so that a restart does not make the page forget."""
        self._recent.load(recent_records(storage, per_series=_PRELOADED_PER_SERIES))

    def report(self, event: Event) -> None:
        """Hand one event to every exporter: this is the whole fan-out."""
        if isinstance(event, Observation | Miss):
            self._unheard.discard(event.series)
        if isinstance(event, Observation) and event.outcome is not Outcome.OK and event.failure:
            _log.debug(
                "probe.failed",
                series=str(event.series),
                cause=event.failure.cause,
                detail=event.failure.detail,
            )
        for exporter in self._exporters:
            exporter.write(event)

    def ready(self) -> tuple[bool, list[str]]:
        """Tell whether every series has been heard of once, and what is missing otherwise."""
        missing = len(self._unheard)
        return not missing, [
            f"{missing} of {len(self._plan.probes)} checks have not run yet"
        ] if missing else []

    def notes(self) -> list[str]:
        """Say what the reader of the page must know about this program itself."""
        stats = self._store.stats()
        stuck = (
            f"The store cannot be written; {stats.backlog_rows} records wait in memory."
            if stats.is_stuck
            else ""
        )
        damaged = (
            "A damaged store was moved aside at the start; an empty one was begun." if stats.damaged else ""
        )
        return [note for note in (stuck, damaged) if note]

    async def run(self, listen: str, allowed_hosts: tuple[str, ...]) -> None:
        """Serve and probe until a signal; then misses first, store last, so that nothing is lost on the way."""
        stop = _stop_on_signals()
        app = make_app(
            plan=self._plan,
            recent=self._recent,
            metrics=self._metrics,
            ready=self.ready,
            clock=self._clock,
            version=probe.__version__,
            notes=self.notes,
            allowed_hosts=allowed_hosts,
        )
        async with serving(app, listen) as url, asyncio.TaskGroup() as group:
            _log.info("daemon.started", page=url, probes=len(self._plan.probes), version=probe.__version__)
            self._metrics.reloaded(successful=True)
            pulse = group.create_task(self._pulse.run())
            keeping = group.create_task(self._store.run())
            probing = group.create_task(self._probe())
            await stop.wait()
            probing.cancel()
            await asyncio.wait([probing])
            keeping.cancel()
            pulse.cancel()

    async def _probe(self) -> None:
        origin = self._clock.boot_ns()
        async with asyncio.TaskGroup() as group:
            for one in self._plan.probes:
                timetable = Timetable(
                    key=str(one.series), origin_ns=origin, interval_ns=int(one.check.interval_seconds * 1e9)
                )
                repeat = Repeat(
                    one, timetable, self._runner, next_identity=self._store.next_identity, report=self.report
                )
                group.create_task(repeat.run(), name=str(one.series))


def _stop_on_signals() -> asyncio.Event:
    """Return an event that the first SIGTERM or SIGINT sets; a second one ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop
