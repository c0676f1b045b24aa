"""Follow a running daemon by its API: the state at first and whenever something turns, and again after it was gone."""

import asyncio
import base64
import os
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TypeAlias

import aiohttp
from yarl import URL

from probe.cli.live.seen import NoHopwatchError, Snapshot, Turn, read_snapshot, read_turn
from probe.clock import Clock
from probe.text import clean

_ANSWER_SECONDS = 10.0
# Ages go on while nothing turns; what turns together is asked for once.
_QUIET_NS, _TOGETHER_NS = 5_000_000_000, 300_000_000
_PAUSES = (0.5, 1.0, 2.0, 5.0)
_MOST_BYTES = 16 << 20
_EVENT_BYTES = 4 << 20
_TELLING = frozenset({b"state", b"uplink", b"change", b"finding", b"health", b"lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Nobody answers, and why; it is tried again."""

    reason: str


News: TypeAlias = Snapshot | Turn | Lost


class RefusedError(Exception):
    """The daemon answers, and lets nobody in without another name or password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a daemon is, and how it lets one in."""

    url: str
    clock: Clock
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None

    async def follow(self) -> AsyncGenerator[News, None]:
        """Yield what is new, without an end. Raises RefusedError."""
        headers = {} if self.login is None else {"Authorization": _basic(*self.login)}
        connector = aiohttp.TCPConnector(ssl=self.tls if self.tls is not None else True)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_ANSWER_SECONDS)
        async with aiohttp.ClientSession(
            headers=headers, connector=connector, timeout=timeout, trust_env=False
        ) as session:
            failures = 0
            while True:
                try:
                    async for one in self._once(session):
                        failures = 0
                        yield one
                    reason = "the daemon ended the connection"
                except (aiohttp.ClientError, TimeoutError, OSError, NoHopwatchError) as error:
                    reason = _reason(error)
                yield Lost(reason=reason)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    async def _once(self, session: aiohttp.ClientSession) -> AsyncGenerator[News, None]:
        async with session.get(self._at("api/v1/events"), allow_redirects=False) as stream:
            _let_in(stream)
            yield await self._state(session)
            asked_ns = self.clock.monotonic_ns()
            due_ns = asked_ns + _QUIET_NS
            events = _Events()
            while True:
                try:
                    async with asyncio.timeout(max(0, due_ns - self.clock.monotonic_ns()) / 1e9):
                        # A cancelled wait loses nothing here, unlike that for a whole line.
                        data = await stream.content.readany()
                except TimeoutError:
                    yield await self._state(session)
                    asked_ns = self.clock.monotonic_ns()
                    due_ns = asked_ns + _QUIET_NS
                    continue
                if not data:
                    return
                for name, content in events.take(data):
                    if name == b"state":
                        yield read_turn(content)
                    if name in _TELLING:
                        due_ns = min(due_ns, asked_ns + _TOGETHER_NS)

    async def _state(self, session: aiohttp.ClientSession) -> Snapshot:
        async with (
            asyncio.timeout(_ANSWER_SECONDS),
            session.get(self._at("api/v1/state"), allow_redirects=False) as answer,
        ):
            _let_in(answer)
            body = await answer.content.read(_MOST_BYTES)
            while len(body) < _MOST_BYTES and (more := await answer.content.read(_MOST_BYTES - len(body))):
                body += more
            return read_snapshot(body)

    def _at(self, path: str) -> URL:
        return URL(self.url.rstrip("/") + "/" + path)


def _basic(user: str, password: str) -> str:
    """Return the credentials as RFC 7617 has them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _let_in(answer: aiohttp.ClientResponse) -> None:
    if answer.status in (401, 403):
        raise RefusedError(
            f"status {answer.status}: the daemon lets nobody in without a name and password;"
            " give --user, and --password-file or HOPWATCH_WEB_PASSWORD"
        )
    if answer.status != 200:
        raise NoHopwatchError(f"what answers there says status {answer.status}, which is no hopwatch's state")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted here; --ca-file names whom to trust"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return clean(str(error) or type(error).__name__, 200)


class _Events:
    """Takes server-sent events apart (HTML Living Standard, 9.2), as far as ours go: a name, and one line of data."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return the events that are complete by now; one that is too long is dropped."""
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        if len(self._rest) > _EVENT_BYTES:
            self._rest = b""
        return [_event(block) for block in blocks]


def _event(block: bytes) -> tuple[bytes, bytes]:
    fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
    return fields.get(b"event", b""), fields.get(b"data", b"")
