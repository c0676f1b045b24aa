"""Look again at once when a series turns: a few probes outside the schedule, linked to the observation they follow.

A follow-up is a list of extra probes with purpose and overrides, so that controls are no more than other lists.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog

from probe.examination.local.immediate import is_told
from probe.examination.repeat import AGAIN
from probe.health import Healths
from probe.model import (
    AddressFamily,
    Budget,
    Event,
    Identity,
    Observation,
    Outcome,
    Overrides,
    Purpose,
    Request,
    Series,
)
from probe.plan import Plan, Probe
from probe.runner import Runner
from probe.turning import Allowance, Turns

# Looks into an observation, and returns the ids of the controls that were answered.
Examine = Callable[[Probe, Observation], Awaitable[frozenset[str]]]
_log = structlog.get_logger()
_TRACE = "trace"
_AS_THE_CHECK_SAYS = Overrides()
# A hop may have traces by several protocols; the same one in several routes is one.
_MOST_TRACES = 3
# From one vantage to one hop (by one family), and from one vantage in all; where bytes cost money a tenth of it.
_PER_HOP, _PER_VANTAGE = 1, 6
_METERED = 10
_UNDER_WAY_PER_VANTAGE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """One probe outside the schedule: whom to ask, why, and what to do otherwise than its check says."""

    probe: Probe
    purpose: Purpose
    overrides: Overrides = _AS_THE_CHECK_SAYS

    @property
    def budget(self) -> Budget:
        """What it may spend: as much as the check itself."""
        return Budget(seconds=self.probe.check.timeout_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followup:
    """Extra probes that answer a question about one observation, in the order in which they run."""

    parent: Identity
    extras: tuple[Extra, ...]
    # What is looked into first, and by which probe it was seen.
    case: tuple[Probe, Observation] | None = None

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All that it has to do with."""
        seen = () if self.case is None else (self.case[0],)
        return (*seen, *(extra.probe for extra in self.extras))


def confirmation(seen: Observation, probes: Mapping[Series, Probe]) -> Followup:
    """Ask the same once more, then trace the way to the hop from the same vantage by the same family; pure."""
    same = probes[seen.series]
    traces: list[Probe] = []
    for one in probes.values():
        is_wanted = one.check.kind == _TRACE and _place(one) == _place(same) and one is not same
        if is_wanted and all(one.prober != kept.prober for kept in traces):
            traces.append(one)
    asked = (same, *traces[:_MOST_TRACES])
    return Followup(
        parent=seen.identity,
        extras=tuple(Extra(probe=one, purpose=Purpose.CONFIRM) for one in asked),
        case=(same, seen),
    )


