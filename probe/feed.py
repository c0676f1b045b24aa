"""Tell several watchers what happens, each at its own pace: bounded for each, and the slow one is told what it lost."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class FeedFullError(Exception):
    """There are as many watchers as the feed allows."""


class Watcher(Generic[T]):
    """One watcher's queue: when it is full, the oldest goes and is counted."""

    def __init__(self, depth: int) -> None:
        """Start with nothing to read."""
        self._items: deque[T] = deque(maxlen=depth)
        self._lost = 0
        self._news = asyncio.Event()
        self._is_closed = False

    async def take(self) -> tuple[int, tuple[T, ...]] | None:
        """Wait for news; return how many were lost and what is there, oldest first, or None once the feed has ended."""
        await self._news.wait()
        if self._is_closed:
            return None
        lost, items = self._lost, tuple(self._items)
        self._lost = 0
        self._items.clear()
        self._news.clear()
        return lost, items

    def put(self, item: T) -> None:
        """Add an item, at the cost of the oldest one when the queue is full."""
        self._lost += len(self._items) == self._items.maxlen
        self._items.append(item)
        self._news.set()

    def close(self) -> None:
        """Let `take` return None from now on."""
        self._is_closed = True
        self._news.set()


class Feed(Generic[T]):
    """One writer, a bounded number of watchers; publishing never waits for anybody."""

    def __init__(self, *, watchers: int, depth: int) -> None:
        """Allow so many watchers, each at most `depth` items behind."""
        self._limit = watchers
        self._depth = depth
        self._watchers: set[Watcher[T]] = set()

    def __len__(self) -> int:
        """Count the watchers."""
        return len(self._watchers)

    def publish(self, item: T) -> None:
        """Hand `item` to every watcher there is now."""
        for watcher in self._watchers:
            watcher.put(item)

    @contextmanager
    def watch(self) -> Iterator[Watcher[T]]:
        """Be told of everything published from now on. Raises FeedFullError."""
        if len(self._watchers) >= self._limit:
            raise FeedFullError(f"{self._limit} watchers are connected, and no more are allowed")
        watcher = Watcher[T](self._depth)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """End every watcher there is now."""
        for watcher in self._watchers:
            watcher.close()
