"""One question by UDP, and again by TCP when the answer was cut; our own sockets give time and network."""

import asyncio

import dns.message

from probe.abc import Connection, Datagram, Datagrams, Received, Sent, SocketOptions
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import DnsQuery, Stamp
from probe.resolver import Place
from probe.steps.query.framing import framed
from probe.steps.query.message import Answer, is_truncated
from probe.steps.query.transcript import Transcript
from probe.steps.refusal import explained
from probe.text import clean
from probe.wire.errors import PeerClosed, WireError

# A forged answer comes from nearer than the true one, which is seldom later by more than this.
_FURTHER_NS = 250_000_000
_MANGLED = "dns.protocol"


class DatagramQuestion:
    """A question in flight; the socket stays open after the answer, because a forged one may come first."""

    def __init__(self, transcript: Transcript, datagrams: Datagrams) -> None:
        """Ask by `datagrams`."""
        self.transcript = transcript
        self.tcp: Connection | None = None
        self._datagrams = datagrams
        self._sent_ns = 0
        self.until_ns = 0
        self.is_mangled = False

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

    async def answer(self, attempt: Attempt) -> tuple[dns.message.Message, Received]:
        """Wait for the first datagram that answers this question; others are kept as evidence.

        Should none come any more, they are what the resolver has said, and the attempt expires as that.
        """
        while True:
            received = await self._datagrams.receive()
            message = self.read(received)
            if message is not None:
                self.until_ns = received.at_ns + _FURTHER_NS
                return message, received
            self.is_mangled = True
            attempt.expires_as = _MANGLED
            attempt.doubt(f"what {self.transcript.resolver} sent is no answer to the question")

    def read(self, received: Received, *, is_awaited: bool = True) -> dns.message.Message | None:
        """Keep what came as evidence; return it when it answers the question."""
        after = max(0, received.at_ns - self._sent_ns) / 1e9
        ttl = received.ttl if isinstance(received, Datagram) else None
        return self.transcript.read(received.data, after, ttl=ttl, is_awaited=is_awaited)

    def is_ready(self) -> bool:
        """Tell whether something has arrived that nobody has read."""
        return self._datagrams.is_ready() or (self.tcp is not None and self.tcp.is_ready())

    def close(self) -> DnsQuery:
        """Read the datagrams that came later, close, and return the evidence."""
        for received in self._datagrams.waiting():
            self.read(received, is_awaited=False)
        icmp = self._datagrams.icmp
        self._datagrams.close()
        if self.tcp is not None:
            self.tcp.close()
        return self.transcript.told(icmp)

    def explained(self, attempt: Attempt, error: WireError, target: str) -> Exception:
        """Return what to raise for an error of the socket: who said it, where that is known."""
        said, source = self._datagrams.refusal(), self._datagrams.source
        return explained(attempt, error, said, "dns.resolver_unreachable", target=target, source=source)


async def ask_by_datagram(attempt: Attempt, transcript: Transcript, place: Place, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`. Raises TimeoutError, WireError, ProbeFailed."""
    question = DatagramQuestion(transcript, attempt.dialer.datagrams(place.address, place.port))
    attempt.keep_asked(question)
    try:
        sent = question.send()
        async with asyncio.timeout(seconds):
            message, received = await question.answer(attempt)
    except TimeoutError as error:
        if question.is_mangled:
            raise ProbeFailed(_MANGLED, "what came is no answer to the question") from error
        raise
    except WireError as error:
        transcript.error = clean(error.strerror or "refused")
        raise question.explained(attempt, error, place.address) from error
    transcript.error = attempt.expires_as = None
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
