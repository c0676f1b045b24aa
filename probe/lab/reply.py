"""What a hop answers, and how it goes out: whole, or cut off on purpose."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from probe.lab.fault import Act
from probe.lab.switch import Broken

# How much of the promised body a truncated answer withholds.
_MISSING_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; a streamed body says its length when it is known, and no reason means the standard's."""

    status: int
    headers: Mapping[str, str]
    body: bytes | AsyncIterable[bytes] = b""
    length: int | None = None
    reason: str | None = None


def json_reply(status: int, value: object, headers: Mapping[str, str]) -> Reply:
    """Make an answer out of JSON."""
    body = json.dumps(value).encode()
    return Reply(status=status, headers={"Content-Type": "application/json", **headers}, body=body)


def text_reply(
    status: int, text: str, headers: Mapping[str, str], kind: str = "text/html; charset=utf-8"
) -> Reply:
    """Make an answer out of text."""
    return Reply(status=status, headers={"Content-Type": kind, **headers}, body=text.encode())


async def send(request: web.BaseRequest, reply: Reply, broken: Broken) -> web.StreamResponse:
    """Send the answer; a body that breaks off, or should, reaches the client broken off (RFC 9112, 8)."""
    response = web.StreamResponse(status=reply.status, reason=reply.reason, headers=reply.headers)
    is_cut = Act.TRUNCATED in broken
    length = len(reply.body) if isinstance(reply.body, bytes) else reply.length
    if length is not None:
        response.content_length = length + _MISSING_BYTES * is_cut
    try:
        await response.prepare(request)
        async for chunk in _chunks(request, reply):
            await response.write(chunk)
    except (aiohttp.ClientPayloadError, TimeoutError):
        is_cut = True
    except ConnectionError:
        return response  # the client has left
    if is_cut and request.transport:
        request.transport.close()
    return response


async def _chunks(request: web.BaseRequest, reply: Reply) -> AsyncIterator[bytes]:
    if request.method == "HEAD":
        return
    if isinstance(reply.body, bytes):
        yield reply.body
        return
    async for chunk in reply.body:
        yield chunk
