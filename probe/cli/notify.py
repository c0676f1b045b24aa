"""`hopwatch notify`: try what the daemon tells people by."""

import asyncio
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from probe.cli.options import NOT_MEASURED, ROUTE_FAILS, WELL, WRONG_USE, config_file, leave, loaded

if TYPE_CHECKING:
    from probe.config import Config
    from probe.notifier.channel import Said
    from probe.notifier.wanted import Addressee


@click.group()
def notify() -> None:
    """Try the channels of the key `notify`, by which the daemon tells of what fails."""


@notify.command()
@click.argument("names", nargs=-1, metavar="[CHANNEL]...")
@config_file
def test(names: tuple[str, ...], config_path: Path | None) -> None:
    """Send a test message by the channels named, or by all, and say what came back.

    It is sent once, whatever the severity and the quiet times. Exits with 0 when every channel took it, 1 when one refused
    it, 3 when one could not be reached.
    """
    from probe.log import set_up

    set_up("warning", "logfmt")
    chosen = _chosen(loaded(config_path), names)
    answers = asyncio.run(_tried(chosen))
    for to, said in zip(chosen, answers, strict=True):
        click.echo(f"{to.name}: {_words(said)}")
    sys.exit(_code(answers))


def _chosen(config: "Config", names: tuple[str, ...]) -> "list[Addressee]":
    # A test has no cause to explain.
    wanted = config.notifications()
    if wanted is None:
        leave(
            WRONG_USE,
            "the configuration has no key `notify`, so nobody is told anything; docs/notifications.md",
        )
    known = {one.name: one for one in wanted.addressees}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            leave(WRONG_USE, f"{name!r} is no channel of this configuration; {hint}")
    return [known[name] for name in names] if names else list(known.values())


async def _tried(chosen: "list[Addressee]") -> "list[Said]":
    from probe.clock import SystemClock
    from probe.notice import Kind, Notice, Severity, Status, Subject
    from probe.notifier.sending import deliver

    clock = SystemClock()
    now = clock.wall_ns()
    notice = Notice(
        subject=Subject(kind=Kind.TEST),
        status=Status.FIRING,
        severity=Severity.INFO,
        at_ns=now,
        since_ns=now,
    )
    # One after the other, as each answer is about one channel.
    return [await deliver(to, to.words.message([notice]), clock) for to in chosen]


def _words(said: "Said") -> str:
    from probe.notifier.channel import Reception

    match said.reception:
        case Reception.SENT:
            return f"sent; the service said: {said.text}"
        case Reception.REFUSED:
            return f"refused, and the daemon would not try again: {said.text}"
        case Reception.AGAIN:
            return f"not sent, and the daemon would try again: {said.text}"


def _code(answers: "list[Said]") -> int:
    from probe.notifier.channel import Reception

    receptions = {one.reception for one in answers}
    if Reception.REFUSED in receptions:
        return ROUTE_FAILS
    return NOT_MEASURED if Reception.AGAIN in receptions else WELL
