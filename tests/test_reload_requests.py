"""Reloads are worked off one after the other, who asks meanwhile shares the next, and no file can end the daemon."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from probe.config import Config, ConfigError, load, parse
from probe.daemon.reading import Wanted, read_again
from probe.daemon.reloading import Answer, Reloading, take_over
from probe.plan import Plan

GOOD = """\
hops:
  api: {url: "http://127.0.0.1:9"}
routes:
  chat: {hops: [api], checks: {port: {tcp: {}}}}
"""


def config(text: str = GOOD) -> Config:
    return parse(text, where="here", folder=Path())


def plan() -> Plan:
    return config().plan()


class Counted:
    """Reloads that take as long as they are told, and say which they were."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> Answer:
        self.begun += 1
        number = self.begun
        await self.go_on.wait()
        return Answer(is_taken=True, text=str(number))


async def asked(act: Callable[[Reloading, Counted], Awaitable[list[asyncio.Future[Answer]]]]) -> list[str]:
    """Let `act` ask for reloads, then let all of them end; return what each was told."""
    reloading, counted = Reloading(), Counted()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(reloading.run(counted))
        futures = await act(reloading, counted)
        counted.go_on.set()
        async with asyncio.timeout(5):
            answers = [(await one).text for one in futures]
        running.cancel()
    return answers


async def test_requests_before_the_first_reload_share_it():
    async def act(reloading: Reloading, _: Counted) -> list[asyncio.Future[Answer]]:
        return [reloading.ask() for _ in range(5)]

    assert await asked(act) == ["1"] * 5


async def test_requests_during_a_reload_share_one_that_begins_after_them():
    async def act(reloading: Reloading, counted: Counted) -> list[asyncio.Future[Answer]]:
        first = reloading.ask()
        while not counted.begun:
            await asyncio.sleep(0)
        return [first, *(reloading.ask() for _ in range(5))]

    assert await asked(act) == ["1", "2", "2", "2", "2", "2"]


async def test_who_no_longer_waits_takes_nobody_elses_answer_away():
    async def act(reloading: Reloading, _: Counted) -> list[asyncio.Future[Answer]]:
        async def waiting() -> Answer:
            return await asyncio.shield(reloading.ask())

        impatient = asyncio.ensure_future(waiting())
        await asyncio.sleep(0)
        impatient.cancel()
        return [reloading.ask()]

    assert await asked(act) == ["1"]


async def nothing_follows(_: Wanted) -> tuple[str, ...]:
    return ()


def reading(file: Path | None) -> Callable[[], Wanted]:
    return lambda: read_again(file, plan())


async def test_a_good_file_is_taken_over_and_the_difference_said(tmp_path):
    file = tmp_path / "hopwatch.yml"
    file.write_text(GOOD.replace("{port: {tcp: {}}}", "{port: {tcp: {}}, again: {tcp: {}}}"))

    assert await take_over(reading(file), nothing_follows) == Answer(
        is_taken=True, text="taken over: 1 series begun, 0 ended, 1 went on untouched"
    )


async def test_what_has_to_wait_for_the_next_start_is_said_and_stays_on_the_page(tmp_path):
    async def follow(_: Wanted) -> tuple[str, ...]:
        return ("This waits.", "And this.")

    file = tmp_path / "hopwatch.yml"
    file.write_text(GOOD)
    answer = await take_over(reading(file), follow)

    assert (answer.is_taken, answer.note) == (True, "This waits. And this.")
    assert answer.text.splitlines()[1:] == ["This waits.", "And this."]


BROKEN = {
    "unknown key": (GOOD + "bogus: 1\n", ":5:1: bogus: unknown key"),
    "no YAML": (GOOD + "}\n", ":5:1: this is not valid YAML"),
    "cut off": (GOOD[:30], ":2:14: this is not valid YAML: this quote is never closed"),
    "empty": ("", ": this configuration is empty"),
    "nothing left": (GOOD.replace("port: {", "port: {enabled: false, "), ": nothing is left to probe"),
    "no text": ("\x00\x01", ": the file holds a character"),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_bad_file_changes_nothing_and_every_problem_is_said_with_its_line(what, tmp_path):
    text, message = BROKEN[what]
    followed: list[Wanted] = []

    async def follow(wanted: Wanted) -> tuple[str, ...]:
        followed.append(wanted)
        return ()

    file = tmp_path / "hopwatch.yml"
    file.write_text(text)
    answer = await take_over(reading(file), follow)
    with pytest.raises(ConfigError) as told:
        load(file)

    assert (answer.is_taken, answer.text, followed) == (False, str(told.value), [])
    assert message in answer.text
    assert answer.note.startswith(
        "The configuration was refused when it was last read, and the one before stays at work: "
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file"),
        (Path.mkdir, "this is a directory"),
        (os.mkfifo, "this is no regular file, so it was read once and cannot be read again"),
        (lambda path: path.symlink_to(path), "cannot be read"),
    ],
    ids=["missing", "directory", "pipe", "loop"],
)
async def test_what_cannot_be_read_is_refused_without_waiting(make, message, tmp_path):
    make(tmp_path / "hopwatch.yml")

    async with asyncio.timeout(5):
        answer = await take_over(reading(tmp_path / "hopwatch.yml"), nothing_follows)

    assert not answer.is_taken
    assert message in answer.text


async def test_a_daemon_that_was_started_without_a_file_says_so():
    assert (await take_over(reading(None), nothing_follows)).text == (
        "hopwatch: this daemon was started without a file that could be read again"
    )


async def test_a_file_that_is_wrong_everywhere_is_answered_briefly(tmp_path):
    file = tmp_path / "hopwatch.yml"
    file.write_text(GOOD + "".join(f"bogus{number}: 1\n" for number in range(5000)))
    answer = await take_over(reading(file), nothing_follows)

    assert len(answer.text.splitlines()) == 101
    assert answer.text.endswith("more")
    assert answer.note.endswith("more)")


async def test_a_fault_of_our_own_ends_nobody(tmp_path):
    def broken() -> Wanted:
        raise ZeroDivisionError("made up")

    answer = await take_over(broken, nothing_follows)

    assert (answer.is_taken, answer.text) == (
        False,
        "a fault of hopwatch itself: ZeroDivisionError: made up",
    )
