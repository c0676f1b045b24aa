"""Ask again soon after a vantage's network has come back, because the next slot of a slow check may be far away."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import zip_longest

from probe.clock import Clock
from probe.model import Budget, Observation, Purpose, Request
from probe.plan import Plan, Probe

# A check that asks more often does so soon by itself.
_SHORTEST_INTERVAL_SECONDS = 0.5
# One network back is worth so many probes, and one that flaps is asked so many times a minute; metered, a quarter.
_PROBES = 16
_TIMES, _METERED_TIMES = 12, 3
_MINUTE_NS = 60_000_000_000

Once = Callable[[Probe, Request], Awaitable[Observation]]


class Resuming:
    """Runs the extra probes, while `run` runs; they are confirmations, and fill no slot."""

    def __init__(self, once: Once, report: Callable[[Observation], None], clock: Clock) -> None:
        """Run one by `once`, which knows the bounds of vantages and hosts, and tell `report`."""
        self._once = once
        self._report = report
        self._clock = clock
        self._probes: dict[str, tuple[Probe, ...]] = {}
        self._begun: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_TIMES))
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def adopt(self, plan: Plan) -> None:
        """Ask the checks of this plan from now on; what is under way for others ends."""
        vantages = {one.series.vantage for one in plan.probes}
        before, self._probes = self._probes, {name: chosen(plan, name) for name in vantages}
        for name, probes in before.items():
            if self._probes.get(name) != probes:
                self.end(name)
        for name in self._begun.keys() - vantages:
            del self._begun[name]

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    def begin(self, vantage: str) -> None:
        """Ask the vantage's checks once each, unless its network comes and goes too often for that."""
        probes = self._probes.get(vantage, ())
        self.end(vantage)
        if self._group is None or not probes or not self._takes(vantage, probes[0].looking.vantage.metered):
            return
        task = self._group.create_task(self._ask(probes), name=f"resumption of {vantage}")
        self._under_way[vantage] = task
        task.add_done_callback(lambda ended: self._forget(vantage, ended))

    def end(self, vantage: str) -> None:
        """Stop asking, because the network is gone again."""
        if task := self._under_way.pop(vantage, None):
            task.cancel()

    def _forget(self, vantage: str, ended: asyncio.Task[None]) -> None:
        if self._under_way.get(vantage) is ended:
            del self._under_way[vantage]

    def _takes(self, vantage: str, is_metered: bool) -> bool:
        begun, now = self._begun[vantage], self._clock.boot_ns()
        recent = sum(now - one < _MINUTE_NS for one in begun)
        if recent >= (_METERED_TIMES if is_metered else _TIMES):
            return False
        begun.append(now)
        return True

    async def _ask(self, probes: Iterable[Probe]) -> None:
        for one in probes:
            request = Request(
                purpose=Purpose.CONFIRM,
                budget=Budget(seconds=one.check.timeout_seconds),
                intended_at_ns=self._clock.wall_ns(),
            )
            self._report(await self._once(one, request))


def chosen(plan: Plan, vantage: str) -> tuple[Probe, ...]:
    """Choose what to ask, each hop once before any is asked again; pure."""
    by_hop: dict[str, list[Probe]] = {}
    for one in plan.probes:
        if one.series.vantage == vantage and one.check.interval_seconds > _SHORTEST_INTERVAL_SECONDS:
            by_hop.setdefault(one.series.hop, []).append(one)
    rounds = zip_longest(*by_hop.values())
    return tuple(one for turn in rounds for one in turn if one is not None)[:_PROBES]
