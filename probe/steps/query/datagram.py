"""One question by UDP, and again by TCP when the answer was cut; our own sockets give time and network."""

import asyncio

import dns.message

from probe.abc import Connection, Datagrams, Received, Sent, SocketOptions
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import DnsQuery, Stamp
from probe.resolver import Place
from probe.steps.query.framing import framed
from probe.steps.query.message import Answer, is_truncated
from probe.steps.query.transcript import Transcript
from probe.text import clean
from probe.wire.errors import PeerClosed, WireError


class DatagramQuestion:
    """A question in flight; the socket stays open after the answer, because a forged one may come first."""

    def __init__(self, transcript: Transcript, datagrams: Datagrams) -> None:
        """Ask by `datagrams`."""
        self.transcript = transcript
        self.tcp: Connection | None = None
        self._datagrams = datagrams
        self._sent_ns = 0

    @property
    def lag_ns(self) -> int:
        """The longest that an answer waited for us."""
        return self._datagrams.lag_ns

    @property
    def bracket_ns(self) -> int:
        """How far the moment of sending is unknown."""
        return self._datagrams.bracket_ns

    def send(self) -> Sent:
        """Send the question."""
        sent = self._datagrams.send(self.transcript.message.to_wire())
        self._sent_ns = sent.before_ns
        return sent

    async def answer(self) -> tuple[dns.message.Message, Received]:
        """Wait for the first datagram that answers this question; others are kept as evidence."""
        while True:
            received = await self._datagrams.receive()
            message = self.read(received)
            if message is not None:
                return message, received

    def read(self, received: Received) -> dns.message.Message | None:
        """Keep what came as evidence; return it when it answers the question."""
        return self.transcript.read(received.data, max(0, received.at_ns - self._sent_ns) / 1e9)

    def is_ready(self) -> bool:
        """Tell whether something has arrived that nobody has read."""
        return self._datagrams.is_ready() or (self.tcp is not None and self.tcp.is_ready())

    def close(self) -> DnsQuery:
        """Read the datagrams that came later, close, and return the evidence."""
        for received in self._datagrams.waiting():
            self.read(received)
        self._datagrams.close()
        if self.tcp is not None:
            self.tcp.close()
        return self.transcript.told()


async def ask_by_datagram(attempt: Attempt, transcript: Transcript, place: Place, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`. Raises TimeoutError, WireError, ProbeFailed."""
    question = DatagramQuestion(transcript, attempt.dialer.datagrams(place.address, place.port))
    attempt.keep_asked(question)
    try:
        sent = question.send()
        async with asyncio.timeout(seconds):
            message, received = await question.answer()
    except WireError as error:
        transcript.error = clean(error.strerror or "refused")
        raise
    transcript.error = None
    if is_truncated(message):
        return await _again_by_tcp(attempt, question, place, sent, seconds)
    return Answer(message, (received.at_ns - sent.before_ns) / 1e9, received.stamp)


async def _again_by_tcp(
    attempt: Attempt, question: DatagramQuestion, place: Place, sent: Sent, seconds: float
) -> Answer:
    """Ask again over TCP, as a truncated answer demands (RFC 7766)."""
    transcript = question.transcript
    transcript.transport = "tcp"
    question.tcp = connection = attempt.dialer.connection(place.address, SocketOptions())
    attempt.expires_as = "dns.truncated_no_tcp"
    try:
        async with asyncio.timeout(seconds):
            await connection.connect(place.address, place.port)
            _, received = await framed(connection, transcript.message.to_wire())
    except (TimeoutError, WireError, PeerClosed) as error:
        if isinstance(error, WireError) and error.immediate:
            raise  # it never left this machine
        transcript.error = clean(str(error) or "no answer over TCP")
        raise ProbeFailed(
            "dns.truncated_no_tcp", f"truncated answer, and over TCP: {transcript.error}"
        ) from error
    attempt.expires_as = None
    message = question.read(received)
    if message is None:
        raise ProbeFailed("dns.protocol", "the answer over TCP is no answer to the question")
    return Answer(message, (received.at_ns - sent.before_ns) / 1e9, Stamp.USER)
