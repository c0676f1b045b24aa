"""What a case knows is of now: answers that are too old are asked for anew, nobody waits in vain, and beliefs are put to the test."""

import asyncio
from dataclasses import replace

from probe.abc import Way
from probe.examination import Case, Conclusion, Part, Rule
from probe.examiner import Examiner
from probe.model import Ailment, Failure, Finding, Gateway, Observation, Outcome, Verdict
from tests.repeating import HANGS, probe
from tests.test_examiner import Looking, control, looked, part, request
from tests.virtual import VirtualClock, run

AILMENT = Ailment(cause="local.cut_off", element="access[wifi]", detail="made up", since_ns=1)


def asked(looking: Looking) -> list[str]:
    return [one.series.check for one in looking.observations()]


def test_an_answer_from_before_the_failure_is_none_where_it_has_to_be_of_now():
    lately, now = control("lately"), replace(control("now", port=2), now=True)

    looking = looked(part([lately, now]), times=2, pause=1.0)

    assert sorted(asked(looking)) == ["control:lately", "control:now", "control:now"]


def test_an_answer_may_be_too_old_for_another_case():
    fresh = replace(control("fresh"), fresh_seconds=5.0)

    assert asked(looked(part([fresh]), times=3, pause=1.0)) == ["control:fresh"]
    assert asked(looked(part([fresh]), times=2, pause=10.0)) == ["control:fresh", "control:fresh"]


def test_nobody_waits_for_whom_the_answers_of_others_spare():
    def is_enough(case: Case) -> bool:
        return "quick" in case.answers

    slow = replace(control("slow", HANGS, most=1.9, port=2), spared=is_enough)

    async def scenario(clock: VirtualClock) -> tuple[float, str]:
        looking = Looking(clock, [part([control("quick"), slow])], probe("port", -0.1))
        began = clock.boot_ns()
        finding = await looking.look()
        return (clock.boot_ns() - began) / 1e9, finding.detail

    seconds, detail = run(scenario)
    assert seconds < 0.5
    assert detail == "quick"


def test_whom_nobody_waits_for_is_heard_while_others_are_asked():
    def is_enough(case: Case) -> bool:
        return "quick" in case.answers

    slow = replace(control("slow", 0.5, port=2), spared=is_enough)

    looking = looked(part([control("quick"), slow], [control("later", 1.0, port=3)]))

    assert looking.findings()[0].detail == "later quick slow"


class Knowing(Looking):
    """An examiner that is told of gateways and ailments."""

    def __init__(self, clock: VirtualClock, ailment: Ailment | None = None) -> None:
        self.cases: list[Case] = []
        super().__init__(clock, [self.watching()], probe("port", -0.1))
        self.asked_of: list[Observation] = []

        def told(seen: Observation) -> Ailment | None:
            self.asked_of.append(seen)
            return ailment

        def gateways(_: Way) -> tuple[Gateway, ...]:
            return (Gateway(address="192.168.7.1", is_silent=clock.boot_ns() > 10**15 + 10**9),)

        self.examiner = Examiner(
            self.plan,
            self.runner,
            self.report,
            self.identity,
            [self.watching()],
            gateways=gateways,
            ailment=told,
        )

    def watching(self) -> Part:
        def decide(case: Case) -> Conclusion:
            self.cases.append(case)
            return Conclusion(verdict=Verdict.DOWN, causes=(case.cause,), rule="test", detail="")

        return replace(
            part([control("gate", 2.0)]), rules=(Rule(id="test", says="", causes=(), decide=decide),)
        )


def test_a_case_knows_the_gateways_and_the_ailment_as_of_its_last_answer():
    async def scenario(clock: VirtualClock) -> list[Case]:
        looking = Knowing(clock, AILMENT)
        await looking.look()
        return looking.cases

    last = run(scenario)[-1]
    assert last.gateways == (Gateway(address="192.168.7.1", is_silent=True),)
    assert last.ailment == AILMENT


def test_a_failure_that_was_excused_is_looked_into_as_it_ended():
    async def scenario(clock: VirtualClock) -> tuple[Case, Observation, Finding]:
        looking = Knowing(clock)
        failed = await looking.runner.measure(
            looking.failing, looking.runner.attempt(looking.failing, request(clock))
        )
        by_ailment = Failure(cause="local.cut_off", detail="made up", ended_as="tcp.timeout")
        excused = replace(failed, outcome=Outcome.NOT_MEASURED, failure=by_ailment)
        await looking.examiner.examine(looking.failing, excused)
        return looking.cases[-1], looking.asked_of[-1], looking.findings()[-1]

    case, asked_of, finding = run(scenario)
    assert (case.cause, case.seen.outcome) == ("tcp.timeout", Outcome.FAILED)
    assert (asked_of.outcome, finding.causes) == (Outcome.NOT_MEASURED, ("tcp.timeout",))
    assert finding.parents[0] == asked_of.identity


def test_a_case_without_resolvers_is_looked_into_all_the_same():
    class Gone:
        resolvers = property(lambda _: (_ for _ in ()).throw(OSError(24, "too many open files")))

    async def scenario(clock: VirtualClock) -> list[Case]:
        looking = Knowing(clock)
        failed = await looking.runner.measure(
            looking.failing, looking.runner.attempt(looking.failing, request(clock))
        )
        looking.runner._dialers["wifi"] = Gone()  # type: ignore[assignment]  # as much of one as is looked at
        await asyncio.sleep(0)
        looking.examiner._parts = [replace(looking.watching(), wanted=lambda _: ())]
        await looking.examiner.examine(looking.failing, failed)
        return looking.cases

    assert run(scenario)[-1].resolvers == ()
