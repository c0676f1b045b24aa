"""Ask a hop one HTTP question, in the version that it and the check agree on, and follow redirects within a limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Hop, Layer
from probe.steps import http1, http2
from probe.steps.answer import answer_evidence
from probe.steps.connect import connect
from probe.steps.handshake import handshake
from probe.steps.redirect import STATUSES, leads_inward, method_after, same_origin, target
from probe.steps.request import Message, write_request
from probe.steps.resolve import resolve
from probe.steps.response import Response
from probe.text import clean
from probe.wire.tls import TlsStream

Protocol = Annotated[
    Literal["http/1.1", "http/2", "auto"],
    Field(
        description="what to speak: `http/1.1`, `http/2` (on http:// with prior knowledge), or `auto`: on https:// what"
        " the server chooses of both, as browsers do, and else `http/1.1`"
    ),
]
# Every layer in which the answer to an HTTP question can fail.
LAYERS: tuple[Layer, ...] = (
    Layer.DNS,
    Layer.TCP,
    Layer.TLS,
    Layer.HTTP,
    Layer.RELAY,
    Layer.VERCEL,
    Layer.API,
    Layer.APP,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a question wants to be asked and answered."""

    protocol: Protocol
    body_limit: int
    redirects: int = 0


async def fetch(attempt: Attempt, message: Message, terms: Terms) -> Response:
    """Return the answer, or that of the place where redirects led, which sees none of the first place's secrets."""
    origin, trail = attempt.hop, list[str]()
    first = address = await resolve(attempt, origin.host)
    response = await _ask(attempt, address, message, terms, trail)
    while terms.redirects and response.status in STATUSES:
        if len(trail) >= terms.redirects:
            raise ProbeFailed("http.redirect_loop", f"more than {terms.redirects} redirects")
        trail.append(_url(attempt.hop, message.path))
        hop, path = target(attempt.hop, message.path, response)
        message = _redirected(message, response.status, path)
        attempt.turn_to(hop)
        address = await resolve(attempt, hop.host)
        if leads_inward(first, address):
            raise ProbeFailed("http.redirect_invalid", f"the redirect leads inward, to {address}")
        shown = message if same_origin(origin, hop) else replace(message, secrets={})
        response = await _ask(attempt, address, shown, terms, trail)
    return response


def _redirected(message: Message, status: int, path: str) -> Message:
    method = method_after(status, message.method)
    return replace(message, method=method, path=path, body=message.body if method == message.method else None)


async def _ask(
    attempt: Attempt, address: str, message: Message, terms: Terms, trail: Sequence[str]
) -> Response:
    hop, message = attempt.hop, _addressed(attempt, message)
    stream: Stream = await connect(attempt, address, attempt.request.overrides.port or hop.port)
    speaks_h2 = terms.protocol == "http/2"
    if hop.scheme == "https":
        stream, speaks_h2 = await _secured(attempt, stream, terms.protocol)
    exchange: http1.Exchange | http2.Exchange
    if speaks_h2:
        exchange = second = http2.Exchange(attempt, stream, body_limit=terms.body_limit)
        run = partial(second.run, hop, message)
    else:
        exchange = first = http1.Exchange(attempt, stream, method=message.method, body_limit=terms.body_limit)
        run = partial(first.run, write_request(hop, message))
    url, redirects = _url(hop, message.path), tuple(trail)
    attempt.at_end(lambda: answer_evidence(attempt, exchange.response, url, redirects))
    began_ns = attempt.clock.monotonic_ns()
    response = await run()
    response.delay_seconds = (attempt.clock.monotonic_ns() - began_ns) / 1e9
    response.ended_at_ns = attempt.clock.wall_ns()
    return response


def _addressed(attempt: Attempt, message: Message) -> Message:
    """Ask another host where an extra probe says so; the check's secrets are not for that one."""
    host = attempt.request.overrides.host
    return message if host is None else replace(message, host=host, secrets={})


async def _secured(attempt: Attempt, stream: Stream, wanted: str) -> tuple[Stream, bool]:
    """Run the handshake; return the stream, and whether HTTP/2 is spoken on it."""
    # Who demands HTTP/2 offers what browsers offer all the same: what is on the way sees no difference.
    offered = ("http/1.1",) if wanted == "http/1.1" else ("h2", "http/1.1")
    tls = await handshake(attempt, stream, server_name=attempt.hop.host, alpn=offered)
    chosen = _chosen(tls)
    if wanted == "http/2" and chosen != "h2":
        raise ProbeFailed(
            "http.version", f"the server chose {chosen or 'no protocol'}, the check demands HTTP/2"
        )
    return tls, chosen == "h2" and "h2" in offered


def _chosen(tls: TlsStream) -> str | None:
    try:
        chosen = tls.object.selected_alpn_protocol()
    except UnicodeDecodeError:  # bytes that we never offered
        return None
    return clean(chosen, 50) if chosen else None


def _url(hop: Hop, path: str) -> str:
    # A query may hold a key, so it is never kept.
    return f"{hop.scheme}://{hop.authority}{path.partition('?')[0]}"
