"""One HTTP/2 exchange on a connected stream: preface and request out, bounded response in; h2 does the protocol.

The answer begins with the first byte of its HEADERS frame. What a server says before of its own accord (settings,
windows, pings) is read frame by frame and ends no phase.
"""

import asyncio
from collections.abc import Iterable, Sequence

from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error, InvalidBodyLengthError

from probe.abc import Received, Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Hop, Phase
from probe.steps.http2_frames import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PUSH_PROMISE,
    FrameHead,
    Frames,
)
from probe.steps.http2_request import STREAM_ID, Speaker
from probe.steps.request import Message
from probe.steps.response import HEAD_BYTES, MOST_HEADERS, MOST_INTERIM, Intake, Response
from probe.text import clean
from probe.wire.errors import PeerClosed

# RFC 9113, 6.5.2: we allow no larger ones.
_FRAME_BYTES = 16_384
# Honest servers say a few frames beside the body's, and put more than this into each of those.
_FRAMES = 2000
_BYTES_PER_FRAME = 128
# After so many frames without waiting others on the loop get a turn, our own deadline among them.
_FRAMES_IN_A_ROW = 64
_OF_A_STREAM = frozenset({DATA, HEADERS, PUSH_PROMISE, CONTINUATION})
_GOAWAY_BYTES = 8
_BODYLESS = frozenset({204, 304})
_UNPROCESSED = frozenset({ErrorCodes.NO_ERROR, ErrorCodes.REFUSED_STREAM, ErrorCodes.ENHANCE_YOUR_CALM})


