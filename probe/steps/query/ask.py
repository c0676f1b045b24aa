"""Choose how a resolver is asked, by the transport it is written with."""

from probe.attempt import Attempt
from probe.resolver import place
from probe.steps.query.datagram import ask_by_datagram
from probe.steps.query.message import Answer, new_query
from probe.steps.query.stream import ask_by_stream
from probe.steps.query.transcript import Transcript


async def ask(attempt: Attempt, name: str, record_type: str, resolver: str, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`. Raises TimeoutError, WireError, ProbeFailed."""
    where = place(resolver)
    query = new_query(name, record_type, where)
    transcript = Transcript(query, resolver=resolver, transport=where.scheme)
    by = ask_by_datagram if where.scheme == "udp" else ask_by_stream
    return await by(attempt, transcript, where, seconds)
