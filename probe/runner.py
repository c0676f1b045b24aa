"""Where probes run: the ways out of each vantage, the instruments, and the room that each vantage and hop has."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from probe.abc import Dialer
from probe.attempt import Attempt
from probe.clock import Clock
from probe.measure import Instruments, measure
from probe.model import Observation, Request
from probe.plan import Plan, Probe
from probe.pulse import Pulse


class Rooms:
    """Bounds the probes at once: so many per vantage, and of these no hop may hold more than half.

    The bound is never global, so a black hole behind one vantage or at one hop does not starve the others.
    """

    def __init__(self, plan: Plan) -> None:
        """Give every vantage and hop of `plan` its room."""
        self._vantages: dict[str, asyncio.Semaphore] = {}
        self._hops: dict[tuple[str, str], asyncio.Semaphore] = {}
        for probe in plan.probes:
            total = probe.looking.concurrency
            self._vantages.setdefault(probe.series.vantage, asyncio.Semaphore(total))
            place = (probe.series.vantage, probe.series.hop)
            self._hops.setdefault(place, asyncio.Semaphore(max(1, total // 2)))

    @asynccontextmanager
    async def entered(self, probe: Probe) -> AsyncIterator[None]:
        """Hold a place for `probe`, first come, first served; the queue for a hop keeps nobody from another hop waiting."""
        async with self._hops[probe.series.vantage, probe.series.hop], self._vantages[probe.series.vantage]:
            yield


class Runner:
    """Runs single probes, for the schedule and for whoever asks for an extra one."""

    def __init__(self, plan: Plan, dialers: Mapping[str, Dialer], tools: Instruments) -> None:
        """Dial by `dialers`, by vantage name."""
        self._dialers = dialers
        self._tools = tools
        self.rooms = Rooms(plan)

    @property
    def clock(self) -> Clock:
        """The clock all probes go by."""
        return self._tools.clock

    @property
    def pulse(self) -> Pulse:
        """The pulse of the loop that runs the probes."""
        return self._tools.pulse

    def attempt(self, probe: Probe, request: Request) -> Attempt:
        """Begin an attempt from the probe's vantage; `measure` ends it."""
        return Attempt(
            hop=probe.hop, request=request, dialer=self._dialers[probe.series.vantage], clock=self.clock
        )

    async def measure(self, probe: Probe, attempt: Attempt) -> Observation:
        """Run an attempt that was begun here."""
        return await measure(probe, attempt, self._tools)

    async def once(self, probe: Probe, request: Request) -> Observation:
        """Run one extra probe; it fills no slot, and what becomes of the observation is the asker's choice."""
        async with self.rooms.entered(probe):
            return await self.measure(probe, self.attempt(probe, request))
