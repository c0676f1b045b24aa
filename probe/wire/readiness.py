"""Wait until a socket can be read or written.

On Linux every probe socket sits in one epoll set of ours, which the event loop sees as a single file descriptor:
registering is one system call and one wake-up drains all that is ready. Elsewhere the loop's own watchers serve.
"""

import asyncio
import contextlib
import select
from typing import Protocol

READ, WRITE = 1, 4  # the values of EPOLLIN and EPOLLOUT (epoll_ctl(2)), used as plain flags by both ways


class Readiness(Protocol):
    """Waits for one socket at a time; a socket has at most one waiter."""

    async def wait(self, fd: int, events: int) -> None:
        """Return when `fd` is ready for one of `events`, or has an error to tell."""

    def close(self) -> None:
        """Give back what waiting needed."""


class EpollReadiness:
    """One epoll set nested in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the set and let `loop` watch it."""
        self._epoll = select.epoll()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._loop = loop
        loop.add_reader(self._epoll.fileno(), self._drain)

    async def wait(self, fd: int, events: int) -> None:
        """Arm `fd` for one event and wait for it."""
        future = self._waiting[fd] = self._loop.create_future()
        try:
            # One-shot, so that an error nobody reads yet cannot spin the loop.
            self._epoll.register(fd, events | select.EPOLLONESHOT)
            await future
        finally:
            self._waiting.pop(fd, None)
            with contextlib.suppress(OSError, ValueError):
                self._epoll.unregister(fd)

    def _drain(self) -> None:
        for fd, _ in self._epoll.poll(0):
            future = self._waiting.get(fd)
            if future is not None and not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Take the set out of the loop and close it."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


class LoopReadiness:
    """The event loop's own watchers, where there is no epoll."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `loop`."""
        self._loop = loop

    async def wait(self, fd: int, events: int) -> None:
        """Watch `fd` and wait for the first call-back."""
        future = self._loop.create_future()

        def ready() -> None:
            if not future.done():
                future.set_result(None)

        if events & READ:
            self._loop.add_reader(fd, ready)
        if events & WRITE:
            self._loop.add_writer(fd, ready)
        try:
            await future
        finally:
            self._loop.remove_reader(fd)
            self._loop.remove_writer(fd)

    def close(self) -> None:
        """Nothing is held between waits."""


def is_ready(fd: int, events: int) -> bool:
    """Tell whether `fd` is ready for one of `events` now."""
    if fd < 0:
        return False
    poll = select.poll()
    poll.register(fd, events)
    return bool(poll.poll(0))
