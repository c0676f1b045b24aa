"""Choose how a resolver is asked, by the transport it is written with, and say which one it was that did not answer."""

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import name as named
from probe.model import Layer, Phase
from probe.resolver import place
from probe.steps.query.datagram import ask_by_datagram
from probe.steps.query.message import Answer, new_query
from probe.steps.query.stream import ask_by_stream
from probe.steps.query.transcript import Transcript
from probe.wire.errors import WireError


async def ask(attempt: Attempt, name: str, record_type: str, resolver: str, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`. Raises TimeoutError, WireError, ProbeFailed."""
    where = place(resolver)
    query = new_query(name, record_type, where)
    transcript = Transcript(query, resolver=resolver, transport=where.scheme)
    by = ask_by_datagram if where.scheme == "udp" else ask_by_stream
    attempt.doubt(f"{resolver} has not answered")
    try:
        answer = await by(attempt, transcript, where, seconds)
    except Exception as error:
        attempt.doubt(None)
        raise _of(resolver, error) from error
    attempt.doubt(None)
    return answer


def _of(resolver: str, error: Exception) -> Exception:
    """Return what to raise: the error, its resolver named when it is about that one."""
    if not isinstance(error, ProbeFailed | WireError):
        return error
    cause, detail = named(error, Phase.RESOLVE)
    is_its_own = cause.partition(".")[0] == Layer.DNS
    return ProbeFailed(cause, f"{resolver}: {detail}") if is_its_own else error
