"""Send a few echo requests and keep honest count of what became of each.

A reply is one that came from the target, under the number and with the payload that were sent. One that comes after its
time is late and not lost; one whose time is not over when the probe ends is in flight and not lost either.
"""

import asyncio
import secrets
import statistics
from collections import Counter
from dataclasses import dataclass

from probe.abc import Echoed, Echoes, EchoReply, IcmpError
from probe.attempt import Attempt
from probe.model import Icmp, Ping, PingReply, Stamp

TOKEN_BYTES = 16
_KINDS_OF_ERRORS = 8
# Our own deadline must not come before we have put together what was seen.
_MARGIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Volley:
    """How many requests, how far apart, of how many bytes, and how long to wait for each reply."""

    count: int
    spacing_seconds: float
    size_bytes: int
    wait_seconds: float


def _wait(left_seconds: float, volley: Volley) -> float:
    """How long each request can be waited for when all of them are to be sent, or half the time when they are many."""
    sending = (volley.count - 1) * volley.spacing_seconds
    return min(volley.wait_seconds, max(left_seconds / 2, left_seconds - sending) - 2 * _MARGIN_SECONDS)


class Pings:
    """The echo requests of one attempt."""

    def __init__(
        self, attempt: Attempt, echoes: Echoes, volley: Volley, first_sequence: int | None = None
    ) -> None:
        """Ask by `echoes`; the numbers begin anywhere, so that replies to an earlier probe fit none of these."""
        self._attempt = attempt
        self._clock = attempt.clock
        self._echoes = echoes
        self._volley = volley
        self._wait_seconds = _wait(attempt.left_seconds(), volley)
        self._token = secrets.token_bytes(TOKEN_BYTES)
        self._first = secrets.randbits(16) if first_sequence is None else first_sequence
        self._sent_ns: list[int] = []
        self._replies: dict[int, PingReply] = {}
        self._errors: dict[int, IcmpError] = {}
        self._kinds: Counter[tuple[str, int, int]] = Counter()
        self._farthest = -1
        self._duplicates = self._reordered = self._late = self._mismatched = 0

    async def run(self) -> None:
        """Send all that there is time to wait for, and wait. Raises WireError."""
        for number in range(self._volley.count):
            if number and self._attempt.left_seconds() < self._wait_seconds + _MARGIN_SECONDS:
                break
            self._send(number)
            is_last = number == self._volley.count - 1
            pause = self._wait_seconds if is_last else self._volley.spacing_seconds
            await self._listen(self._sent_ns[-1] + round(pause * 1e9), until_settled=is_last)
        await self._listen(self._sent_ns[-1] + round(self._wait_seconds * 1e9), until_settled=True)

    def _send(self, number: int) -> None:
        sent = self._echoes.send((self._first + number) & 0xFFFF, self._payload(number))
        self._sent_ns.append(sent.before_ns)

    def _payload(self, number: int) -> bytes:
        head = self._token + number.to_bytes(2, "big")
        return (head + bytes(range(256)) * (self._volley.size_bytes // 256 + 1))[: self._volley.size_bytes]

    async def _listen(self, until_ns: int, *, until_settled: bool) -> None:
        """Take in what comes until then; with `until_settled` no longer than something is missing."""
        left = min(
            (until_ns - self._clock.monotonic_ns()) / 1e9, self._attempt.left_seconds() - _MARGIN_SECONDS
        )
        try:
            async with asyncio.timeout(max(0.0, left)):
                while not (until_settled and self._is_settled()):
                    self._take(await self._echoes.receive())
        except TimeoutError:
            # What arrived in time and was not read yet counts: the kernel's stamps tell when it came.
            for got in self._echoes.waiting():
                self._take(got)

    def _is_settled(self) -> bool:
        return len(self._replies.keys() | self._errors.keys()) == len(self._sent_ns)

    def _take(self, got: Echoed) -> None:
        if isinstance(got, EchoReply):
            self._reply(got)
        else:
            self._error(*got)

    def _reply(self, got: EchoReply) -> None:
        number = (got.sequence - self._first) & 0xFFFF
        if number >= len(self._sent_ns) or got.payload != self._payload(number):
            self._mismatched += 1
        elif number in self._replies:
            self._duplicates += 1
        else:
            seconds = max(0.0, (got.at_ns - self._sent_ns[number]) / 1e9)
            self._replies[number] = PingReply(number=number, seconds=seconds, stamp=got.stamp, ttl=got.ttl)
            self._late += seconds > self._wait_seconds
            self._reordered += number < self._farthest
            self._farthest = max(self._farthest, number)

    def _error(self, sequence: int, error: IcmpError) -> None:
        number = (sequence - self._first) & 0xFFFF
        if number >= len(self._sent_ns):
            self._mismatched += 1
            return
        self._errors.setdefault(number, error)
        kind = (error.sender, error.type, error.code)
        if kind in self._kinds or len(self._kinds) < _KINDS_OF_ERRORS:
            self._kinds[kind] += 1

    @property
    def median_seconds(self) -> float | None:
        """The median of the round trips; None when nothing came back."""
        times = [one.seconds for one in self._replies.values()]
        return statistics.median(times) if times else None

    @property
    def stamp(self) -> Stamp:
        """Whose clock ended them."""
        by_kernel = all(one.stamp is Stamp.KERNEL for one in self._replies.values())
        return Stamp.KERNEL if by_kernel else Stamp.USER

    @property
    def last_error(self) -> IcmpError | None:
        """What was said of the newest request that anything was said of."""
        return self._errors[max(self._errors)] if self._errors else None

    def evidence(self, address: str, *, raw: bool) -> Ping:
        """Return what has become of each request by now."""
        now = self._clock.monotonic_ns()
        open_ns = [
            sent_ns
            for number, sent_ns in enumerate(self._sent_ns)
            if number not in self._replies and number not in self._errors
        ]
        in_flight = sum((now - sent_ns) / 1e9 < self._wait_seconds for sent_ns in open_ns)
        return Ping(
            address=address,
            socket="raw" if raw else "ping",
            size_bytes=self._volley.size_bytes,
            source=self._echoes.source or None,
            sent=len(self._sent_ns),
            received=len(self._replies),
            lost=len(self._sent_ns) - len(self._replies) - in_flight,
            in_flight=in_flight,
            late=self._late,
            duplicates=self._duplicates,
            reordered=self._reordered,
            mismatched=self._mismatched + self._echoes.mismatched,
            replies=tuple(self._replies[number] for number in sorted(self._replies)),
            errors=tuple(
                Icmp(sender=sender, type=kind, code=code, count=count)
                for (sender, kind, code), count in self._kinds.items()
            ),
        )
