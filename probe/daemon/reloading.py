"""Reload when asked: whoever asks while one is under way shares the next one, so that no change is overlooked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import structlog

from probe.config import ConfigError
from probe.daemon.reading import Wanted

_log = structlog.get_logger()
# A file of another kind can be wrong in every line of a megabyte.
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a reload: whether the file was taken over, and in words what that means or why not."""

    is_taken: bool
    text: str
    # For the page, as long as it holds; empty when there is nothing to say.
    note: str = ""


class Reloading:
    """Takes requests from now on, and works them off one after the other while `run` runs."""

    def __init__(self) -> None:
        """Start without a request."""
        self._asked = asyncio.Event()
        self._next: asyncio.Future[Answer] | None = None

    def ask(self) -> asyncio.Future[Answer]:
        """Ask for a reload that begins after this call; shield what is returned, because others wait for it too."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._asked.set()
        return self._next

    async def run(self, reload: Callable[[], Awaitable[Answer]]) -> NoReturn:
        """Reload whenever asked, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            asked, self._next = self._next, None
            assert asked is not None  # noqa: S101 - it is set where the event is
            answer = await reload()
            if not asked.done():
                asked.set_result(answer)


async def take_over(
    read: Callable[[], Wanted], follow: Callable[[Wanted], Awaitable[tuple[str, ...]]]
) -> Answer:
    """Read what is wanted and make it so, or leave everything as it is and say why; nothing but cancellation leaves.

    `follow` returns what has to wait for the next start.
    """
    try:
        # In a thread, so that no probe is late because a long file is read.
        wanted = await asyncio.to_thread(read)
        waiting = await follow(wanted)
    except ConfigError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - a reload, whatever is wrong with it, never ends a daemon at work
        _log.error("config.reload_broke", exc_info=error)
        text = f"a fault of hopwatch itself: {type(error).__name__}: {error}"
        return Answer(is_taken=False, text=text, note=_note(text))
    return _taken(wanted, waiting)


def _refused(error: ConfigError) -> Answer:
    said = [problem.within(error.where) for problem in error.problems[:_MOST_PROBLEMS]]
    if more := len(error.problems) - len(said):
        said.append(f"{error.where}: and {more} more")
    _log.warning("config.reload_failed", problems=len(error.problems))
    for line in said:
        _log.warning("config.problem", problem=line)
    others = len(error.problems) - 1
    note = _note(f"{said[0]} (and {others} more)" if others else said[0])
    return Answer(is_taken=False, text="\n".join(said), note=note)


def _note(reason: str) -> str:
    return f"The configuration was refused when it was last read, and the one before stays at work: {reason}"


def _taken(wanted: Wanted, waiting: tuple[str, ...]) -> Answer:
    begun, ended, kept = len(wanted.difference.begun), len(wanted.difference.ended), wanted.difference.kept
    _log.info("config.reloaded", begun=begun, ended=ended, kept=kept, waiting=list(waiting))
    said = f"taken over: {begun} series begun, {ended} ended, {kept} went on untouched"
    return Answer(is_taken=True, text="\n".join([said, *waiting]), note=" ".join(waiting))
