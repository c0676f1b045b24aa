"""What is asked of a resolver and everything that comes back, kept as evidence, bounded and clean."""

from collections.abc import Sequence

import dns.flags
import dns.message
import dns.rdatatype

from probe.model import DnsQuery, DnsResponse, Icmp
from probe.steps.query.message import parsed, told_of
from probe.text import clean

_RESPONSES = 16
# What goes last when there is too much.
_WORTH = {"used": 0, "further": 1, "stray": 2}


class Transcript:
    """One question and what was heard of it."""

    def __init__(self, message: dns.message.QueryMessage, *, resolver: str, transport: str) -> None:
        """Begin with the question alone."""
        self.message = message
        self.transport = transport
        # Stands until an answer is there, so that it is told also when our deadline ends the waiting.
        self.error: str | None = "no answer"
        self.resolver = resolver
        self._responses: list[DnsResponse] = []

    def read(
        self, data: bytes, after_seconds: float, *, ttl: int | None = None, is_awaited: bool = True
    ) -> dns.message.Message | None:
        """Keep what came as evidence; return it when it answers the question, which is then gone by if it `is_awaited`."""
        message = parsed(data)
        answers = message is not None and self.message.is_response(message)
        role = ("used" if is_awaited else "further") if answers else "stray"
        response = told_of(message, after_seconds, role=role, ttl=ttl)
        self._keep(response)
        return message if response.role != "stray" else None

    def _keep(self, response: DnsResponse) -> None:
        """Keep one, and with it all that a flood of junk is to hide: what was used, and the first of what else answers."""
        if len(self._responses) < _RESPONSES:
            self._responses.append(response)
            return
        least = max(range(_RESPONSES), key=lambda at: (_WORTH[self._responses[at].role], at))
        if _WORTH[response.role] < _WORTH[self._responses[least].role]:
            del self._responses[least]
            self._responses.append(response)

    def told(self, icmp: Sequence[Icmp] = ()) -> DnsQuery:
        """Return the evidence, with what ICMP said of it."""
        asked = self.message.question[0]
        return DnsQuery(
            name=clean(asked.name.to_text(omit_final_dot=True), 255),
            type=dns.rdatatype.to_text(asked.rdtype),
            resolver=self.resolver,
            transport=self.transport,
            responses=tuple(self._responses),
            error=self.error,
            edns=self.message.edns >= 0,
            checking_disabled=bool(self.message.flags & dns.flags.CD),
            icmp=tuple(icmp),
        )
