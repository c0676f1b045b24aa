"""The notifier as the daemon has it: off unless wanted, told by events, and never in anybody's way."""

import asyncio
from dataclasses import replace
from pathlib import Path

from probe.config import parse
from probe.model import Identity
from probe.notice import Kind, Notice, Severity, Status, Subject
from probe.notifier.notifier import Notifier
from tests.notice_story import chain, observation
from tests.test_notifier_worker import AGAIN, SENT, Chat
from tests.virtual import run

CONFIG = """
version: 1
hops: {{a: {{url: "https://a.test"}}}}
routes: {{r: {{hops: [a], maintenance: {maintenance}}}}}
notify:
  quiet: {quiet}
  channels: {channels}
"""


def wanted(channels: str = "{ops: {webhook: {url: {env: U}}}}", quiet: str = "[]", maintenance: str = "[]"):
    text = CONFIG.format(channels=channels, quiet=quiet, maintenance=maintenance)
    return parse(text, where="test", folder=Path("/")).notifications()


class Probing:
    """Writes an observation of every series once in five seconds."""

    def __init__(self, notifier, clock, plan):
        self.notifier, self.clock, self.plan = notifier, clock, plan
        self.cause = ""
        self.seq = 0

    async def run(self):
        while True:
            for probe in self.plan.probes:
                self.seq += 1
                identity = Identity(agent="local", epoch="e1", seq=self.seq)
                self.notifier.write(observation(probe.series, identity, self.clock.wall_ns(), self.cause))
            await asyncio.sleep(5)


async def lived(clock, notifier, plan, story):
    """Let notifier and probing run while a story is told."""
    probing = Probing(notifier, clock, plan)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(probing.run()), group.create_task(notifier.run())]
        await story(probing)
        for task in tasks:
            task.cancel()


def test_without_configuration_nothing_is_done():
    async def scenario(clock):
        plan = chain(("site",))
        notifier = Notifier(plan, None, clock=clock, send=Chat())

        async def story(probing):
            probing.cause = "tcp.refused"
            await asyncio.sleep(60)

        await lived(clock, notifier, plan, story)
        return notifier.is_on, notifier.counts()

    assert run(scenario) == (False, {})


def test_counters_are_there_at_0_from_the_start():
    async def scenario(clock):
        return Notifier(chain(), wanted(), clock=clock, send=Chat()).counts()

    assert run(scenario) == {("ops", result): 0 for result in ("sent", "failed", "dropped", "quiet")}


def test_failure_and_its_end_are_told():
    chat = Chat()

    async def scenario(clock):
        plan = chain(("site",))
        notifier = Notifier(plan, wanted(), clock=clock, send=chat)

        async def story(probing):
            await asyncio.sleep(20)
            probing.cause = "tcp.refused"
            await asyncio.sleep(30)
            probing.cause = ""
            await asyncio.sleep(10)

        await lived(clock, notifier, plan, story)
        return notifier.counts()[("ops", "sent")]

    assert run(scenario) == 2
    assert [said for _, said in chat.came] == [[("", "firing")], [("", "resolved")]]
    assert all(20 < at < 50 + 7 for at, _ in chat.came)


def test_quiet_time_holds_back_and_sums_up():
    chat = Chat()
    # The virtual clock begins at 2027-01-15 08:00:00 UTC.
    quiet = '[{from: "07:00", until: "08:05"}]'

    async def scenario(clock):
        plan = chain(("edge", "chain", "site"))
        notifier = Notifier(plan, wanted(quiet=quiet), clock=clock, send=chat)

        async def story(probing):
            notice = Notice(
                subject=Subject(kind=Kind.HOP, hop="x"),
                status=Status.FIRING,
                severity=Severity.WARNING,
                at_ns=clock.wall_ns(),
                since_ns=clock.wall_ns(),
            )
            notifier._tell(notice)
            notifier._tell(replace(notice, subject=Subject(kind=Kind.HOP, hop="y")))
            await asyncio.sleep(400)

        await lived(clock, notifier, plan, story)
        return notifier.counts()

    counted = run(scenario)
    ((at, said),) = chat.came
    assert said == [("x", "firing"), ("y", "firing")]
    assert 300 <= at <= 302
    assert (counted[("ops", "quiet")], counted[("ops", "sent")]) == (2, 2)


def test_channel_that_hangs_holds_up_no_other_and_not_the_end():
    async def scenario(clock):
        plan = chain(("site",))
        came = []

        async def send(to, message, clock):
            if to.name == "slow":
                await asyncio.sleep(3600)
            came.append(to.name)
            return SENT

        channels = "{slow: {webhook: {url: {env: U}}}, ops: {webhook: {url: {env: U}}}}"
        notifier = Notifier(plan, wanted(channels), clock=clock, send=send)
        began = []

        async def story(probing):
            await asyncio.sleep(20)
            probing.cause = "tcp.refused"
            await asyncio.sleep(30)
            began.append(clock.monotonic_ns())

        await lived(clock, notifier, plan, story)
        return came, (clock.monotonic_ns() - began[0]) / 1e9, notifier.counts()[("slow", "sent")]

    came, took, slow = run(scenario)
    assert (came, slow) == (["ops"], 0)
    assert took < 1.0


def test_reload_keeps_a_channel_and_lets_another_go():
    async def scenario(clock):
        plan = chain(("site",))
        both = wanted("{ops: {webhook: {url: {env: U}}}, old: {webhook: {url: {env: U}}}}")
        chat = Chat()
        notifier = Notifier(plan, both, clock=clock, send=chat)

        async def story(probing):
            await asyncio.sleep(10)
            probing.cause = "tcp.refused"
            await asyncio.sleep(30)
            notifier.adopt(plan, wanted("{ops: {webhook: {url: {env: U}}}, new: {webhook: {url: {env: U}}}}"))
            probing.cause = ""
            await asyncio.sleep(20)

        await lived(clock, notifier, plan, story)
        return {name: count for (name, result), count in notifier.counts().items() if result == "sent"}

    # Who was not told that it fails is not told that it is over.
    assert run(scenario) == {"ops": 2, "new": 0}


def test_reload_that_takes_the_key_away_ends_it():
    async def scenario(clock):
        plan = chain(("site",))
        notifier = Notifier(plan, wanted(), clock=clock, send=Chat(lambda _: AGAIN))

        async def story(probing):
            await asyncio.sleep(10)
            notifier.adopt(plan, None)
            probing.cause = "tcp.refused"
            await asyncio.sleep(30)

        await lived(clock, notifier, plan, story)
        return notifier.counts()

    assert run(scenario) == {}


def test_fault_of_a_channel_ends_nothing():
    async def scenario(clock):
        plan = chain(("site",))

        async def send(to, message, clock):
            if to.name == "bad":
                raise RuntimeError("a channel's own fault")
            return SENT

        channels = "{bad: {webhook: {url: {env: U}}}, ops: {webhook: {url: {env: U}}}}"
        notifier = Notifier(plan, wanted(channels), clock=clock, send=send)

        async def story(probing):
            await asyncio.sleep(10)
            probing.cause = "tcp.refused"
            await asyncio.sleep(30)

        await lived(clock, notifier, plan, story)
        return notifier.counts()[("ops", "sent")]

    assert run(scenario) == 1
