"""Show what a daemon tells: on a terminal as a screen that is drawn anew, else as one line for each change."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.live import Live

from probe.cli.live.drawn import newest, screen, sentence, spell
from probe.cli.live.keyboard import keys
from probe.cli.live.link import Link, Lost
from probe.cli.live.seen import Snapshot, Turn

_KEPT = 200
_REDRAW_SECONDS = 1.0
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True, kw_only=True)
class View:
    """What is known by now."""

    link: Link
    snapshot: Snapshot | None = None
    lost: str | None = None
    heard: deque[Turn] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def take(self, news: Snapshot | Turn | Lost) -> None:
        """Know what is new."""
        match news:
            case Snapshot():
                self.snapshot, self.lost = news, None
            case Turn():
                self.heard.append(news)
            case Lost():
                self.lost = news.reason

    @property
    def turns(self) -> Sequence[Turn]:
        """The last changes, the newest first."""
        known = iter(()) if self.snapshot is None else self.snapshot.turns()
        return newest(self.heard, known, most=_KEPT)


def is_screen() -> bool:
    """Tell whether whoever looks can be shown a screen."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


async def watch(link: Link) -> None:
    """Show until the user ends it. Raises RefusedError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, stop.set)
    show = _screen if is_screen() else _lines
    async with asyncio.TaskGroup() as group:
        showing = group.create_task(show(link, stop))
        await stop.wait()
        showing.cancel()


async def _lines(link: Link, stop: asyncio.Event) -> None:
    """Print the sentence when it becomes another one, and each change once the state has told its cause."""
    view = View(link=link)
    said = ""
    told = 0
    async with _ending(stop), aclosing(link.follow()) as news:
        async for one in news:
            was_lost = view.lost
            view.take(one)
            if isinstance(one, Lost) and was_lost is None:
                click.echo(f"the daemon at {link.url} does not answer: {one.reason}; trying again", err=True)
            if isinstance(one, Turn):
                told += 1
                continue
            for turn in list(view.heard)[len(view.heard) - told :]:
                click.echo(spell(turn, view.snapshot))
            told = 0
            if isinstance(one, Snapshot) and (one.headline.text != said or was_lost is not None):
                said = one.headline.text
                click.echo(sentence(one.headline, one.at_ns))


async def _screen(link: Link, stop: asyncio.Event) -> None:
    view = View(link=link)
    loop = asyncio.get_running_loop()
    console = Console(highlight=False)
    with keys(loop.add_reader, stop.set), Live(console=console, screen=True, auto_refresh=False) as live:

        def draw() -> None:
            drawn = screen(
                link.url,
                view.snapshot,
                view.lost,
                view.turns,
                link.clock.wall_ns(),
                height=console.size.height,
            )
            live.update(drawn, refresh=True)

        loop.add_signal_handler(signal.SIGWINCH, draw)
        draw()
        async with _ending(stop), asyncio.TaskGroup() as group:
            group.create_task(_redraw(draw))
            async with aclosing(link.follow()) as news:
                async for one in news:
                    view.take(one)
                    draw()


async def _redraw(draw: Callable[[], None]) -> None:
    """Let the clock and the ages go on."""
    while True:
        await asyncio.sleep(_REDRAW_SECONDS)
        draw()


@asynccontextmanager
async def _ending(stop: asyncio.Event) -> AsyncIterator[None]:
    """End everything when this ends by itself."""
    try:
        yield
    finally:
        stop.set()
