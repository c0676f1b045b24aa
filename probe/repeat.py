"""Repeat one series by its timetable; every slot that comes due ends as one observation or in a recorded miss."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import pairwise

from probe.attempt import Attempt
from probe.model import (
    Budget,
    Event,
    Identity,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Pending,
    Purpose,
    Request,
)
from probe.plan import Probe
from probe.runner import Runner
from probe.schedule import Timetable

# A probe that is out for three times its longest recent time is worth telling about before it ends.
_USUAL_FACTOR = 3
_USUAL_KEPT = 20
_USUAL_AT_LEAST_SECONDS = 1.0


class Repeat:
    """One series at work; `run` is its task."""

    def __init__(
        self,
        probe: Probe,
        timetable: Timetable,
        runner: Runner,
        *,
        next_identity: Callable[[], Identity],
        report: Callable[[Event], None],
    ) -> None:
        """Report every observation, miss and pending probe to `report`."""
        self._probe = probe
        self._timetable = timetable
        self._runner = runner
        self._clock = runner.clock
        self._pulse = runner.pulse
        self._next_identity = next_identity
        self._report = report
        self._usual: deque[float] = deque(maxlen=_USUAL_KEPT)
        self._next_slot = 0
        self._ended_ns = 0

    async def run(self) -> None:
        """Repeat until cancelled; what is due and undone by then is a miss."""
        try:
            while True:
                await self._clock.sleep_until(self._timetable.intended_ns(self._next_slot))
                await self._turn()
        except asyncio.CancelledError:
            self._pass_over(self._due_slot(), MissReason.SHUTDOWN)
            raise

    def _due_slot(self) -> int:
        return self._timetable.latest(self._clock.boot_ns())

    async def _turn(self) -> None:
        """Fill the slot that is due; the ones that passed meanwhile are misses."""
        await self._spread_after_suspend()
        self._pass_over(self._due_slot() - 1)
        async with AsyncExitStack() as room:
            with self._queueing(MissReason.OVERLOAD):
                await room.enter_async_context(self._runner.rooms.entered(self._probe))
            with self._queueing(MissReason.COURTESY):
                await self._runner.courtesy.turn(self._probe)
            observation = await self._observe(self._next_slot)
        self._next_slot += 1
        self._ended_ns = self._clock.boot_ns()
        if observation.outcome is Outcome.OK:
            self._usual.append(observation.elapsed_seconds)
        self._report(observation)

    async def _spread_after_suspend(self) -> None:
        """Wait for this series' own moment when the due slot was slept through, or for its next slot if that is sooner."""
        resumed: int | None = None
        while slept := self._pulse.suspensions_since(self._timetable.intended_ns(self._due_slot())):
            resumed = slept[-1].ended_ns if resumed is None else resumed
            # The wait stands still in further suspensions: it ends, and ends spread, however often they come. What has no
            # beat between is one slow loop and not waited for, or an overload would keep every series waiting for good.
            further = pairwise(self._pulse.suspensions_since(resumed - 1))
            slept_on_ns = sum(one.lasted_ns for before, one in further if one.began_ns > before.ended_ns)
            start = self._timetable.catch_up_ns(resumed) + slept_on_ns
            if start <= self._clock.boot_ns():
                return
            await self._clock.sleep_until(min(start, self._timetable.intended_ns(self._due_slot() + 1)))

    @contextmanager
    def _queueing(self, reason: MissReason) -> Iterator[None]:
        """Record each slot that the next one overtakes meanwhile; the series keeps its turn in the queue."""
        loop = asyncio.get_running_loop()
        alarm: asyncio.TimerHandle

        def overtaken() -> None:
            nonlocal alarm
            self._pass_over(self._due_slot() - 1, reason)
            left = self._timetable.intended_ns(self._next_slot + 1) - self._clock.boot_ns()
            alarm = loop.call_later(left / 1e9, overtaken)

        overtaken()
        try:
            yield
        finally:
            alarm.cancel()
        self._pass_over(self._due_slot() - 1, reason)

    async def _observe(self, slot: int) -> Observation:
        intended = self._timetable.intended_ns(slot)
        late_ns = self._clock.boot_ns() - intended
        request = Request(
            purpose=Purpose.ROUTINE,
            budget=Budget(seconds=self._probe.check.timeout_seconds),
            intended_at_ns=self._clock.wall_ns() - late_ns,
            slot=slot,
            lateness_seconds=late_ns / 1e9,
        )
        attempt = self._runner.attempt(self._probe, request)
        usual = max(_USUAL_AT_LEAST_SECONDS, _USUAL_FACTOR * max(self._usual, default=0.0))
        began = self._clock.boot_ns()
        alarm = asyncio.get_running_loop().call_later(usual, self._tell_pending, attempt, slot, began)
        try:
            return await self._runner.measure(self._probe, attempt)
        finally:
            alarm.cancel()

    def _tell_pending(self, attempt: Attempt, slot: int, began_ns: int) -> None:
        """Tell that a probe takes unusually long, unless it was this program that stood still."""
        if self._pulse.suspended_since(began_ns):
            return
        elapsed = (self._clock.boot_ns() - began_ns) / 1e9
        self._report(
            Pending(series=self._probe.series, slot=slot, phase=attempt.phase_open, elapsed_seconds=elapsed)
        )

    def _pass_over(self, last: int, otherwise: MissReason | None = None) -> None:
        """Record the slots up to `last` as missed, those slept through as that; neighbours with one reason together."""
        while self._next_slot <= last:
            reason, until_ns = self._why(self._timetable.intended_ns(self._next_slot), otherwise)
            self._missed(min(last, self._timetable.latest(until_ns)), reason)

    def _why(self, due_ns: int, otherwise: MissReason | None) -> tuple[MissReason, int]:
        """Return why a slot due then was missed, and until when that goes for later ones too."""
        slept = next(iter(self._pulse.suspensions_since(due_ns)), None)
        if slept is not None and slept.began_ns <= due_ns:
            return MissReason.SUSPENDED, slept.ended_ns
        awake_ns = self._clock.boot_ns() if slept is None else slept.began_ns - 1
        if otherwise is not None:
            return otherwise, awake_ns
        if due_ns <= self._ended_ns:
            return MissReason.OVERRUN, min(self._ended_ns, awake_ns)
        return MissReason.LATE, awake_ns

    def _missed(self, last: int, reason: MissReason) -> None:
        """Record the slots from the next one to `last` as missed."""
        now, wall = self._clock.boot_ns(), self._clock.wall_ns()
        first = self._next_slot
        self._next_slot = last + 1
        self._report(
            Miss(
                identity=self._next_identity(),
                series=self._probe.series,
                first_slot=first,
                slots=last - first + 1,
                reason=reason,
                intended_at_ns=wall - (now - self._timetable.intended_ns(first)),
                recorded_at_ns=wall,
            )
        )
