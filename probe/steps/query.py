"""One DNS question to one resolver: dnspython for the wire format, our own sockets for time and network."""

import asyncio

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from probe.abc import Connection, Datagrams, Received, Sent, SocketOptions
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import DnsQuery, DnsRecord, DnsResponse, Stamp
from probe.text import clean
from probe.wire.errors import PeerClosed, WireError

# RFC 9715 advises against larger ones, which would be fragmented on the way.
_EDNS_PAYLOAD = 1232
_RECORDS = 32
_RESPONSES = 16
_TCP_MESSAGE_BYTES = 65_535


class Question:
    """A question in flight; the socket stays open after the answer, because a forged one may come first."""

    def __init__(self, message: dns.message.QueryMessage, resolver: str, sent_by: Datagrams) -> None:
        """Keep what is asked, of whom."""
        self.message = message
        # Stands until an answer is there, so that it is told also when our deadline ends the waiting.
        self.error: str | None = "no answer"
        self.transport = "udp"
        self._resolver = resolver
        self._datagrams = sent_by
        self._sent_ns = 0
        self._responses: list[DnsResponse] = []
        self.tcp: Connection | None = None

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
        sent = self._datagrams.send(self.message.to_wire())
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
        """Keep a datagram as evidence; return it when it answers the question."""
        after = max(0, received.at_ns - self._sent_ns) / 1e9
        message, response = _parsed(received.data, after)
        answers = message is not None and self.message.is_response(message)
        # A flood of junk must not hide the message that was used.
        if answers or len(self._responses) < _RESPONSES:
            self._responses[_RESPONSES - 1 :] = [response]
        return message if answers else None

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
        asked = self.message.question[0]
        return DnsQuery(
            name=clean(asked.name.to_text(omit_final_dot=True), 255),
            type=dns.rdatatype.to_text(asked.rdtype),
            resolver=self._resolver,
            transport=self.transport,
            responses=tuple(self._responses),
            error=self.error,
        )


def _parsed(data: bytes, after: float) -> tuple[dns.message.Message | None, DnsResponse]:
    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
        return message, _response(after, message)
    except Exception:  # noqa: BLE001 - whatever a parser makes of hostile bytes, they are just unreadable
        return None, DnsResponse(
            after_seconds=after, rcode="unreadable", authoritative=False, truncated=False
        )


def _response(after: float, message: dns.message.Message) -> DnsResponse:
    extended = tuple(int(option.code) for option in message.options if isinstance(option, dns.edns.EDEOption))
    return DnsResponse(
        after_seconds=after,
        rcode=dns.rcode.to_text(message.rcode()),
        authoritative=bool(message.flags & dns.flags.AA),
        truncated=bool(message.flags & dns.flags.TC),
        records=records(message.answer),
        extended_errors=extended[:_RECORDS],
    )


def records(answer: list[dns.rrset.RRset]) -> tuple[DnsRecord, ...]:
    """Flatten an answer section, bounded and cleaned."""
    found = [
        DnsRecord(
            name=clean(rrset.name.to_text(omit_final_dot=True), 255),
            type=dns.rdatatype.to_text(rrset.rdtype),
            ttl=rrset.ttl,
            data=clean(rdata.to_text(), 255),
        )
        for rrset in answer[:_RECORDS]
        for rdata in list(rrset)[:_RECORDS]
    ]
    return tuple(found[:_RECORDS])


def resolver_address(resolver: str) -> tuple[str, int]:
    """Split `udp://address:port` (an IPv6 address in brackets) into address and port."""
    rest = resolver.removeprefix("udp://")
    address, _, port = rest.rpartition(":")
    return address.strip("[]"), int(port)


