"""The series at work, one task each; another plan touches only those that differ."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from probe.model import Series
from probe.plan import Plan, Probe

_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What leads from one plan to another: a series goes on when everything about it is equal."""

    kept: int
    ended: tuple[Probe, ...]
    begun: tuple[Probe, ...]


def difference(before: Plan, after: Plan) -> Difference:
    """Compare two plans by value; pure."""
    old = {one.series: one for one in before.probes}
    new = {one.series: one for one in after.probes}
    same = {series for series, one in new.items() if old.get(series) == one}
    return Difference(
        kept=len(same),
        ended=tuple(one for series, one in old.items() if series not in same),
        begun=tuple(one for series, one in new.items() if series not in same),
    )


class Fleet:
    """Runs the task of every series; the end of `run` is the end of them all."""

    def __init__(self, repeat: Callable[[Probe], Coroutine[None, None, None]]) -> None:
        """Make the task of a probe by `repeat`, which is to run until it is cancelled."""
        self._repeat = repeat
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[Series, asyncio.Task[None]] = {}

    @property
    def tasks(self) -> Mapping[Series, asyncio.Task[None]]:
        """The tasks at work."""
        return self._tasks

    async def run(self, probes: Iterable[Probe]) -> None:
        """Begin with these, and go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await self.begin(probes)
            await asyncio.Event().wait()

    async def begin(self, probes: Iterable[Probe]) -> None:
        """Let more series begin."""
        assert self._group is not None  # noqa: S101 - `run` comes first
        for helping in _helpings(probes):
            for one in helping:
                self._tasks[one.series] = self._group.create_task(self._repeat(one), name=str(one.series))
            await asyncio.sleep(0)

    async def end(self, probes: Iterable[Probe]) -> None:
        """End these series and wait until each has told what became of its slots."""
        for helping in _helpings(probes):
            ending = [self._tasks.pop(one.series) for one in helping]
            for task in ending:
                task.cancel()
            await asyncio.wait(ending)


def _helpings(probes: Iterable[Probe]) -> Iterator[list[Probe]]:
    """Take so many at a time that those which go on are not kept waiting."""
    left = iter(probes)
    while helping := list(islice(left, _AT_ONCE)):
        yield helping
