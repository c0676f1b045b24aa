"""Find the path to an address by datagrams with small TTLs, all of one flow.

Routers that share load choose by the addresses and ports of a packet, so all packets have the same; which one an answer
is for is told by the first bytes of the payload that it quotes. Some routers quote no payload (RFC 792 asks for none):
then one packet at a time is under way.
"""

import asyncio
import secrets
from dataclasses import dataclass

from probe.abc import Feeler, IcmpError, Received
from probe.attempt import Attempt
from probe.model import Stamp
from probe.steps.ladder import Ladder
from probe.wire.icmp import Meaning, meaning

# How many packets go on behind the target before its answer is there; it may limit how often it answers.
_WINDOW = 4
_SPACING_NS = 10_000_000
_TOKEN_BYTES = 7
PAYLOAD_BYTES = 32
_NUMBERS = 256


@dataclass(slots=True)
class _Packet:
    """A packet under way, or what has become of it."""

    ttl: int
    sent_ns: int
    until_ns: int  # when it is given up; an answer that says what it is for counts later too
    is_answered: bool = False
    is_doubtful: bool = False  # an answer came that may have been for it or for another


class UdpTrail:
    """One trace by datagrams from one socket."""

    def __init__(
        self, attempt: Attempt, feeler: Feeler, ladder: Ladder, address: str, wait_seconds: float
    ) -> None:
        """Ask by `feeler`, which is connected to `address`, and wait so long for each answer."""
        self._clock = attempt.clock
        self._feeler = feeler
        self._ladder = ladder
        self._address = address
        self._wait_seconds = wait_seconds
        self._token = secrets.token_bytes(_TOKEN_BYTES)
        self._packets: dict[int, _Packet] = {}
        self._waiting: dict[int, _Packet] = {}
        self._window = _WINDOW
        self.answer: str | None = None
        self.unattributed = 0

    async def walk(self, until_ns: int) -> None:
        """Ask all that the ladder wants asked, until that moment of the monotonic clock at most. Raises WireError."""
        while (now := self._clock.monotonic_ns()) < until_ns:
            has_sent = self._send_next()
            if not self._waiting:
                return
            pause = now + _SPACING_NS if has_sent and len(self._waiting) < self._window else self._expiry_ns()
            await self._listen(min(until_ns, pause))
            self._give_up()
        for packet in self._waiting.values():
            self._ladder.withdraw(packet.ttl)  # still in flight is not silent
        self._waiting.clear()
        self._ladder.ran_out_of_time = True

    def _send_next(self) -> bool:
        if len(self._waiting) >= self._window or len(self._packets) >= _NUMBERS:
            return False
        ttl = self._ladder.next({one.ttl for one in self._waiting.values()})
        if ttl is None:
            return False
        if self._window == 1:
            # What is here before the question is asked does not answer it.
            self.unattributed += len(self._feeler.waiting())
        number = len(self._packets)
        payload = (bytes([number]) + self._token).ljust(PAYLOAD_BYTES, b"\0")
        patience_ns = round(self._ladder.patience(ttl, self._wait_seconds) * 1e9)
        sent_ns = self._feeler.send(payload, ttl=ttl).before_ns
        self._packets[number] = self._waiting[number] = _Packet(ttl, sent_ns, sent_ns + patience_ns)
        self._ladder.asked(ttl)
        return True

    def _expiry_ns(self) -> int:
        """When the first of those under way is given up."""
        return min(one.until_ns for one in self._waiting.values())

    async def _listen(self, until_ns: int) -> None:
        """Take in the next arrival, or wait until then."""
        try:
            async with asyncio.timeout(max(0, until_ns - self._clock.monotonic_ns()) / 1e9):
                self._take(await self._feeler.receive())
        except TimeoutError:
            # What arrived in time and was not read yet counts: the kernel's stamps tell when it came.
            for got in self._feeler.waiting():
                self._take(got)

    def _give_up(self) -> None:
        now = self._clock.monotonic_ns()
        for number, packet in list(self._waiting.items()):
            if now >= packet.until_ns:
                del self._waiting[number]
                if packet.is_doubtful:
                    self._ladder.withdraw(packet.ttl)

    def _take(self, got: Received | IcmpError) -> None:
        packet = self._meant(got)
        if packet is None:
            self.unattributed += 1
            return
        seconds = (got.at_ns - packet.sent_ns) / 1e9
        if isinstance(got, Received):
            self._reached(packet.ttl, "replied", seconds, got.stamp)
            return
        match meaning(got.sender, got.type, got.code):
            case Meaning.EXPIRED:
                self._ladder.passed(packet.ttl, got.sender, seconds, got.stamp)
            case Meaning.PORT_CLOSED if got.sender == self._address:
                self._reached(packet.ttl, "port_closed", seconds, got.stamp)
            case _:
                self._ladder.refused(packet.ttl, got, seconds)

    def _reached(self, ttl: int, answer: str, seconds: float, stamp: Stamp) -> None:
        self.answer = self.answer or answer
        self._ladder.reached(ttl, self._address, seconds, stamp)

    def _meant(self, got: Received | IcmpError) -> _Packet | None:
        """Return the packet that an answer is for, once; None when nobody can tell."""
        number = self._quoted(got)
        if number is None:
            return None
        self._waiting.pop(number, None)
        packet = self._packets[number]
        if packet.is_answered:
            return None
        packet.is_answered = True
        return packet

    def _quoted(self, got: Received | IcmpError) -> int | None:
        if isinstance(got, IcmpError) and len(got.quoted) > _TOKEN_BYTES:
            number = got.quoted[0]
            is_ours = got.quoted[1 : 1 + _TOKEN_BYTES] == self._token
            return number if is_ours and number in self._packets else None
        if len(self._waiting) == 1:
            number, packet = next(iter(self._waiting.items()))
            is_too_near = isinstance(got, Received) and packet.ttl < (self._ladder.target_ttl or 0)
            return None if is_too_near else number
        # It is for one of several: from now on there is one at a time, and these are asked again.
        self._window = 1
        for packet in self._waiting.values():
            packet.is_doubtful = True
        return None