class Followups:
    """Follows up what `consider` is shown, while `run` runs."""

    def __init__(
        self,
        plan: Plan,
        runner: Runner,
        report: Callable[[Event], None],
        examine: Examine | None = None,
        is_odd: Callable[[Observation], bool] = lambda _: False,
        health: Healths | None = None,
    ) -> None:
        """Run by `runner` and tell `report`; `examine` looks into a failure, or an odd success, before anything else.

        By `health` it looks into what a vantage ails from, and follows up nothing that this explains.
        """
        self._health = health
        self._runner = runner
        self._report = report
        self._examine = examine
        self._is_odd = is_odd
        self._turns = Turns()
        self._per_hop, self._per_vantage = Allowance(_PER_HOP), Allowance(_PER_VANTAGE)
        self._under_way: dict[asyncio.Task[None], Followup] = {}
        self._group: asyncio.TaskGroup | None = None
        self._probes: dict[Series, Probe] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Follow up the series of another plan from now on."""
        self._probes = {one.series: one for one in plan.probes}
        self._turns.retain(self._probes)
        self._per_hop.retain({_place(one) for one in plan.probes})
        self._per_vantage.retain({_place(one)[:1] for one in plan.probes})

    async def run(self) -> None:
        """Follow up until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    async def end(self, probes: Iterable[Probe]) -> None:
        """End what is under way and has to do with any of these."""
        gone = {one.series for one in probes}
        ending = [
            task for task, one in self._under_way.items() if any(asked.series in gone for asked in one.probes)
        ]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    def consider(self, event: Event) -> None:
        """Begin a follow-up when an observation of the schedule turns its series and the bounds allow one."""
        if not isinstance(event, Observation) or event.purpose is not Purpose.ROUTINE:
            return
        probe, now = self._probes.get(event.series), self._runner.clock.boot_ns()
        if probe is None:
            return
        if event.outcome is Outcome.NOT_MEASURED:
            self._consider_own(probe, event)
            return
        is_odd = event.outcome is Outcome.OK and self._is_odd(event)
        turned = self._turns.turned(event, is_odd=is_odd, now_ns=now)
        is_worth_it = event.failure is not None or is_odd
        if turned and self._take(probe):
            self.begin(confirmation(event, self._probes))
        elif is_worth_it and (
            turned or self._turns.lasts(event, is_odd=is_odd, now_ns=now) or self._is_doubted(event)
        ):
            self.begin(Followup(parent=event.identity, extras=(), case=(probe, event)))
        elif turned:
            _log.debug("followup.spared", series=str(event.series))

    def _consider_own(self, probe: Probe, event: Observation) -> None:
        """Look into trouble of the vantage's own when it begins, and once a minute whether what is believed of it holds."""
        if (self._turns.ails(event) and is_told(event, probe.check.family)) or self._is_doubted(event):
            self.begin(Followup(parent=event.identity, extras=(), case=(probe, event)))

    def _is_doubted(self, event: Observation) -> bool:
        return self._health is not None and self._health.doubts(event)

    def begin(self, one: Followup) -> None:
        """Let a follow-up begin, of which the caller knows that it may; nothing happens when `run` has ended."""
        if self._group is not None:
            task = self._group.create_task(self._follow(one), name=f"follow-up of {one.parent}")
            self._under_way[task] = one
            task.add_done_callback(self._under_way.pop)

    def _take(self, probe: Probe) -> bool:
        """Take one from every bound if all allow it."""
        hop = _place(probe)
        now = self._runner.clock.boot_ns()
        slower = _METERED if probe.looking.vantage.metered else 1
        under_way = Counter(
            one.extras[0].probe.series.vantage for one in self._under_way.values() if one.extras
        )
        if (
            under_way[probe.series.vantage] >= _UNDER_WAY_PER_VANTAGE
            or not self._per_hop.allows(hop, now, slower)
            or not self._per_vantage.allows(hop[:1], now, slower)
        ):
            return False
        self._per_hop.take(hop, now)
        self._per_vantage.take(hop[:1], now)
        return True

    async def _follow(self, one: Followup) -> None:
        extras = one.extras
        is_worth_it = one.case is not None and (one.case[1].failure is not None or self._is_odd(one.case[1]))
        if self._examine is not None and one.case is not None and is_worth_it:
            answered = await self._examine(*one.case)
            # What the examination asked again needs no confirmation.
            extras = tuple(
                extra for extra in extras if extra.probe is not one.case[0] or AGAIN not in answered
            )
        if self._health is not None and one.case is not None and self._health.explains(one.case[1]):
            return
        for extra in extras:
            request = Request(
                purpose=extra.purpose,
                budget=extra.budget,
                intended_at_ns=self._runner.clock.wall_ns(),
                parent=one.parent,
                overrides=extra.overrides,
            )
            self._report(await self._runner.once(extra.probe, request))


def _place(probe: Probe) -> tuple[str, ...]:
    """Name what is looked at together: a hop from one vantage by one family, which is IPv4 unless somebody says IPv6."""
    family = AddressFamily.IPV6 if probe.check.family is AddressFamily.IPV6 else AddressFamily.IPV4
    return probe.series.vantage, probe.series.hop, family.value