async def ask(attempt: Attempt, name: str, record_type: str, resolver: str, seconds: float) -> "Answer":
    """Ask once and wait at most `seconds`. Raises TimeoutError, WireError, ProbeFailed."""
    address, port = resolver_address(resolver)
    query = _query(name, record_type)
    question = Question(query, resolver, attempt.dialer.datagrams(address, port))
    attempt.keep_asked(question)
    try:
        sent = question.send()
        async with asyncio.timeout(seconds):
            message, received = await question.answer()
    except WireError as error:
        question.error = clean(error.strerror or "refused")
        raise
    question.error = None
    if message.flags & dns.flags.TC:
        return await _ask_by_tcp(attempt, question, (address, port), sent, seconds)
    return Answer(message, (received.at_ns - sent.before_ns) / 1e9, received.stamp)


def _query(name: str, record_type: str) -> dns.message.QueryMessage:
    try:
        return dns.message.make_query(name, record_type, use_edns=0, payload=_EDNS_PAYLOAD)
    except (dns.exception.DNSException, ValueError) as error:
        raise ProbeFailed("dns.failed", f"{name!r} is no name that DNS can carry: {error}") from error


class Answer:
    """A message that answers the question, and how long that took."""

    __slots__ = ("message", "seconds", "stamp")

    def __init__(self, message: dns.message.Message, seconds: float, stamp: Stamp) -> None:
        """Keep all three."""
        self.message = message
        self.seconds = seconds
        self.stamp = stamp


async def _ask_by_tcp(
    attempt: Attempt, question: Question, place: tuple[str, int], sent: Sent, seconds: float
) -> "Answer":
    """Ask again over TCP, as a truncated answer demands (RFC 7766)."""
    question.transport = "tcp"
    question.tcp = connection = attempt.dialer.connection(place[0], SocketOptions())
    attempt.expires_as = "dns.truncated_no_tcp"
    try:
        async with asyncio.timeout(seconds):
            received = await _exchange(connection, place, question.message.to_wire())
    except (TimeoutError, WireError, PeerClosed) as error:
        if isinstance(error, WireError) and error.immediate:
            raise  # it never left this machine
        question.error = clean(str(error) or "no answer over TCP")
        raise ProbeFailed(
            "dns.truncated_no_tcp", f"truncated answer, and over TCP: {question.error}"
        ) from error
    attempt.expires_as = None
    message = question.read(received)
    if message is None:
        raise ProbeFailed("dns.protocol", "the answer over TCP is no answer to the question")
    return Answer(message, (received.at_ns - sent.before_ns) / 1e9, Stamp.USER)


async def _exchange(connection: Connection, place: tuple[str, int], wire: bytes) -> Received:
    """Send one message and read one, each with its two-byte length in front (RFC 1035, 4.2.2)."""
    await connection.connect(*place)
    await connection.send(len(wire).to_bytes(2, "big") + wire)
    received = await connection.receive(_TCP_MESSAGE_BYTES)
    data = bytearray(received.data)
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        received = await connection.receive(_TCP_MESSAGE_BYTES)
        data += received.data
    return Received(bytes(data[2:]), received.at_ns, received.read_ns, received.stamp)


def rcode_failure(message: dns.message.Message) -> ProbeFailed | None:
    """Name an answer that is an error, or None for NOERROR."""
    code = message.rcode()
    if code == dns.rcode.NOERROR:
        return None
    causes = {
        dns.rcode.NXDOMAIN: "dns.nxdomain",
        dns.rcode.SERVFAIL: "dns.servfail",
        dns.rcode.REFUSED: "dns.refused",
    }
    return ProbeFailed(causes.get(code, "dns.protocol"), f"the resolver answered {dns.rcode.to_text(code)}")


def answered(message: dns.message.Message) -> tuple[str, ...]:
    """Return what the answer gives for the name and type asked, its aliases followed; in the answer's order.

    Raises ProbeFailed (dns.protocol) when the aliases have no end.
    """
    if not isinstance(message, dns.message.QueryMessage):
        return ()
    try:
        answer = message.resolve_chaining().answer
    except dns.exception.DNSException as error:
        raise ProbeFailed("dns.protocol", f"the answer leads nowhere: {error}") from error
    return tuple(clean(rdata.to_text(), 4096) for rdata in answer) if answer is not None else ()