class Exchange:
    """One request and its response; it keeps what came even when the exchange fails half-way."""

    def __init__(self, attempt: Attempt, stream: Stream, *, body_limit: int) -> None:
        """Prepare to ask on `stream`, on which nothing was said yet."""
        self._attempt = attempt
        self._speaker = Speaker(stream)
        self._frames = Frames(stream)
        self._intake = Intake(attempt, body_limit)
        self._method = ""
        self._seen = 0
        self._has_begun = False
        self._interim = 0
        self.response = Response()

    async def run(self, hop: Hop, message: Message) -> Response:
        """Send the request, read the whole response. Raises ProbeFailed, PeerClosed, WireError, ssl.SSLError."""
        self._method = message.method
        try:
            return await self._run(hop, message)
        except PeerClosed as closed:
            # A reset that one of our own sends met first is told instead of the end that it left behind.
            raise self._speaker.broken or closed from closed

    async def _run(self, hop: Hop, message: Message) -> Response:
        attempt = self._attempt
        with attempt.phase(Phase.PROCESSING) as lap:
            sent = await self._speaker.ask(hop, message)
            begun = await self._until_answer()
            lap.took((begun.first.at_ns - sent.before_ns) / 1e9, begun.first.stamp)
        with attempt.phase(Phase.TRANSFER) as lap:
            last = await self._take(begun)
            while not self.response.complete:
                last = await self._take(await self._next())
            lap.took((last.at_ns - begun.first.at_ns) / 1e9, last.stamp)
        return self.response

    async def _until_answer(self) -> FrameHead:
        """Take what the server says before it answers; return the beginning of the answer."""
        while True:
            head = await self._next()
            if head.kind == HEADERS:
                self._has_begun = True
                self._attempt.crowded |= head.crowded
                self._frames.sparing = False
                return head
            await self._take(head)

    async def _next(self) -> FrameHead:
        head = await self._frames.head()
        if not self._seen and not head.is_settings:
            raise _no_preface(head)
        self._seen += 1
        if head.length > _FRAME_BYTES:
            raise ProbeFailed(
                "http.protocol", f"a frame of {head.length} bytes; at most {_FRAME_BYTES} are allowed"
            )
        if head.kind in _OF_A_STREAM and head.stream_id != STREAM_ID:
            raise ProbeFailed("http.protocol", f"a frame of stream {head.stream_id}, which nobody opened")
        if self._seen > _FRAMES + self.response.body_bytes // _BYTES_PER_FRAME:
            raise ProbeFailed("http.protocol", "frames without end that carry next to nothing")
        if self._seen % _FRAMES_IN_A_ROW == 0:
            await asyncio.sleep(0)
        return head

    async def _take(self, head: FrameHead) -> Received:
        rest = await self._frames.rest(head)
        if head.kind == GOAWAY:
            self._goaway(head, rest.data)
        else:
            for event in self._events(head.raw + rest.data):
                self._act(event)
        self._intake.took(len(head.raw) + head.length, self.response)
        if not self.response.complete:
            await self._speaker.go_on()
        return rest

    def _events(self, frame: bytes) -> Sequence[Event]:
        try:
            return self._speaker.connection.receive_data(frame)
        except InvalidBodyLengthError as error:
            if error.actual_length > error.expected_length:
                raise ProbeFailed("http.protocol", "the body is longer than its length says") from error
            self._end()
            return ()
        except H2Error as error:
            detail = f"not valid HTTP/2: {type(error).__name__}: {clean(str(error), 120)}"
            raise ProbeFailed("http.protocol", detail) from error

    def _act(self, event: Event) -> None:
        match event:
            case InformationalResponseReceived():
                self._interim_head(event.headers)
            case ResponseReceived():
                self._head(event.headers)
            case DataReceived():
                self._body(event.data, event.flow_controlled_length)
            case StreamEnded():
                self._end()
            case StreamReset():
                raise self._reset(int(event.error_code))
            case _:
                pass

    def _interim_head(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._interim += 1
        # RFC 9113, 8.6: there is nothing to switch to.
        if self._interim > MOST_INTERIM or _status(headers) == 101:
            raise ProbeFailed("http.protocol", "interim responses without end, or to switch protocols")

    def _head(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        response = self.response
        response.status, response.version = _status(headers), "2"
        for name, value in headers:
            response.has_length |= name == b"content-length"
            if len(response.headers) < MOST_HEADERS and not name.startswith(b":"):
                response.headers.append((clean(name, 100), clean(value, HEAD_BYTES)))
        response.head_done = True

    def _body(self, data: bytes, flow_controlled: int) -> None:
        self.response.body += data
        self.response.body_bytes += len(data)
        self._speaker.connection.acknowledge_received_data(flow_controlled, STREAM_ID)

    def _end(self) -> None:
        """Take the stream's end for the answer's, unless that is shorter than it said (RFC 9113, 8.1.1)."""
        response = self.response
        has_body = self._method != "HEAD" and response.status not in _BODYLESS
        said = int(response.header("content-length") or 0) if has_body else 0
        if said > response.body_bytes:
            raise ProbeFailed("http.truncated", f"the stream ended before its {said} bytes had come")
        response.complete = True

    def _goaway(self, head: FrameHead, payload: bytes) -> None:
        """Go on when the server will still answer us, which h2 does not foresee (RFC 9113, 6.8)."""
        if len(payload) < _GOAWAY_BYTES or head.stream_id:
            raise ProbeFailed("http.protocol", "a GOAWAY frame that is none")
        last_stream_id = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
        unprocessed = last_stream_id < STREAM_ID
        code = int.from_bytes(payload[4:8], "big")
        detail = f"the server takes no more requests: {_name(code)}"
        if code == ErrorCodes.HTTP_1_1_REQUIRED:
            raise ProbeFailed("http.version", detail)
        if unprocessed and code in _UNPROCESSED:
            raise ProbeFailed("http.refused", detail)
        if unprocessed or code != ErrorCodes.NO_ERROR:
            raise ProbeFailed("http.truncated" if self._has_begun else "http.closed", detail)

    def _reset(self, code: int) -> ProbeFailed:
        detail = f"the server reset the stream: {_name(code)}"
        if code == ErrorCodes.HTTP_1_1_REQUIRED:
            return ProbeFailed("http.version", detail)
        if code == ErrorCodes.REFUSED_STREAM:
            return ProbeFailed("http.refused", detail)
        return ProbeFailed("http.truncated" if self._has_begun else "http.reset.stream", detail)


def _no_preface(head: FrameHead) -> ProbeFailed:
    if head.raw.startswith(b"HTTP/"):
        return ProbeFailed("http.version", "the server answers HTTP/2 with HTTP/1")
    return ProbeFailed("http.protocol", "the server does not begin with its settings")


def _status(headers: Iterable[tuple[bytes, bytes]]) -> int:
    text = next((value for name, value in headers if name == b":status"), b"")
    if len(text) != 3 or not text.isdigit() or text < b"100":
        raise ProbeFailed("http.protocol", f"status {clean(text, 20)!r}")
    return int(text)


def _name(code: int) -> str:
    try:
        return ErrorCodes(code).name
    except ValueError:
        return f"error {code:#x}"
