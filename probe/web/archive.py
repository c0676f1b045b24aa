"""Ask the store on behalf of readers of the page: in one thread beside the loop, one question at a time, few waiting."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from aiohttp import web

from probe.clock import Clock
from probe.model import Observation, Series
from probe.store import StoreError
from probe.store.lookup import Surroundings, find, surroundings
from probe.store.searching import Found, search
from probe.store.wanted import Place, Wanted

T = TypeVar("T")
# Each takes a second at most, and a request has ten.
_MOST_WAITING: Final = 6


class Archive:
    """The store as the page reads it; without a path there is none, and nothing is found."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        """Read the store in the directory `path`."""
        self._path = path
        self._clock = clock
        self._waiting = 0
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")

    @property
    def is_there(self) -> bool:
        """Whether there is a store to ask."""
        return self._path is not None

    async def find(self, epoch: str, seq: int) -> Observation | None:
        """Return the observation of that identity. Raises HTTPServiceUnavailable."""
        if self._path is None:
            return None
        return await self._ask(partial(find, self._path, epoch, seq))

    async def surroundings(
        self, seen: Observation, others: Sequence[Series], within_seconds: float
    ) -> Surroundings:
        """Look around an observation; nothing is known where the store cannot tell."""
        if self._path is None:
            return Surroundings()
        look = partial(surroundings, self._path, seen, others, within_seconds, clock=self._clock)
        try:
            return await self._ask(look)
        except web.HTTPServiceUnavailable:
            # What is in memory is worth showing all the same.
            return Surroundings()

    async def search(self, wanted: Wanted, before: Place | None, limit: int) -> Found:
        """Return a page of what fits. Raises HTTPServiceUnavailable."""
        if self._path is None:
            raise web.HTTPServiceUnavailable(text="there is no store to search")
        return await self._ask(
            partial(search, self._path, wanted, before=before, limit=limit, clock=self._clock)
        )

    def close(self) -> None:
        """Take no more questions."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise web.HTTPServiceUnavailable(
                text="the store is being asked by others, try again", headers={"Retry-After": "2"}
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, question)
        except StoreError as error:
            raise web.HTTPServiceUnavailable(text=f"the store does not answer: {error}") from error
        finally:
            self._waiting -= 1


ARCHIVE = web.AppKey("archive", Archive)
