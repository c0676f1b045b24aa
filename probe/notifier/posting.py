"""Send one request: verified, straight, bounded in time and size; and say in own words what went wrong."""

import errno
import os
import re
import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

import probe
from probe.notifier.aside import aside
from probe.notifier.channel import Answer, Post
from probe.notifier.wanted import Wire
from probe.secret import unreadable
from probe.text import clean

_MOST_BYTES = 16_384


class PostError(Exception):
    """No answer came; the text repeats nothing secret."""


class _Resolver(AbstractResolver):
    """The system's resolver, asked aside."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name."""
        found = await aside(lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=int(address[1]), family=kind, proto=proto, flags=0
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Hold nothing."""


async def send(post: Post, wire: Wire) -> Answer:
    """Send it on a connection of its own and return what came back. Raises PostError."""
    context = await _context(wire)
    try:
        return await _send(post, wire, context)
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
        # The error's own text may repeat the URL, and with it the token.
        raise PostError(_described(error, wire)) from None


async def _context(wire: Wire) -> ssl.SSLContext:
    try:
        return await aside(lambda: ssl.create_default_context(cafile=wire.ca_file))
    except ssl.SSLError:
        raise PostError(f"the ca_file {wire.ca_file} cannot be used: it holds no certificates") from None
    except OSError as error:
        raise PostError(f"the ca_file {wire.ca_file} cannot be used: {unreadable(error)}") from None


async def _send(post: Post, wire: Wire, context: ssl.SSLContext) -> Answer:
    connector = aiohttp.TCPConnector(resolver=_Resolver(), ssl=context, limit=1, force_close=True)
    timeout = aiohttp.ClientTimeout(total=wire.timeout_seconds)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": f"hopwatch/{probe.__version__}", "Accept-Encoding": "identity"},
        ) as session,
        session.post(
            URL(post.url, encoded=True),
            data=post.body,
            headers=dict(post.headers),
            allow_redirects=False,
            proxy=wire.proxy,
        ) as response,
    ):
        body = b""
        while len(body) < _MOST_BYTES and (piece := await response.content.read(_MOST_BYTES - len(body))):
            body += piece
        headers = {name.lower(): clean(value, 200) for name, value in response.headers.items()}
        return Answer(status=response.status, headers=headers, body=body)


def _described(error: Exception, wire: Wire) -> str:
    through = " through the proxy" if wire.proxy else ""
    if isinstance(error, TimeoutError):
        return f"no answer{through} within {wire.timeout_seconds:g} s"
    inner = getattr(error, "certificate_error", None)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {clean(inner.verify_message, 100)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered with status {error.status}"
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError):
        return f"it cannot be reached{through}: {_unreached(error)}"
    return f"it could not be sent ({type(error).__name__})"


def _unreached(error: OSError) -> str:
    # Where a name has several addresses, the numbers are in the text alone.
    numbers = [error.errno] if error.errno else [int(one) for one in _NUMBER.findall(str(error))]
    said = next((_REASONS[one] for one in numbers if one in _REASONS), None)
    return said or (os.strerror(numbers[0]).lower() if numbers else type(error).__name__)


_NUMBER = re.compile(r"\[Errno (\d{1,5})\]")
_REASONS = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ENETUNREACH: "no way leads there",
    errno.EHOSTUNREACH: "no way leads there",
    errno.ETIMEDOUT: "no answer came",
}
# The first that fits is said.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its name cannot be resolved"),
    (aiohttp.ClientProxyConnectionError, "the proxy cannot be reached"),
    (aiohttp.ClientSSLError, "no TLS connection could be made"),
    (ssl.SSLError, "no TLS connection could be made"),
    (aiohttp.ServerDisconnectedError, "the connection ended without an answer"),
    (ConnectionResetError, "the connection ended without an answer"),
    (aiohttp.ClientResponseError, "what came back is no answer of HTTP"),
    (aiohttp.ClientPayloadError, "the answer was cut off"),
)
