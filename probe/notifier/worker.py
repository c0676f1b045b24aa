"""One channel at work: one message at a time, as fast as the service allows, again and again until it is taken."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum

import structlog

from probe.clock import Clock
from probe.notice.gate import Gate, Passed
from probe.notice.notice import Notice
from probe.notice.words import Message
from probe.notifier.channel import Reception, Said
from probe.notifier.outbox import Outbox, Parcel
from probe.notifier.sending import deliver
from probe.notifier.wanted import Addressee
from probe.turning import Allowance

_log = structlog.get_logger()
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 2.0, 300.0
_NAP_SECONDS = 30.0
_PLACE = ("",)


# Sends a message once and says what came of it.
Send = Callable[[Addressee, Message, Clock], Awaitable[Said]]


class Result(StrEnum):
    """What became of a notice: each becomes one of these."""

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    QUIET = "quiet"


class Worker:
    """Takes notices at any time, and sends them while `run` runs."""

    def __init__(self, to: Addressee, clock: Clock, send: Send = deliver) -> None:
        """Begin with nothing to send."""
        self._to = to
        self._clock = clock
        self._deliver = send
        self._gate = Gate()
        self._outbox = Outbox()
        self._news = asyncio.Event()
        self._due_ns = 0
        self._failures = 0
        self._is_ending = False
        self.results: Counter[Result] = Counter(dict.fromkeys(Result, 0))
        self.adopt(to)

    def adopt(self, to: Addressee) -> None:
        """Go on by other rules; whoever changes them wants them tried at once."""
        if to != self._to:
            self._due_ns, self._failures = 0, 0
        self._to = to
        self._allowance = Allowance(to.channel.per_minute)
        self._gate.adopt(least=to.least, quiet=to.quiet, quiet_least=to.quiet_least)
        self._news.set()

    def restore(self, notices: list[Notice]) -> None:
        """Take what stood before the start as told."""
        self._gate.restore(notices, self._clock.wall_ns())

    def take(self, notice: Notice) -> None:
        """Take in a notice."""
        self._pass(self._gate.take(notice, self._clock.wall_ns()))

    def release(self) -> None:
        """Let out what was held back, where it is quiet no more."""
        self._pass(self._gate.release(self._clock.wall_ns()))

    def _pass(self, passed: Passed) -> None:
        self.results[Result.QUIET] += passed.held
        if passed.notices:
            dropped = self._outbox.put(passed.notices, self._clock.boot_ns(), passed.vanished)
            self.results[Result.DROPPED] += dropped
            self._news.set()

    def end(self) -> None:
        """Try once more what waits, and return from `run`."""
        self._is_ending = True
        self._news.set()

    async def run(self) -> None:
        """Send until ended."""
        try:
            while await self._is_due():
                parcel = self._outbox.take()
                if parcel is None:
                    return
                await self._send(parcel)
        finally:
            self.results[Result.DROPPED] += self._outbox.clear()

    async def _is_due(self) -> bool:
        """Return when there is something to send and it is time to; false when there never will be."""
        while True:
            self._news.clear()
            if self._is_ending or (self._outbox and self._wait_seconds() <= 0):
                return bool(self._outbox)
            # By the boot clock, in naps: the loop's timers stand still while the machine sleeps.
            nap = min(self._wait_seconds(), _NAP_SECONDS) if self._outbox else None
            try:
                async with asyncio.timeout(nap):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _wait_seconds(self) -> float:
        now = self._clock.boot_ns()
        paced = 0.0 if self._allowance.allows(_PLACE, now) else 1.0
        return max((self._due_ns - now) / 1e9, paced)

    async def _send(self, parcel: Parcel) -> None:
        self._allowance.take(_PLACE, self._clock.boot_ns())
        to = self._to
        try:
            said = await self._deliver(to, to.words.message(parcel.notices, parcel.vanished), self._clock)
        except Exception as error:  # noqa: BLE001 - no channel may end the others
            # Without its text and traceback, which may hold what is secret.
            _log.error("notification.broke", channel=to.name, error=type(error).__name__)
            said = Said(reception=Reception.AGAIN, text=f"a fault of hopwatch itself: {type(error).__name__}")
        match said.reception:
            case Reception.SENT:
                self._failures = 0
                self.results[Result.SENT] += len(parcel.notices)
                _log.info("notification.sent", channel=to.name, subjects=_subjects(parcel))
            case Reception.REFUSED:
                self._give_up(parcel, said)
            case Reception.AGAIN:
                self._try_again(parcel, said)

    def _give_up(self, parcel: Parcel, said: Said) -> None:
        self.results[Result.FAILED] += len(parcel.notices)
        _log.warning(
            "notification.failed", channel=self._to.name, subjects=_subjects(parcel), reason=said.text
        )

    def _try_again(self, parcel: Parcel, said: Said) -> None:
        now = self._clock.boot_ns()
        self._failures += 1
        wait = said.after_seconds or _backoff(self._failures)
        self._due_ns = now + round(wait * 1e9)
        if self._is_ending or (self._due_ns - parcel.boot_ns) / 1e9 > self._to.retry_seconds:
            self._give_up(parcel, said)
            return
        self.results[Result.DROPPED] += self._outbox.back(parcel)
        if self._failures == 1:
            _log.warning(
                "notification.delayed", channel=self._to.name, subjects=_subjects(parcel), reason=said.text
            )


def _backoff(failures: int) -> float:
    wait: float = min(_FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 10), _LONGEST_WAIT_SECONDS)
    # So that several who lost the same service do not come back as one.
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _subjects(parcel: Parcel) -> list[str]:
    return [one.subject.key for one in parcel.notices]
