"""A channel sends one message at a time, as often as it takes and no faster than the service allows."""

import asyncio
import itertools
from collections.abc import Callable

from probe.clock import Clock
from probe.notice import Kind, Notice, Severity, Status, Subject, Words
from probe.notice.words import Message
from probe.notifier.channel import Reception, Said
from probe.notifier.dingtalk import DingTalk
from probe.notifier.wanted import Addressee, Wire
from probe.notifier.worker import Result, Worker
from probe.secret import Secret
from tests.virtual import run

SENT = Said(reception=Reception.SENT, text="taken")
AGAIN = Said(reception=Reception.AGAIN, text="busy")
REFUSED = Said(reception=Reception.REFUSED, text="no such chat")
TO = Addressee(
    name="ops", channel=DingTalk(url=Secret(env="U")), words=Words(), wire=Wire(), retry_seconds=3600.0
)


def notice(name: str = "a", status: Status = Status.FIRING) -> Notice:
    return Notice(
        subject=Subject(kind=Kind.HOP, hop=name),
        status=status,
        severity=Severity.WARNING,
        at_ns=1,
        since_ns=0,
    )


class Chat:
    """Keeps when each message came and what it said; `answer` is asked what to say to it."""

    def __init__(self, answer: Callable[[int], Said] = lambda _: SENT, seconds: float = 0.0) -> None:
        self.answer = answer
        self.seconds = seconds
        self.came: list[tuple[float, list[tuple[str, str]]]] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, to: Addressee, message: Message, clock: Clock) -> Said:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        said = [(one.subject.hop, one.status.value) for one in message.notices]
        self.came.append((clock.monotonic_ns() / 1e9, said))
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        return self.answer(len(self.came))

    @property
    def waits(self) -> list[float]:
        times = [at for at, _ in self.came]
        return [later - earlier for earlier, later in itertools.pairwise(times)]


async def at_work(worker: Worker, seconds: float) -> None:
    """Let it work for so long, then end it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.run())
        await asyncio.sleep(seconds)
        worker.end()
        await asyncio.wait([task])


def results(worker: Worker) -> dict[str, int]:
    return {result.value: worker.results[result] for result in Result}


def test_message_that_is_taken_counts_as_sent():
    async def scenario(clock):
        chat = Chat()
        worker = Worker(TO, clock, chat)
        before = results(worker)
        worker.take(notice())
        await at_work(worker, 1)
        return before, results(worker)

    nothing = {"sent": 0, "failed": 0, "dropped": 0, "quiet": 0}
    assert run(scenario) == (nothing, nothing | {"sent": 1})


def test_retries_come_ever_more_slowly_until_it_is_taken():
    chat = Chat(lambda count: SENT if count == 6 else AGAIN)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice())
        await at_work(worker, 600)
        return results(worker)

    assert run(scenario)["sent"] == 1
    assert all(
        0.7 * expected < wait < 1.3 * expected
        for wait, expected in zip(chat.waits, (2, 4, 8, 16, 32), strict=True)
    )


def test_message_is_given_up_after_its_time():
    chat = Chat(lambda _: AGAIN)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice())
        await at_work(worker, 8000)
        return results(worker), worker

    counted, _ = run(scenario)
    assert (counted["failed"], counted["sent"]) == (1, 0)
    assert 3000 < chat.came[-1][0] <= 3600


def test_refusal_is_not_repeated():
    chat = Chat(lambda _: REFUSED)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice())
        await at_work(worker, 3600)
        return results(worker)

    assert (run(scenario)["failed"], len(chat.came)) == (1, 1)


def test_service_says_when_to_come_again():
    busy = Said(reception=Reception.AGAIN, text="429", after_seconds=34.0)
    chat = Chat(lambda count: SENT if count == 2 else busy)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice())
        await at_work(worker, 100)

    run(scenario)
    (wait,) = chat.waits
    assert 34.0 <= wait < 35.0


def test_while_the_service_is_down_a_subject_keeps_only_its_newest_state():
    chat = Chat(lambda count: AGAIN if count < 3 else SENT)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice("a"))
        worker.take(notice("b"))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(worker.run())
            await asyncio.sleep(0.5)
            worker.take(notice("a", Status.RESOLVED))
            await asyncio.sleep(60)
            worker.end()
            await asyncio.wait([task])
        return results(worker)

    counted = run(scenario)
    assert [said for _, said in chat.came[2:]] == [[("b", "firing")], [("a", "resolved")]]
    assert counted == {"sent": 2, "failed": 0, "dropped": 1, "quiet": 0}


def test_more_than_the_outbox_holds_is_dropped_and_counted():
    async def scenario(clock):
        worker = Worker(TO, clock, Chat())
        for number in range(130):
            worker.take(notice(f"h{number}"))
        return results(worker)["dropped"]

    assert run(scenario) == 30


def test_no_minute_has_more_messages_than_the_service_takes():
    chat = Chat()

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        for number in range(60):
            worker.take(notice(f"h{number}"))
        await at_work(worker, 400)
        return results(worker)

    counted = run(scenario)
    times = [at for at, _ in chat.came]
    assert counted["sent"] == 60
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[18:], strict=False))


def test_one_message_is_under_way_at_a_time():
    chat = Chat(seconds=2.0)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        for number in range(10):
            worker.take(notice(f"h{number}"))
        await at_work(worker, 100)

    run(scenario)
    assert (chat.most_at_once, len(chat.came)) == (1, 10)


def test_what_waits_at_the_end_is_tried_once_more():
    chat = Chat(lambda _: AGAIN)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice("a"))
        worker.take(notice("b"))
        await at_work(worker, 0.5)
        return results(worker)

    counted = run(scenario)
    assert ([said for _, said in chat.came], counted["failed"]) == (
        [[("a", "firing")], [("a", "firing")], [("b", "firing")]],
        2,
    )


def test_other_rules_are_tried_at_once():
    chat = Chat(lambda count: SENT if count == 5 else AGAIN)

    async def scenario(clock):
        worker = Worker(TO, clock, chat)
        worker.take(notice())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(worker.run())
            await asyncio.sleep(20)
            before = len(chat.came)
            worker.adopt(Addressee(name="ops", channel=TO.channel, words=Words(agent="x"), wire=Wire()))
            await asyncio.sleep(0.1)
            after = len(chat.came)
            worker.end()
            await asyncio.wait([task])
        return before, after

    assert run(scenario) == (4, 5)
