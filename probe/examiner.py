"""Run the controls of a case in rounds, within bounds that no target can move, and report what they amount to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypedDict

import structlog

from probe.abc import Way
from probe.cause.response.reading import NOTHING_LEARNT, Learnt
from probe.examination import PARTS, Case, Conclusion, Control, Known, Part
from probe.examination.case import Question
from probe.examination.history import History
from probe.examination.procedure import conclude, next_round
from probe.examination.purse import Purse
from probe.fingerprint import Fingerprints
from probe.model import (
    AddressFamily,
    Ailment,
    Budget,
    Event,
    Finding,
    Gateway,
    Identity,
    Observation,
    Outcome,
    Request,
    Span,
    Verdict,
)
from probe.model.element import access, crossed
from probe.plan import Plan, Probe
from probe.runner import Runner
from probe.text import clean

_log = structlog.get_logger()
_SECONDS, _PACKETS, _PACKETS_PER_VANTAGE = 12.0, 80, 320
_BYTES = _PACKETS * 1460
_CACHED_NS = 60 * 10**9
_METERED = 10
# What a finding says may quote a target.
_MOST_WORDS = 1024
# Longest first: what is worst of several causes is what the service is.
_WORST = (Verdict.DOWN, Verdict.BLOCKED, Verdict.DEGRADED, Verdict.INSUFFICIENT, Verdict.OK)


@dataclass(frozen=True, slots=True)
class _Answer:
    vantage: str
    question: Question
    at_ns: int
    seen: Observation


class _ByNow(TypedDict):
    known: Known
    gateways: tuple[Gateway, ...]
    ailment: Ailment | None


@dataclass(slots=True)
class _Burst:
    """One case under way."""

    probe: Probe
    seen: Observation
    case: Case
    asked: frozenset[str] = frozenset()


class Examiner:
    """Looks into observations; whom it may ask is the plan's to say."""

    def __init__(
        self,
        plan: Plan,
        runner: Runner,
        report: Callable[[Event], None],
        next_identity: Callable[[], Identity],
        parts: Sequence[Part] = PARTS,
        gateways: Callable[[Way], tuple[Gateway, ...]] = lambda _: (),
        ailment: Callable[[Observation], Ailment | None] = lambda _: None,
    ) -> None:
        """Ask by `runner` and tell `report`, by the rules of `parts`.

        `gateways` looks whether those of a vantage answer, `ailment` tells what is known to be wrong with it that explains
        an observation.
        """
        self._gateways, self._ailment = gateways, ailment
        self._parts = parts
        self._runner = runner
        self._report = report
        self._next_identity = next_identity
        self.history = History(plan)
        self._prints = Fingerprints(plan.routes, plan.hops)
        self._plan = plan
        self._purse, self._vantage_purse = Purse(_PACKETS), Purse(_PACKETS_PER_VANTAGE)
        # An answer serves every case of its minute; probers are compared, because what they hold has no hash.
        self._answers: list[_Answer] = []
        self._asking: list[tuple[str, Question, asyncio.Future[Observation]]] = []
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    def adopt(self, plan: Plan) -> None:
        """Look into the series of another plan from now on."""
        self._plan = plan
        self.history.adopt(plan)
        self._prints.adopt(plan.routes, plan.hops)
        places = {_place(one) for one in plan.probes}
        self._purse.retain(places)
        self._vantage_purse.retain({place[:1] for place in places})
        self._answers.clear()
        self._locks = {place: lock for place, lock in self._locks.items() if place in places or lock.locked()}

    async def examine(self, probe: Probe, seen: Observation) -> frozenset[str]:
        """Look into an observation until there is nothing left to learn or to spend, and report what it amounts to.

        Returns the ids of the controls that were answered.
        """
        place = _place(probe)
        # Cases of one hop come in bursts: the second one profits from what the first one asked.
        async with self._locks.setdefault(place, asyncio.Lock()):
            burst = _Burst(probe, seen, self._case(probe, seen))
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    await self._rounds(burst)
            self._tell(burst.case)
        return frozenset(burst.case.answers)

    async def _rounds(self, burst: _Burst) -> None:
        async with asyncio.TaskGroup() as group:
            asked: dict[asyncio.Task[None], Control] = {}
            while controls := next_round(self._parts, burst.case, burst.asked):
                burst.asked |= {one.id for one in controls}
                begun = {
                    group.create_task(self._answer(burst, one), name=f"control {one.id}"): one
                    for one in controls
                }
                asked |= begun
                await _answered(burst, begun)
                # Much may have come in meanwhile from the schedule.
                burst.case = replace(burst.case, **self._by_now(burst.probe, burst.seen))
            for task in asked:
                task.cancel()

    async def _answer(self, burst: _Burst, control: Control) -> None:
        """Have a control answered, by what was asked a moment ago if it was, and not at all when nothing is left for it."""
        probe = burst.probe
        seen = self._known(burst, control) or await self._under_way(probe, control)
        if seen is None and (taken_ns := self._take(probe, control)) is not None:
            seen = await self._ask(probe, control, burst.case, taken_ns)
        if seen is not None:
            burst.case = burst.case.answered({control.id: seen})

    async def _under_way(self, probe: Probe, control: Control) -> Observation | None:
        """Wait for the same question when another case is just asking it."""
        for vantage, question, answer in self._asking:
            if vantage == probe.series.vantage and question == control.question:
                await asyncio.wait((answer,))
                return None if answer.cancelled() else answer.result()
        return None

    def _case(self, probe: Probe, seen: Observation) -> Case:
        names = set(probe.route.hops)
        return Case(
            seen=_as_it_ended(seen),
            vantage=probe.looking.vantage,
            route=probe.route,
            hop=probe.hop,
            hops=tuple(one for one in self._plan.hops if one.name in names),
            everywhere=self._plan.hops,
            checks=self._plan.probes,
            learnt=self._learnt(probe, seen),
            prober=probe.prober,
            family=probe.check.family,
            resolvers=self._resolvers(probe),
            allow=probe.looking.allow,
            means=self._plan.means,
            **self._by_now(probe, seen),
        )

    def _resolvers(self, probe: Probe) -> tuple[str, ...]:
        try:
            return self._runner.resolvers(probe)
        except OSError:
            return ()  # the interface is gone that they belong to, or no file can be opened

    def _learnt(self, probe: Probe, seen: Observation) -> Learnt:
        http, names = seen.evidence.http, probe.route.hops
        if http is None or probe.series.hop not in names or seen.through not in names:
            return NOTHING_LEARNT
        return self._prints.learnt(http, Span.of(probe.route, seen))

    def note(self, seen: Observation) -> None:
        """Take in an observation of the schedule, to know more when something fails."""
        self.history.note(seen)
        self._prints.note(seen)

    def _by_now(self, probe: Probe, seen: Observation) -> _ByNow:
        """Return what of a case changes while it is looked into."""
        return {
            "known": self.history.known(probe, self._runner.clock.wall_ns()),
            "gateways": self._gateways(probe.looking.way),
            "ailment": self._ailment(seen),
        }

    def _known(self, burst: _Burst, control: Control) -> Observation | None:
        now = self._runner.clock.boot_ns()
        self._answers = [one for one in self._answers if now - one.at_ns < _CACHED_NS]
        vantage = burst.probe.series.vantage
        age_seconds = 0.0 if control.now else control.fresh_seconds
        since_ns = burst.case.seen.started_at_ns - round(age_seconds * 1e9)
        for one in reversed(self._answers):
            is_fresh = one.seen.ended_at_ns >= since_ns
            if is_fresh and one.vantage == vantage and one.question == control.question:
                return one.seen
        return None

    def _take(self, probe: Probe, control: Control) -> int | None:
        """Take what a control costs from every bound, if all allow it, and return when (boot clock)."""
        place, now = _place(probe), self._runner.clock.boot_ns()
        slower = _METERED if probe.looking.vantage.metered else 1
        if (
            self._purse.left(place, now, slower) < control.packets
            or self._vantage_purse.left(place[:1], now, slower) < control.packets
        ):
            _log.debug("control.spared", series=str(probe.series), control=control.id)
            return None
        self._purse.spend(place, control.packets, now, slower)
        self._vantage_purse.spend(place[:1], control.packets, now, slower)
        return now

    def _settle(self, probe: Probe, control: Control, seen: Observation, at_ns: int) -> None:
        """Charge a control what it needed instead of what was reserved for it, where the kernel counted."""
        info = seen.evidence.tcp.info if seen.evidence.tcp is not None else None
        if info is None or info.segments_out is None or info.segments_in is None:
            return
        questions = sum(1 + len(one.responses) for one in seen.evidence.dns)
        used, now = info.segments_out + info.segments_in + questions, self._runner.clock.boot_ns()
        place = _place(probe)
        self._purse.settle(place, control.packets, used, at_ns, now)
        self._vantage_purse.settle(place[:1], control.packets, used, at_ns, now)

    async def _ask(self, probe: Probe, control: Control, case: Case, taken_ns: int) -> Observation:
        request = Request(
            purpose=control.purpose,
            budget=Budget(seconds=control.seconds, received_bytes=_most_bytes(control, case)),
            intended_at_ns=self._runner.clock.wall_ns(),
            parent=case.seen.identity,
            overrides=control.overrides,
        )
        vantage, question = probe.series.vantage, control.question
        answer: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        asking = (vantage, question, answer)
        self._asking.append(asking)
        try:
            seen = await self._runner.once(_probe(probe, control), request)
            answer.set_result(seen)
        finally:
            answer.cancel()
            self._asking = [one for one in self._asking if one is not asking]
        self._answers.append(_Answer(vantage, question, self._runner.clock.boot_ns(), seen))
        self._settle(probe, control, seen, taken_ns)
        self._report(seen)
        return seen

    def _tell(self, case: Case) -> None:
        found = conclude(self._parts, case)
        if found:
            self._report(self._finding(case, found))

    def _finding(self, case: Case, found: Sequence[Conclusion]) -> Finding:
        used = (seen.identity for one in found for seen in one.used)
        return Finding(
            identity=self._next_identity(),
            series=case.series,
            verdict=min((one.verdict for one in found), key=_WORST.index),
            causes=tuple(dict.fromkeys(cause for one in found for cause in one.causes)),
            rule=found[0].rule,
            level=found[0].level,
            element=next((one.element for one in found if one.element), None),
            detail=clean("; ".join(one.detail for one in found), _MOST_WORDS),
            parents=tuple(dict.fromkeys((case.seen.identity, *used))),
            recorded_at_ns=self._runner.clock.wall_ns(),
        )


