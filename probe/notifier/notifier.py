"""The notifier: an exporter that follows events, decides once a second what changed, and has it sent.

It is off unless it is configured, shares nothing with probing but the loop, and no fault of it goes any further.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from probe.clock import Clock
from probe.model import Event, Record
from probe.notice.follow import Follow
from probe.notice.notice import Moment, Notice
from probe.notifier.sending import deliver
from probe.notifier.wanted import Wanted
from probe.notifier.worker import Result, Send, Worker
from probe.plan import Plan

_log = structlog.get_logger()
_BEAT_NS = 10**9
_BREAK_NS = 60 * 10**9
_LAST_SECONDS = 0.8


class Notifier:
    """Every channel, and the state that they are told of."""

    def __init__(
        self,
        plan: Plan,
        wanted: Wanted | None,
        *,
        clock: Clock,
        is_store_stuck: Callable[[], bool] = bool,
        send: Send = deliver,
    ) -> None:
        """Begin knowing nothing; without `wanted` nothing is ever done."""
        self._clock = clock
        self._is_store_stuck = is_store_stuck
        self._send = send
        self._follow: Follow | None = None
        self._workers: dict[str, Worker] = {}
        self._leaving: list[asyncio.Task[None]] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        # Of channels that a reload took away: a counter never goes back.
        self._past: dict[str, Counter[Result]] = {}
        self.adopt(plan, wanted)

    @property
    def is_on(self) -> bool:
        """Whether anybody is to be told anything."""
        return self._follow is not None

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many notices came to what, by channel and result."""
        return {
            (name, result.value): worker.results[result] + self._past.get(name, Counter())[result]
            for name, worker in self._workers.items()
            for result in Result
        }

    def write(self, event: Event) -> None:
        """Take in one event."""
        if self._follow is not None:
            try:
                self._follow.write(event, self._clock.boot_ns())
            except Exception as error:  # noqa: BLE001 - whatever is wrong here, the event goes on to others
                _log.error("notifier.broke", exc_info=error)

    def load(self, records: Iterable[Record]) -> None:
        """Take in what was recorded before the start: what failed then was told then."""
        if self._follow is not None:
            standing = self._follow.load(records, self._now())
            for worker in self._workers.values():
                worker.restore(standing)

    def adopt(self, plan: Plan, wanted: Wanted | None) -> None:
        """Go on with another plan and other channels; those that are in both keep what they were told and have to send."""
        if wanted is None:
            self._follow = None
        elif self._follow is None:
            self._follow = Follow(plan, wanted.maintenance)
        else:
            self._follow.adopt(plan, wanted.maintenance)
        addressees = {one.name: one for one in wanted.addressees} if wanted is not None else {}
        for name in [name for name in self._workers if name not in addressees]:
            self._let_go(name)
        for name, one in addressees.items():
            if name in self._workers:
                self._workers[name].adopt(one)
            else:
                self._workers[name] = Worker(one, self._clock, self._send)
                self._begin(name)

    def _let_go(self, name: str) -> None:
        worker = self._workers.pop(name)
        worker.end()
        self._past[name] = self._past.get(name, Counter()) + worker.results
        if (task := self._tasks.pop(name, None)) is not None:
            self._leaving.append(task)

    def _begin(self, name: str) -> None:
        if self._group is not None:
            self._tasks[name] = self._group.create_task(self._work(self._workers[name]))

    async def _work(self, worker: Worker) -> None:
        """Let a channel work; one that breaks begins again after a minute, and takes nobody along."""
        while True:
            try:
                return await worker.run()
            except Exception as error:  # noqa: BLE001 - whatever is wrong here, probing goes on
                _log.error("notifier.broke", exc_info=error)
            await self._clock.sleep_until(self._clock.boot_ns() + _BREAK_NS)

    async def run(self) -> None:
        """Decide and send until cancelled; then what waits is tried once more, for less than a second in all."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for name in self._workers:
                self._begin(name)
            try:
                await self._beat()
            finally:
                self._group = None
                await self._finish()

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.boot_ns() + _BEAT_NS)
            try:
                self._decide()
            except Exception as error:  # noqa: BLE001 - whatever is wrong here, probing goes on
                _log.error("notifier.broke", exc_info=error)

    def _decide(self) -> None:
        if self._follow is None:
            return
        now = self._now()
        self._follow.store(self._is_store_stuck(), now.boot_ns)
        for notice in self._follow.decide(now):
            self._tell(notice)
        for worker in self._workers.values():
            worker.release()
        self._leaving = [task for task in self._leaving if not task.done()]

    def _tell(self, notice: Notice) -> None:
        _log.info(
            "notice.made",
            subject=notice.subject.key,
            status=notice.status.value,
            severity=notice.severity.value,
            cause=notice.cause,
        )
        for worker in self._workers.values():
            worker.take(notice)

    async def _finish(self) -> None:
        with suppress(Exception):
            self._decide()
        for worker in self._workers.values():
            worker.end()
        tasks = [*self._tasks.values(), *self._leaving]
        if tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await asyncio.wait(tasks)
        for task in tasks:
            task.cancel()

    def _now(self) -> Moment:
        return Moment(boot_ns=self._clock.boot_ns(), wall_ns=self._clock.wall_ns())
