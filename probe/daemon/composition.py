"""The composition root: a configuration becomes objects, one TaskGroup runs them, and every event goes one way."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import structlog
from aiohttp.web import Application

import probe
from probe.abc import Network
from probe.access.live import Access
from probe.clock import Clock
from probe.config import Config
from probe.daemon.explaining import explained
from probe.daemon.fleet import Fleet
from probe.daemon.reading import Wanted, read_again
from probe.daemon.reloading import Answer, take_over
from probe.daemon.remembering import remember
from probe.daemon.told import Told
from probe.daemon.wellbeing import Wellbeing
from probe.examination import is_odd
from probe.examiner import Examiner
from probe.exporter import Exporter
from probe.family import Families
from probe.followup import Followups
from probe.health import Healths
from probe.measure import Instruments
from probe.model import Event, Miss, Observation, Outcome, Purpose
from probe.plan import Plan, Probe
from probe.pulse import Pulse
from probe.repeat import Repeat
from probe.runner import Runner
from probe.schedule import Timetable
from probe.store import Store
from probe.store.reading import recent as recent_records
from probe.store.reading import recent_changes, recent_findings, recent_healths
from probe.uplink.gateways import gateways
from probe.uplink.watch import Watch
from probe.vantage.dialer import dialers
from probe.web import make_app
from probe.web.board import BOARD, Board, Reload

_log = structlog.get_logger()
_PRELOADED_PER_SERIES = 60
_PRELOADED_CHANGES = 50


class Daemon:
    """The running parts, put together once; `_follow` is where they go on with another plan."""

    def __init__(
        self, config: Config, store: Store, network: Network, clock: Clock, beside: tuple[Exporter, ...] = ()
    ) -> None:
        """Put them together, and those who hear of everything `beside` them; nothing runs yet."""
        self._agent = config.agent
        self._plan = plan = config.plan()
        self._store = store
        self._network = network
        self._clock = clock
        told = Told.of(config, plan, store, clock, beside)
        self._notifier, self._metrics, self._recent = told.notifier, told.metrics, told.recent
        self._exporters = told.all
        self._pulse = Pulse(clock, self._metrics.observe_loop_lag)
        self._families = Families(plan.vantages, plan.hops)
        self._healths = Healths((one.name for one in plan.vantages), clock)
        self._wellbeing = Wellbeing(self._healths, clock, self.report, store.next_identity)
        self._uplinks = Watch(clock, self.report, store.next_identity)
        excuses = (self._families.excused, self._healths.excused)
        tools = Instruments(clock, self._pulse, store.next_identity, excuses=excuses, uplinks=self._uplinks)
        self._runner = Runner(plan, dialers(plan, network), tools)
        self._uplinks.adopt(plan, self._runner.once)
        self._fleet = Fleet(self._repeat)
        ailment = self._healths.ailment
        self._examiner = Examiner(
            plan, self._runner, self.report, store.next_identity, gateways=gateways, ailment=ailment
        )
        examine = self._examiner.examine
        self._followups = Followups(
            plan, self._runner, self.report, examine=examine, is_odd=is_odd, health=self._healths
        )
        self._planned = len(plan.probes)
        self._unheard = {one.series for one in plan.probes}
        self._reloaded = Answer(is_taken=True, text="")
        self._board: Board | None = None
        self._storage: Path | None = None

    @property
    def plan(self) -> Plan:
        """What is asked at present."""
        return self._plan

    def preload(self, storage: Path) -> None:
        """Show what was recorded before the start, so that a restart does not make the page forget."""
        self._storage = storage
        # Together, because a finding stands with the observation that it is about.
        observations = recent_records(storage, per_series=_PRELOADED_PER_SERIES)
        findings = recent_findings(storage)
        self._recent.load([*observations, *findings])
        if self._notifier.is_on:
            self._notifier.load([*observations, *findings, *recent_healths(storage)])
        self._recent.load(recent_changes(storage, _PRELOADED_CHANGES))

    def surface(
        self, allowed_hosts: tuple[str, ...], on_reload: Reload | None, access: Access | None = None
    ) -> Application:
        """Make the page, the API and the metrics' address."""
        if access is not None:
            self._metrics.guard(lambda: access.is_current, lambda: access.passwords.failed)
        app = make_app(
            plan=self._plan,
            recent=self._recent,
            metrics=self._metrics,
            ready=self.ready,
            clock=self._clock,
            version=probe.__version__,
            notes=lambda: [*self.notes(), *(access.notes() if access is not None else ())],
            allowed_hosts=allowed_hosts,
            on_reload=on_reload,
            access=access,
            storage=self._storage,
        )
        self._board = app[BOARD]
        return app

    def report(self, event: Event) -> None:
        """Hand one event to every exporter: this is the whole fan-out. What follows from it comes after."""
        if isinstance(event, Observation | Miss):
            self._unheard.discard(event.series)
        # A control may go to another port, where somebody answers of whom nobody asked.
        if isinstance(event, Observation) and event.purpose is not Purpose.CONTROL:
            self._note_family(event)
        if isinstance(event, Observation) and event.outcome is not Outcome.OK and event.failure:
            _log.debug(
                "probe.failed",
                series=str(event.series),
                cause=event.failure.cause,
                detail=event.failure.detail,
            )
        for exporter in self._exporters:
            exporter.write(event)
        if isinstance(event, Observation):
            self._examiner.note(event)
        self._wellbeing.take(event)
        self._followups.consider(event)

    def _note_family(self, seen: Observation) -> None:
        """Follow whether IPv6 works from the vantage, and say so when that changes."""
        turn = self._families.note(seen)
        vantage = seen.series.vantage
        self._metrics.ipv6_is_broken(vantage, self._families.is_broken(vantage))
        if turn is not None:
            self._wellbeing.ipv6(vantage, is_broken=turn.is_broken)
            tell = _log.warning if turn.is_broken else _log.info
            event = "vantage.ipv6_broke" if turn.is_broken else "vantage.ipv6_works"
            tell(event, vantage=vantage, failing_hosts=turn.failing, hosts=turn.known)

    def ready(self) -> tuple[bool, list[str]]:
        """Tell whether every series of the start has been heard of once, and what is missing otherwise."""
        missing = len(self._unheard)
        return not missing, [f"{missing} of {self._planned} checks have not run yet"] if missing else []

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
        return [
            note
            for note in (self._reloaded.note, stuck, damaged, *self._families.notes(), *self._healths.notes())
            if note
        ]

    async def run(self, url: str, stop: asyncio.Event, reloading: Coroutine[None, None, None]) -> None:
        """Probe until `stop`; then misses first, store last, so that nothing is lost on the way."""
        async with asyncio.TaskGroup() as group:
            _log.info("daemon.started", page=url, probes=len(self._plan.probes), version=probe.__version__)
            self._metrics.reloaded(successful=True)
            below = [group.create_task(one) for one in (self._pulse.run(), self._store.run())]
            above = [
                group.create_task(one)
                for one in (
                    self._fleet.run(self._plan.probes),
                    self._followups.run(),
                    self._uplinks.run(),
                    self._notifier.run(),
                    reloading,
                )
            ]
            if self._storage is not None:
                above.append(
                    group.create_task(remember(self._recent.day, self._storage, self._plan, self._clock))
                )
            await stop.wait()
            for tasks in (above, below):
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    def _repeat(self, one: Probe) -> Coroutine[None, None, None]:
        """Begin a series: its slots count from now."""
        timetable = Timetable(
            key=str(one.series),
            origin_ns=self._clock.boot_ns(),
            interval_ns=int(one.check.interval_seconds * 1e9),
        )
        return Repeat(
            one, timetable, self._runner, next_identity=self._store.next_identity, report=self.report
        ).run()

    async def reload(self, file: Path | None) -> Answer:
        """Go on with what `file` says now, or with what there is."""
        at_work = self._plan
        self._reloaded = answer = await take_over(lambda: read_again(file, at_work), self._follow)
        self._metrics.reloaded(successful=answer.is_taken)
        return answer

    async def _follow(self, wanted: Wanted) -> tuple[str, ...]:
        """Go on with another plan; return what has to wait for the next start."""
        # Everything that can fail stands before the first change.
        ways_out = dialers(wanted.plan, self._network)
        await self._followups.end(wanted.difference.ended)
        await self._fleet.end(wanted.difference.ended)
        # Nothing waits until all have the new plan, so that nobody sees half of it.
        plan, config = wanted.plan, wanted.config
        self._plan = plan
        self._runner.adopt(plan, ways_out)
        self._followups.adopt(plan)
        self._examiner.adopt(plan)
        self._families.adopt(plan.vantages, plan.hops)
        self._healths.adopt(one.name for one in plan.vantages)
        self._uplinks.adopt(plan, self._runner.once)
        self._metrics.adopt(plan, max_series=config.metrics.max_series)
        self._recent.expect(one.series for one in plan.probes)
        self._notifier.adopt(plan, config.notifications(explained))
        self._store.limit(
            max_bytes=config.storage.max_size,
            max_age_seconds=config.storage.max_age,
            commit_interval_seconds=config.storage.commit_interval,
        )
        if self._board is not None:
            self._board.plan = plan
        # Not ready is a state of the start: a reload takes nobody out of service.
        self._unheard &= {one.series for one in plan.probes}
        await self._fleet.begin(wanted.difference.begun)
        if config.agent == self._agent:
            return ()
        return (
            f"The agent's name stays {self._agent} until the next start, and becomes {config.agent} then.",
        )
