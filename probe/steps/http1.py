"""One HTTP/1.1 exchange on a connected stream: request out, bounded response in; httptools does the framing."""

import httptools

from probe.abc import Received, Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Phase, Stamp
from probe.steps.response import HEAD_BYTES, MOST_HEADERS, MOST_INTERIM, Intake, Response
from probe.text import clean
from probe.wire.errors import PeerClosed

_READ_BYTES = 65_536


class _Reader:
    """Collects a response from httptools' call-backs; interim (1xx) responses are passed over."""

    def __init__(self, *, head_only: bool) -> None:
        self.response = Response()
        self._head_only = head_only
        self._interim = 0
        self._fault: str | None = None
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Parse more of the answer; what follows its end is another's and is passed over. Raises ProbeFailed."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.response.complete = self.response.head_done
        except httptools.HttpParserError as error:
            self._fault = self._fault or clean(str(error), 120)
        if self._fault is not None and not self.response.complete:
            raise ProbeFailed("http.protocol", f"not valid HTTP/1.1: {self._fault}")

    def on_header(self, name: bytes, value: bytes) -> None:
        response = self.response
        if response.head_done:  # a trailer is no header (RFC 9110, 6.5.1), and the next answer's is not ours
            return
        lowered = name.lower()
        response.has_length |= lowered == b"content-length"
        if lowered == b"transfer-encoding":
            response.transfer_coding = clean(value).lower().rpartition(",")[2].strip()
        if len(response.headers) < MOST_HEADERS:
            response.headers.append((clean(name, 100), clean(value, HEAD_BYTES)))

    def on_headers_complete(self) -> None:
        response = self.response
        if response.head_done:
            return
        response.status = self._parser.get_status_code()
        response.version = self._parser.get_http_version()
        response.head_done = response.status >= 200 or response.status == 101
        response.complete = response.head_done and self._head_only
        if response.status < 100:
            self._fault = f"status {response.status}"

    def on_body(self, data: bytes) -> None:
        if not self.response.complete:
            self.response.body_bytes += len(data)
            self.response.body += data

    def on_message_complete(self) -> None:
        if self.response.head_done:
            self.response.complete = True
            return
        self._interim += 1
        if self._interim > MOST_INTERIM:
            self._fault = self._fault or "interim responses without end"
        self.response = Response()


class Exchange:
    """One request and its response; it keeps what came even when the exchange fails half-way."""

    def __init__(self, attempt: Attempt, stream: Stream, *, method: str, body_limit: int) -> None:
        """Prepare to ask on `stream`."""
        self._attempt = attempt
        self._stream = stream
        self._intake = Intake(attempt, body_limit)
        self._reader = _Reader(head_only=method == "HEAD")

    @property
    def response(self) -> Response:
        """The response so far."""
        return self._reader.response

    async def run(self, request: bytes) -> Response:
        """Send the request, read the whole response. Raises ProbeFailed, PeerClosed, WireError, ssl.SSLError."""
        attempt = self._attempt
        with attempt.phase(Phase.PROCESSING) as lap:
            sent = await self._stream.send(request)
            # One byte at first: the kernel gives one stamp per read, and this one is to be the first segment's.
            first = await self._stream.receive(1)
            attempt.crowded |= self._stream.is_crowded()
            lap.took((first.at_ns - sent.before_ns) / 1e9, first.stamp)
        with attempt.phase(Phase.TRANSFER) as lap:
            last = await self._rest(first)
            lap.took((last.at_ns - first.at_ns) / 1e9, last.stamp)
        return self.response

    async def _rest(self, received: Received) -> Received:
        self._feed(received.data)
        while not self.response.complete:
            try:
                received = await self._stream.receive(_READ_BYTES)
            except PeerClosed as closed:
                return self._ended(closed)
            self._feed(received.data)
        return received

    def _feed(self, data: bytes) -> None:
        self._reader.feed(data)
        self._intake.took(len(data), self.response)

    def _ended(self, closed: PeerClosed) -> Received:
        if not self.response.ends_with_connection:
            raise closed
        if not closed.clean:
            # RFC 9112, 9.8: without close_notify nobody can tell a whole body from a cut one.
            raise ProbeFailed(
                "http.truncated", "the connection ended without TLS close_notify and without a length"
            )
        self.response.complete = True
        # The kernel stamps no FIN, and it is the FIN that ends this answer.
        now = self._attempt.clock.monotonic_ns()
        return Received(b"", now, now, Stamp.USER)
