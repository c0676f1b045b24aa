"""Tell the service manager how it goes: ready, reloading, stopping, and alive as long as work gets done.

The protocol is sd_notify(3): datagrams of assignments to the socket that `NOTIFY_SOCKET` names. Without it nothing is said.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from probe.clock import Clock

_log = structlog.get_logger()
# Where nobody watches, this often is enough for the status.
_USUAL_PERIOD_NS = 10 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """Whoever started the program and wants to hear of it; `watchdog_ns` is after how much silence it is ended."""

    address: str = ""
    watchdog_ns: int | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str], pid: int) -> "Supervisor":
        """Return the one that the environment names; the watchdog may be meant for another process."""
        address = environment.get("NOTIFY_SOCKET", "")
        # A name of the abstract namespace begins with @ for the NUL that it stands for (unix(7)).
        address = f"\0{address[1:]}" if address.startswith("@") else address
        usec = environment.get("WATCHDOG_USEC", "")
        is_ours = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        watchdog_ns = (
            int(usec) * 1000 if is_ours and usec.isascii() and usec.isdigit() and int(usec) else None
        )
        return cls(address=address, watchdog_ns=watchdog_ns)

    @property
    def period_ns(self) -> int:
        """How often to say something: sd_watchdog_enabled(3) recommends half the time; a third leaves room for one lost."""
        return _USUAL_PERIOD_NS if self.watchdog_ns is None else self.watchdog_ns // 3

    def say(self, *assignments: str) -> None:
        """Send one datagram; a supervisor that cannot hear keeps nothing from being done."""
        if not self.address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.setblocking(False)
            out.sendto("\n".join(assignments).encode(), self.address)


class Supervision:
    """What the supervisor is told while the daemon runs."""

    def __init__(
        self, supervisor: Supervisor, clock: Clock, *, stuck: Callable[[int], str], status: Callable[[], str]
    ) -> None:
        """Say nothing yet; `stuck` tells at a monotonic time what stands still, `status` how it goes in one line."""
        self._supervisor = supervisor
        self._clock = clock
        self._stuck = stuck
        self._status = status
        self._is_stuck = False

    async def during(self, work: Coroutine[None, None, None], stop: asyncio.Event) -> None:
        """Do the work, and tell of it meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run(stop))
            await work

    async def run(self, stop: asyncio.Event) -> None:
        """Say that all is ready, go on about it until `stop`, and say that it ends."""
        self._supervisor.say("READY=1", f"STATUS={self._status()}")
        while not await self._stopped(stop):
            self._feed()
        self._supervisor.say("STOPPING=1", "STATUS=Writing down what is not stored yet")

    @asynccontextmanager
    async def reload(self) -> AsyncIterator[None]:
        """Say that a reload begins, and when it is over; `Type=notify-reload` waits for both (systemd 253)."""
        self._supervisor.say("RELOADING=1", f"MONOTONIC_USEC={self._clock.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self._supervisor.say("READY=1", f"STATUS={self._status()}")

    async def _stopped(self, stop: asyncio.Event) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._supervisor.period_ns / 1e9):
                await stop.wait()
        return stop.is_set()

    def _feed(self) -> None:
        """Say that it lives, unless nothing gets done any more: then the watchdog shall end it, and it starts anew."""
        stuck = self._stuck(self._clock.monotonic_ns())
        if stuck and not self._is_stuck:
            _log.error("daemon.stuck", what=stuck)
        self._is_stuck = bool(stuck)
        if stuck:
            self._supervisor.say(f"STATUS=Stuck: {stuck}")
        else:
            self._supervisor.say("WATCHDOG=1", f"STATUS={self._status()}")


def supervisor() -> Supervisor:
    """Return whoever started this process, and let no child take itself for it."""
    found = Supervisor.of(os.environ, os.getpid())
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        os.environ.pop(name, None)
    return found
