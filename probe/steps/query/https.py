"""The HTTP around a DNS message (RFC 8484): one POST in the version that the server chooses; a redirect is never followed."""

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Hop
from probe.steps import http1, http2
from probe.steps.request import Message, write_request
from probe.steps.response import Response
from probe.text import clean

# In the order in which a browser offers them.
ALPN = ("h2", "http/1.1")
_TYPE = "application/dns-message"
_MESSAGE_BYTES = 65_535


class Post:
    """One DNS message sent by HTTP, and the response as far as it came."""

    def __init__(self, attempt: Attempt, stream: Stream, *, speaks_h2: bool) -> None:
        """Ask on `stream`, on which nothing was said yet."""
        self._second = http2.Exchange(attempt, stream, body_limit=_MESSAGE_BYTES) if speaks_h2 else None
        self._first = http1.Exchange(attempt, stream, method="POST", body_limit=_MESSAGE_BYTES)

    @property
    def status(self) -> int | None:
        """The status, once it is there."""
        return self._response.status or None

    @property
    def _response(self) -> Response:
        return self._first.response if self._second is None else self._second.response

    async def run(self, hop: Hop, path: str, wire: bytes) -> bytes:
        """Return the DNS message that comes back. Raises ProbeFailed and what an exchange raises."""
        message = Message(
            method="POST", path=path, headers={"Content-Type": _TYPE, "Accept": _TYPE}, body=wire
        )
        if self._second is None:
            await self._first.run(write_request(hop, message))
        else:
            await self._second.run(hop, message)
        return _message(self._response)


def _message(response: Response) -> bytes:
    if not 200 <= response.status <= 299:
        more = ", and a redirect is never followed" if 300 <= response.status <= 399 else ""
        raise ProbeFailed("dns.http", f"status {response.status}{more}")
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise ProbeFailed("dns.http", f"the answer is of type {clean(kind, 80)!r} and so no DNS message")
    if (response.header("content-encoding") or "identity").lower() != "identity":
        raise ProbeFailed("dns.http", "the answer is compressed although the request asked for plain")
    return bytes(response.body)
