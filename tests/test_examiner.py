"""A failure is looked into within bounds: packets, seconds, one question a minute; and what comes of it is one finding."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from probe.clock import Clock
from probe.examination import Case, Conclusion, Control, Part, Rule
from probe.examiner import Examiner
from probe.model import (
    Budget,
    Finding,
    Identity,
    Level,
    Observation,
    Outcome,
    Overrides,
    Purpose,
    Request,
    Verdict,
)
from probe.plan import Probe
from tests.repeating import HANGS, Takes, Work, plan, probe
from tests.virtual import VirtualClock, run


def control(name: str, *seconds: float, packets: int = 10, most: float = 2.0, port: int = 1) -> Control:
    return Control(
        id=name,
        kind="tcp",
        hop=probe(hop="anchor").hop,
        prober=Takes(seconds or (0.1,)),
        overrides=Overrides(port=port),
        seconds=most,
        packets=packets,
    )


def counted(case: Case) -> Conclusion:
    return Conclusion(
        verdict=Verdict.BLOCKED,
        causes=("tcp.timeout.port",),
        rule="test.counted",
        detail=" ".join(sorted(case.answers)) or "nothing",
        element="path[wifi>direct]",
        used=tuple(case.answers.values()),
    )


def part(*rounds: Iterable[Control]) -> Part:
    """Make a part that asks in these rounds, and says what was answered."""
    lists = [tuple(one) for one in rounds]

    def wanted(case: Case) -> tuple[Control, ...]:
        return next((one for one in lists if not {each.id for each in one} & case.answers.keys()), ())

    rule = Rule(id="test.counted", says="What was answered.", causes=(), decide=counted)
    return Part(name="test", concerns=lambda _: True, wanted=wanted, rules=(rule,))


class Looking(Work):
    """An examiner at work on failures of one check."""

    def __init__(self, clock: VirtualClock, parts: Sequence[Part], failing: Probe) -> None:
        super().__init__(clock, [failing])
        self.failing = failing
        self.numbers = itertools.count(1000)
        self.examiner = Examiner(self.plan, self.runner, self.report, self.identity, parts)

    def identity(self) -> Identity:
        return Identity(agent="a", epoch="e", seq=next(self.numbers))

    async def look(self) -> Finding:
        failed = await self.runner.measure(
            self.failing, self.runner.attempt(self.failing, request(self.clock))
        )
        await self.examiner.examine(self.failing, failed)
        return self.findings()[-1]

    def findings(self) -> list[Finding]:
        return [one.event for one in self.told if isinstance(one.event, Finding)]


def request(clock: Clock) -> Request:
    return Request(
        purpose=Purpose.ROUTINE, budget=Budget(seconds=5.0), intended_at_ns=clock.wall_ns(), slot=0
    )


def looked(*parts: Part, times: int = 1, pause: float = 0.0, failing: Probe | None = None) -> Looking:
    async def scenario(clock: VirtualClock) -> Looking:
        looking = Looking(clock, parts, failing or probe("port", -0.1))
        for _ in range(times):
            await looking.look()
            await asyncio.sleep(pause)
        return looking

    return run(scenario)


def test_controls_are_observations_linked_to_the_failure_and_named_after_what_they_ask():
    looking = looked(part([control("gate")]))

    (asked,) = looking.observations()
    (finding,) = looking.findings()
    assert (asked.purpose, asked.series.hop, asked.series.check) == (
        Purpose.CONTROL,
        "anchor",
        "control:gate",
    )
    assert finding.parents == (asked.parent, asked.identity)
    assert asked.crossed == ("access[wifi]",)


def test_a_finding_says_what_the_rules_conclude():
    (finding,) = looked(part([control("gate")])).findings()

    assert replace(finding, identity=IDENTITY, parents=(), recorded_at_ns=0) == Finding(
        identity=IDENTITY,
        series=probe("port").series,
        verdict=Verdict.BLOCKED,
        causes=("tcp.timeout.port",),
        rule="test.counted",
        level=Level.SCORED,
        element="path[wifi>direct]",
        detail="gate",
        parents=(),
        recorded_at_ns=0,
    )


IDENTITY = Identity(agent="a", epoch="e", seq=1)


def test_where_no_rule_fits_the_finding_is_what_the_probe_saw():
    (finding,) = looked().findings()

    assert (finding.causes, finding.rule, finding.verdict) == (("tcp.refused",), "seen", Verdict.DOWN)


def test_a_round_is_asked_at_once_and_the_next_after_it():
    looking = looked(part([control("a", 1.0), control("b", 1.0)], [control("c", 1.0)]))

    began = {one.series.check: one.started_at_ns for one in looking.observations()}
    assert began["control:b"] - began["control:a"] < 10**7
    assert began["control:c"] - began["control:a"] >= 10**9


def test_what_the_purse_does_not_allow_is_not_asked():
    looking = looked(part([control("dear", packets=70)], [control("too-dear", packets=20)]))

    assert [one.series.check for one in looking.observations()] == ["control:dear"]
    assert looking.findings()[0].detail == "dear"


def test_the_purse_fills_again_after_a_minute():
    parts = [part([control("dear", packets=70)])]
    looking = looked(*parts, times=2, pause=61.0)

    assert len(looking.observations()) == 2


def test_the_same_question_is_asked_once_a_minute_and_its_answer_serves_every_case():
    looking = looked(part([control("gate")]), times=3, pause=1.0)

    assert len(looking.observations()) == 1
    assert [one.detail for one in looking.findings()] == ["gate"] * 3


def test_a_hostile_target_makes_no_burst_longer():
    async def scenario(clock: VirtualClock) -> float:
        slow = [[control(f"slow-{number}", HANGS, most=10.0, packets=1)] for number in range(10)]
        looking = Looking(clock, [part(*slow)], probe("port", -0.1))
        began = clock.boot_ns()
        await looking.look()
        return (clock.boot_ns() - began) / 1e9

    assert run(scenario) < 12.5


def test_what_was_answered_before_time_was_up_counts():
    looking = looked(part([control("quick")], [control("slow", HANGS, most=60.0)]))

    assert looking.findings()[0].detail == "quick"


def test_a_failing_control_is_an_answer_too():
    looking = looked(part([control("gate", -0.1)]))

    assert [one.outcome for one in looking.observations()] == [Outcome.FAILED]
    assert looking.findings()[0].detail == "gate"


def test_two_cases_that_ask_the_same_at_once_ask_it_once():
    async def scenario(clock: VirtualClock) -> list[Observation]:
        probes = [probe("port", -0.1), probe("port", -0.1, hop="vercel")]
        looking = Looking(clock, [part([control("gate", 1.0)])], probes[0])
        looking.plan = plan(probes)
        looking.runner.adopt(looking.plan, {"wifi": looking.runner._dialers["wifi"]})
        async with asyncio.TaskGroup() as group:
            for one in probes:
                failed = await looking.runner.measure(one, looking.runner.attempt(one, request(clock)))
                group.create_task(looking.examiner.examine(one, failed))
        return looking.observations()

    assert len(run(scenario)) == 1
