"""One question on a connection of its own: TCP (RFC 7766), TLS (RFC 7858) or HTTPS (RFC 8484).

It is a probe within the probe: an attempt of its own times its phases and holds its evidence, and all of them
together are what the user waits for the name.
"""

import asyncio

import dns.message

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Budget, Hop, Phase, Purpose, Request, Stamp
from probe.resolver import Place
from probe.steps.connect import connect
from probe.steps.handshake import client_context
from probe.steps.query.framing import framed
from probe.steps.query.https import ALPN, Post
from probe.steps.query.message import Answer, is_truncated
from probe.steps.query.stream_question import StreamQuestion
from probe.steps.query.transcript import Transcript
from probe.steps.query.trouble import trouble
from probe.text import clean
from probe.wire.tls import TlsStream

_ASKING = frozenset({Phase.PROCESSING, Phase.TRANSFER})


async def ask_by_stream(attempt: Attempt, transcript: Transcript, place: Place, seconds: float) -> Answer:
    """Ask once and wait at most `seconds`. Raises TimeoutError, ProbeFailed."""
    question = StreamQuestion(transcript, _inner(attempt, place, seconds))
    attempt.keep_asked(question)
    inner = question.inner
    try:
        async with asyncio.timeout(seconds):
            data = await _said(question, place)
        message = _answer(transcript, data, inner)
    except TimeoutError:
        question.end()
        raise
    except Exception as error:
        question.end()
        # What the vantage's proxy says is told here, and it may repeat the password.
        attempt.hide(*inner.hidden)
        named = trouble(error, inner.phase_open, place.scheme)
        transcript.error = clean(str(named))
        raise named from error
    question.end()
    transcript.error = None
    is_kernels = all(timing.stamp is Stamp.KERNEL for timing in inner.timings)
    waited = sum(timing.seconds for timing in inner.timings)
    return Answer(message, waited, Stamp.KERNEL if is_kernels else Stamp.USER)


def _inner(attempt: Attempt, place: Place, seconds: float) -> Attempt:
    """Begin the attempt to ask the resolver: nothing that the outer one overrides holds for it."""
    hop = Hop(
        name="resolver",
        scheme="https" if place.scheme == "https" else "tcp",
        host=place.host,
        port=place.port,
        address=place.address,
        ca_file=attempt.dialer.resolver_ca_file,
    )
    request = Request(purpose=Purpose.ROUTINE, budget=Budget(seconds=seconds), intended_at_ns=0)
    return Attempt(hop=hop, request=request, dialer=attempt.dialer, clock=attempt.clock)


async def _said(question: StreamQuestion, place: Place) -> bytes:
    """Connect, shake hands where that is asked for, and return what is said to the question."""
    inner, wire = question.inner, question.transcript.message.to_wire()
    stream = await connect(inner, place.address, place.port)
    if place.is_encrypted:
        stream = question.tls = await _secured(question, stream, place)
    if question.tls is not None and place.scheme == "https":
        question.post = Post(inner, stream, speaks_h2=_speaks_h2(question.tls))
        return await question.post.run(inner.hop, place.path, wire)
    with inner.phase(Phase.PROCESSING) as lap:
        sent, received = await framed(stream, wire)
        lap.took((received.at_ns - sent.before_ns) / 1e9, received.stamp)
    return received.data


async def _secured(question: StreamQuestion, stream: Stream, place: Place) -> TlsStream:
    inner = question.inner
    # Reading a trust store takes tens of milliseconds of our own, so it is no part of the phase.
    context = client_context(inner.hop.ca_file, ALPN if place.scheme == "https" else ())
    with inner.phase(Phase.TLS) as lap:
        tls = question.tls = TlsStream(stream, context, place.host, inner.clock)
        await tls.handshake()
        lap.took(tls.account.waited_ns / 1e9, tls.account.stamp)
    return tls


def _speaks_h2(tls: TlsStream) -> bool:
    try:
        return tls.object.selected_alpn_protocol() == "h2"
    except UnicodeDecodeError:  # bytes that we never offered
        return False


def _answer(transcript: Transcript, data: bytes, inner: Attempt) -> dns.message.Message:
    after = sum(timing.seconds for timing in inner.timings if timing.phase in _ASKING)
    message = transcript.read(data, after)
    if message is None:
        raise ProbeFailed("dns.protocol", "what came back is no answer to the question")
    if is_truncated(message) and not message.answer:
        raise ProbeFailed("dns.protocol", "the answer was cut short, on a stream that could hold all of it")
    return message