async def _answered(burst: _Burst, asked: Mapping[asyncio.Task[None], Control]) -> None:
    """Wait for the answers, as long as there is one that matters beside those that have come."""
    pending = set(asked)
    while any(not asked[task].spared(burst.case) for task in pending):
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)


def _most_bytes(control: Control, case: Case) -> int:
    """Return how many bytes of an answer are taken: beside what the hop's good answers had, what the purse can pay for."""
    good = (*case.known.good, *((case.known.before,) if case.known.before else ()))
    usual = (
        one.evidence.tcp.received_bytes
        for one in good
        if one.series.hop == control.hop.name and one.evidence.tcp is not None
    )
    return _BYTES + max(usual, default=0)


def _as_it_ended(seen: Observation) -> Observation:
    """Return what a probe saw before it was told by what was known of the vantage: that is to be found out anew."""
    if seen.failure is None or seen.failure.ended_as is None:
        return seen
    failure = replace(seen.failure, cause=seen.failure.ended_as, ended_as=None)
    return replace(seen, outcome=Outcome.FAILED, failure=failure)


def _place(probe: Probe) -> tuple[str, ...]:
    """Name what is looked at together: a hop from one vantage by one family, which is IPv4 unless somebody says IPv6."""
    family = AddressFamily.IPV6 if probe.check.family is AddressFamily.IPV6 else AddressFamily.IPV4
    return probe.series.vantage, probe.series.hop, family.value


def _probe(probe: Probe, control: Control) -> Probe:
    """Make a probe of a control: asked of whom it says, from the vantage of the probe that failed."""
    if control.prober is probe.prober and control.hop is probe.hop and control.through is None:
        return probe
    series = replace(probe.series, hop=control.hop.name, check=f"control:{control.id}")
    check = replace(
        probe.check,
        name=series.check,
        hop=series.hop,
        through=control.through or series.hop,
        kind=control.kind,
        family=control.family,
        timeout_seconds=control.seconds,
        is_twin=False,
    )
    vantage = probe.looking.vantage
    is_on_route = control.hop.name in probe.route.hops
    elements = crossed(vantage, probe.route, check) if is_on_route else (access(vantage.name),)
    return replace(
        probe, series=series, hop=control.hop, check=check, prober=control.prober, crossed=elements
    )
