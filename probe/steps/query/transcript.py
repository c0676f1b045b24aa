"""What is asked of a resolver and everything that comes back, kept as evidence, bounded and clean."""

import dns.message
import dns.rdatatype

from probe.model import DnsQuery, DnsResponse
from probe.steps.query.message import parsed
from probe.text import clean

_RESPONSES = 16


class Transcript:
    """One question and what was heard of it."""

    def __init__(self, message: dns.message.QueryMessage, *, resolver: str, transport: str) -> None:
        """Begin with the question alone."""
        self.message = message
        self.transport = transport
        # Stands until an answer is there, so that it is told also when our deadline ends the waiting.
        self.error: str | None = "no answer"
        self._resolver = resolver
        self._responses: list[DnsResponse] = []

    def read(self, data: bytes, after_seconds: float) -> dns.message.Message | None:
        """Keep what came as evidence; return it when it answers the question."""
        message, response = parsed(data, after_seconds)
        answers = message is not None and self.message.is_response(message)
        # A flood of junk must not hide the message that was used.
        if answers or len(self._responses) < _RESPONSES:
            self._responses[_RESPONSES - 1 :] = [response]
        return message if answers else None

    def told(self) -> DnsQuery:
        """Return the evidence."""
        asked = self.message.question[0]
        return DnsQuery(
            name=clean(asked.name.to_text(omit_final_dot=True), 255),
            type=dns.rdatatype.to_text(asked.rdtype),
            resolver=self._resolver,
            transport=self.transport,
            responses=tuple(self._responses),
            error=self.error,
        )
