"""Where probes run: the ways out of each vantage, the instruments, and the room that each vantage and hop has."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from probe.abc import Dialer
from probe.absences import Absences
from probe.attempt import Attempt
from probe.clock import Clock
from probe.courtesy import Courtesy
from probe.measure import Instruments, measure
from probe.model import Observation, Purpose, Request
from probe.plan import Looking, Plan, Probe
from probe.pulse import Pulse

Key = TypeVar("Key")


# Probes that answer a question about another one; they have room of their own.
_ANSWERING = frozenset({Purpose.CONTROL, Purpose.CONFIRM})


class Rooms:
    """Bounds the probes at once: so many per vantage, and of these no hop may hold more than half.

    The bound is never global, so a black hole behind one vantage or at one hop does not starve the others. Beside it each
    vantage has half as many places for what follows from a probe: this and the schedule never wait for each other.
    """

    def __init__(self, plan: Plan) -> None:
        """Give every vantage and hop of `plan` its room."""
        self._vantages: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._hops: dict[tuple[str, str, int], asyncio.Semaphore] = {}
        self._asides: dict[tuple[str, int], asyncio.Semaphore] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Give the rooms of another plan; where the bound stays the same, whoever is inside or waits stays there."""
        vantages: dict[tuple[str, int], int] = {}
        hops: dict[tuple[str, str, int], int] = {}
        for probe in plan.probes:
            vantage, total = probe.series.vantage, probe.looking.concurrency
            vantages[vantage, total] = total
            hops[vantage, probe.series.hop, total] = max(1, total // 2)
        self._vantages = _rooms(vantages, self._vantages)
        self._hops = _rooms(hops, self._hops)
        self._asides = _rooms({key: max(1, total // 2) for key, total in vantages.items()}, self._asides)

    @asynccontextmanager
    async def entered(self, probe: Probe) -> AsyncIterator[None]:
        """Hold a place for `probe`, first come, first served; the queue for a hop keeps nobody from another hop waiting."""
        vantage, hop, total = probe.series.vantage, probe.series.hop, probe.looking.concurrency
        # Both taken now: a reload may take them away while this waits for the first.
        at_hop, at_vantage = self._hops[vantage, hop, total], self._vantages[vantage, total]
        async with at_hop, at_vantage:
            yield

    @asynccontextmanager
    async def aside(self, probe: Probe) -> AsyncIterator[None]:
        """Hold one of the places of the probe's vantage for what follows from another probe."""
        async with self._asides[probe.series.vantage, probe.looking.concurrency]:
            yield


def _rooms(
    bounds: Mapping[Key, int], before: Mapping[Key, asyncio.Semaphore]
) -> dict[Key, asyncio.Semaphore]:
    return {key: before.get(key) or asyncio.Semaphore(bound) for key, bound in bounds.items()}


class Runner:
    """Runs single probes, for the schedule and for whoever asks for an extra one."""

    def __init__(self, plan: Plan, dialers: Mapping[str, Dialer], tools: Instruments) -> None:
        """Dial by `dialers`, by vantage name."""
        self._dialers = dict(dialers)
        self._lookings = _lookings(plan)
        self._tools = tools
        # What each vantage was told not to be there; who it asks is part of what it remembers.
        self._absences = defaultdict[str, Absences](Absences)
        self.rooms = Rooms(plan)
        self.courtesy = Courtesy(plan, tools.clock)

    def adopt(self, plan: Plan, dialers: Mapping[str, Dialer]) -> None:
        """Run the probes of another plan from now on; a vantage that did not change keeps its room and its way out."""
        lookings = _lookings(plan)
        same = {name for name, looking in lookings.items() if self._lookings.get(name) == looking}
        self._dialers = {
            name: self._dialers[name] if name in same else dialer for name, dialer in dialers.items()
        }
        self._lookings = lookings
        for name in self._absences.keys() - lookings.keys():
            del self._absences[name]
        self.rooms.adopt(plan)
        self.courtesy.adopt(plan)

    @property
    def clock(self) -> Clock:
        """The clock all probes go by."""
        return self._tools.clock

    @property
    def pulse(self) -> Pulse:
        """The pulse of the loop that runs the probes."""
        return self._tools.pulse

    def resolvers(self, probe: Probe) -> tuple[str, ...]:
        """Return the resolvers that the probe's vantage has now."""
        return self._dialers[probe.series.vantage].resolvers

    def attempt(self, probe: Probe, request: Request) -> Attempt:
        """Begin an attempt from the probe's vantage; `measure` ends it."""
        return self._attempt(probe, request, self._dialers[probe.series.vantage])

    def _attempt(self, probe: Probe, request: Request, dialer: Dialer) -> Attempt:
        return Attempt(
            hop=probe.hop,
            request=request,
            dialer=dialer,
            clock=self.clock,
            family=probe.check.family,
            absences=self._absences[probe.series.vantage] if probe.check.is_twin else None,
        )

    async def measure(self, probe: Probe, attempt: Attempt) -> Observation:
        """Run an attempt that was begun here."""
        return await measure(probe, attempt, self._tools)

    async def once(self, probe: Probe, request: Request) -> Observation:
        """Run one extra probe; it fills no slot, and what becomes of the observation is the asker's choice."""
        asked_ns = self.clock.boot_ns()
        # Taken now: a reload may take the vantage away while this waits.
        dialer = self._dialers[probe.series.vantage]
        enter = self.rooms.aside if request.purpose in _ANSWERING else self.rooms.entered
        async with enter(probe):
            await self.courtesy.turn(probe)
            waited = (self.clock.boot_ns() - asked_ns) / 1e9
            begun = replace(request, lateness_seconds=request.lateness_seconds + waited)
            return await self.measure(probe, self._attempt(probe, begun, dialer))


def _lookings(plan: Plan) -> dict[str, Looking]:
    return {one.looking.vantage.name: one.looking for one in plan.probes}
