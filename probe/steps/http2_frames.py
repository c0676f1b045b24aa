"""Cut what a server sends into HTTP/2 frames, knowing when the first byte of each arrived (RFC 9113, 4.1)."""

from dataclasses import dataclass

from probe.abc import Received, Stream

DATA, HEADERS, SETTINGS, PUSH_PROMISE, GOAWAY, CONTINUATION = 0x0, 0x1, 0x4, 0x5, 0x7, 0x9
_ACK = 0x1
_HEAD_BYTES = 9
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FrameHead:
    """The nine bytes that begin a frame, the read that brought the first of them, and whether its stamp is in doubt."""

    raw: bytes
    first: Received
    crowded: bool

    @property
    def length(self) -> int:
        """The bytes that follow."""
        return int.from_bytes(self.raw[:3], "big")

    @property
    def kind(self) -> int:
        """The frame's type."""
        return self.raw[3]

    @property
    def is_settings(self) -> bool:
        """Tell whether it says settings, and does not only acknowledge ours."""
        return self.kind == SETTINGS and not self.raw[4] & _ACK

    @property
    def stream_id(self) -> int:
        """The stream it belongs to; 0 is the connection itself."""
        return int.from_bytes(self.raw[5:], "big") & 0x7FFFFFFF


class Frames:
    """Reads frame by frame; while `sparing`, no read goes beyond what is being looked for."""

    def __init__(self, stream: Stream) -> None:
        """Read from `stream`, sparingly at first."""
        self._stream = stream
        self._buffer = bytearray()
        self._last: Received | None = None
        # The kernel gives one stamp per read, that of the last segment in it: a read that ends with a frame's first
        # byte has the stamp of that byte's own segment, whatever else has come behind.
        self.sparing = True

    async def head(self) -> FrameHead:
        """Return the beginning of the next frame. Raises PeerClosed, WireError, ssl.SSLError."""
        first = await self._fill(1)
        # Asked before the next read, which may take away what shows it.
        crowded = self.sparing and self._stream.is_crowded()
        await self._fill(_HEAD_BYTES)
        return FrameHead(self._taken(_HEAD_BYTES), first, crowded)

    async def rest(self, head: FrameHead) -> Received:
        """Return the bytes that follow `head`, with the stamp of the read that brought the last of them."""
        last = await self._fill(head.length)
        return Received(self._taken(head.length), last.at_ns, last.read_ns, last.stamp)

    async def _fill(self, count: int) -> Received:
        while self._last is None or len(self._buffer) < count:
            limit = count - len(self._buffer) if self.sparing else _READ_BYTES
            self._last = await self._stream.receive(limit)
            self._buffer += self._last.data
        return self._last

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
