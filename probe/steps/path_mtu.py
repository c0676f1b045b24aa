"""Find how large a packet gets through to a target that answers datagrams, with few of them.

A router that refuses one too large says so and says what fits (RFC 1191, RFC 8201). Where it does not, large packets
vanish: that is told from a target that answers no more for now only by a small packet that leaves right behind the large
one and is answered all the same, because what arrives first gets the answer that is left.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from probe.abc import Feeler, IcmpError, Received
from probe.clock import Clock
from probe.model import PathMtu
from probe.wire.errors import WireError
from probe.wire.icmp import Meaning, meaning

DATAGRAMS = 8
_HEADERS = {False: 28, True: 48}
_SMALL_PAYLOAD = 32
_TTL = 64
# Ethernet, PPPoE, tunnels of several kinds, and the least of IPv6: where a packet's size usually ends.
_USUAL = (1280, 1360, 1380, 1400, 1420, 1440, 1454, 1460, 1472, 1480, 1492, 1500)
_LARGEST = 9_000
# Linux allows one error a second to each address, after the first six (icmp(7), icmp_ratelimit).
_REFILL_SECONDS = 1.05


@dataclass(frozen=True, slots=True)
class _Told:
    """A router's word that a packet is too large, and what it says would fit."""

    sender: str
    mtu_bytes: int


class _OutOfPackets(Exception):  # noqa: N818 - it ends the search
    """The search has used what it may, packets or time."""


class PathMtuSearch:
    """One search by datagrams from one socket, one under way at a time."""

    def __init__(
        self, feeler: Feeler, address: str, clock: Clock, wait_seconds: float, until_ns: int
    ) -> None:
        """Ask by `feeler`, which is connected to `address`, until that moment at most."""
        self._feeler = feeler
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._until_ns = until_ns
        self._headers = _HEADERS[":" in address]
        self._small = self._headers + _SMALL_PAYLOAD
        self._token = secrets.token_bytes(7)
        self.sent = 0

    async def run(self) -> PathMtu | None:
        """Return what was found; None when that is nothing certain. Raises WireError."""
        size = self._feeler.link_mtu()
        if size is None or not self._small < size <= _LARGEST:
            return None
        told_by: str | None = None
        try:
            while isinstance(word := (await self._ask(size))[0], _Told):
                told_by, size = word.sender, self._next(size, word.mtu_bytes)
            if word:
                return PathMtu(bytes=size, told_by=told_by)
            if not await self._vanishes(size):
                return None
        except _OutOfPackets:
            return None
        passes, vanishes = await self._between(self._small, size)
        return PathMtu(bytes=passes, told_by=told_by, vanished_bytes=vanishes)

    def _next(self, size: int, told: int) -> int:
        """Return the size to try after a router refused `size`; one that tells nothing usable leaves the usual ones."""
        if self._small < told < size:
            return told
        return max((one for one in _USUAL if one < size), default=self._small)

    async def _vanishes(self, size: int) -> bool:
        """Tell whether packets of `size` vanish while small ones that follow them do not. Raises _OutOfPackets."""
        while True:
            large, small = await self._ask(size, self._small)
            if large or small is True:
                return large is not True
            # The target answers no more for now, so silence tells nothing.
            await self._pause(_REFILL_SECONDS)

    async def _between(self, passes: int, vanishes: int) -> tuple[int, int]:
        """Narrow down what passes and what vanishes, as far as the packets last."""
        usual = [one for one in _USUAL if passes < one < vanishes]
        try:
            while usual:
                middle = len(usual) // 2
                if await self._vanishes(usual[middle]):
                    vanishes, usual = usual[middle], usual[:middle]
                else:
                    passes, usual = usual[middle], usual[middle + 1 :]
        except _OutOfPackets:
            pass
        return passes, vanishes

    async def _ask(self, *sizes: int) -> list[bool | _Told]:
        """Send a packet of each size, one right behind the other; tell of each whether it was answered, or who refused it."""
        if self.sent + len(sizes) > DATAGRAMS or self._left_seconds() < self._wait_seconds:
            raise _OutOfPackets
        heads = [self._send(size) for size in sizes]
        words: dict[bytes, bool | _Told] = {}
        try:
            async with asyncio.timeout(self._wait_seconds):
                while len(words) < len(heads):
                    self._note(await self._feeler.receive(), heads, words)
        except TimeoutError:
            for got in self._feeler.waiting():
                self._note(got, heads, words)
        return [words.get(head, False) for head in heads]

    def _send(self, size: int) -> bytes:
        """Send one packet; return how it begins."""
        self.sent += 1
        head = bytes([self.sent]) + self._token
        with contextlib.suppress(WireError):  # the link has become smaller meanwhile
            self._feeler.send(head.ljust(size - self._headers, b"\0"), ttl=_TTL)
        return head

    async def _pause(self, seconds: float) -> None:
        if self._left_seconds() < seconds + self._wait_seconds:
            raise _OutOfPackets
        await asyncio.sleep(seconds)

    def _left_seconds(self) -> float:
        return (self._until_ns - self._clock.monotonic_ns()) / 1e9

    def _note(
        self, got: Received | IcmpError, heads: Sequence[bytes], words: dict[bytes, bool | _Told]
    ) -> None:
        """Note what an arrival says of those packets that began so, the first word about each."""
        if isinstance(got, Received):
            return  # a datagram does not tell what it answers
        about = next((head for head in heads if got.quoted[: len(head)] == head[: len(got.quoted)]), None)
        means = meaning(got.sender, got.type, got.code)
        if about is None or means not in (Meaning.TOO_BIG, Meaning.PORT_CLOSED):
            return
        words.setdefault(about, _Told(got.sender, got.mtu_bytes) if means is Meaning.TOO_BIG else True)
