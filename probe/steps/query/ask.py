"""Choose how a resolver is asked, by the transport it is written with, and say which one it was that did not answer."""

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import name as named
from probe.model import Layer, Phase
from probe.resolver import place
from probe.steps.query.datagram import ask_by_datagram
from probe.steps.query.message import Answer, new_query, refuses_edns
from probe.steps.query.stream import ask_by_stream
from probe.steps.query.transcript import Transcript
from probe.wire.errors import WireError


async def ask(attempt: Attempt, name: str, record_type: str, resolver: str, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`, and as long again without EDNS where that was too much for the resolver.

    What refuses EDNS is gone around by the resolvers of browsers and systems, and many of them never use it; so nobody
    misses the answer, and the refusal is only evidence. Raises TimeoutError, WireError, ProbeFailed.
    """
    wanted = attempt.request.overrides.edns
    answer = await _ask(attempt, name, record_type, resolver, seconds, edns=wanted is not False)
    if wanted is not None or not refuses_edns(answer.message):
        return answer
    attempt.expires_as = "dns.protocol"
    try:
        plain = await _ask(attempt, name, record_type, resolver, seconds, edns=False)
    except (TimeoutError, WireError, ProbeFailed):
        return answer
    attempt.expires_as = None
    return Answer(plain.message, answer.seconds + plain.seconds, plain.stamp)


async def _ask(
    attempt: Attempt, name: str, record_type: str, resolver: str, seconds: float, *, edns: bool
) -> Answer:
    where = place(resolver)
    is_unchecked = attempt.request.overrides.checking_disabled or False
    query = new_query(name, record_type, where, edns=edns, checking_disabled=is_unchecked)
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
