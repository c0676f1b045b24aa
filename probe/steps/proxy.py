"""Have the vantage's proxy make a connection, each step of it timed.

All of it is the phase `proxy`. How long the hop took in it, nobody but the proxy knows, so there is no phase `connect`,
and the kernel's account of the connection to the proxy is told as the proxy's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from probe.abc import ProxyServer, Received, SocketOptions, Stream
from probe.attempt import Attempt, Lap
from probe.cause.failed import ProbeFailed
from probe.cause.naming import RESET, name
from probe.cause.proxied import BROKEN, CLOSED, TIMEOUT
from probe.model import Phase, Proxy, ProxyStep, Stamp
from probe.steps.handshake import client_context
from probe.steps.request import basic_token
from probe.steps.socks5 import Socks5
from probe.steps.talk import REQUEST, Ask, Talk
from probe.steps.tunnel import Tunnel
from probe.wire.errors import PeerClosed, WireError
from probe.wire.tls import HandshakeTooLarge, NotTls, TlsStream

_ALPN = ("http/1.1",)
# Nothing but the next room is reached and answers within this time.
_TOO_SOON_SECONDS = 0.001


class Passage:
    """One connection by way of a proxy: what has been done for it so far, and how long each step took."""

    def __init__(self, attempt: Attempt, server: ProxyServer, host: str, port: int) -> None:
        """Prepare to ask for `host`, an address or a name. Raises ProbeFailed (local.secret, local.trust_store)."""
        self._attempt = attempt
        self._server = server
        self._asked = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        # What takes time of ours and none of the proxy's is done before the clock runs.
        self._context = client_context(None, _ALPN) if server.protocol == "https" else None
        login = _read(attempt, server)
        by = Socks5 if server.protocol == "socks5" else Tunnel
        self._talk: Talk = by(host, port, login)
        self._steps: list[ProxyStep] = []
        self._open_step: tuple[str, int] | None = None
        self._has_reply = False
        self.stamp = Stamp.KERNEL
        attempt.at_end(lambda: setattr(attempt, "proxy", self._evidence()))

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(step.seconds for step in self._steps)

    async def make(self) -> Stream:
        """Return the stream whose other end is the hop, as the proxy says. Raises ProbeFailed."""
        attempt = self._attempt
        try:
            stream = await self._reach()
            await self._ask(stream)
        except ProbeFailed as failed:
            attempt.doubt(None)
            raise ProbeFailed(failed.cause, f"the proxy {self._server} {failed.detail}") from failed
        except (PeerClosed, OSError, NotTls, HandshakeTooLarge) as error:
            attempt.doubt(None)
            raise self._failure(error) from error
        attempt.expires_as = None
        attempt.doubt(self._doubt())
        return stream

    async def _reach(self) -> Stream:
        attempt, server = self._attempt, self._server
        with self._step("connect") as lap:
            connection = attempt.dialer.connection(server.address, SocketOptions())
            attempt.keep(connection, server.address, server.port)
            connected = await connection.connect(server.address, server.port)
            lap.took(connected.seconds, connected.stamp)
        if self._context is None:
            return connection
        with self._step("tls") as lap:
            tls = TlsStream(connection, self._context, server.host, attempt.clock)
            await tls.handshake()
            lap.took(tls.account.waited_ns / 1e9, tls.account.stamp)
        return tls

    async def _ask(self, stream: Stream) -> None:
        steps = self._talk.steps()
        reply = b""
        while True:
            try:
                ask = steps.send(reply) if reply else next(steps)
            except StopIteration:
                return
            reply = await self._exchange(stream, ask)

    async def _exchange(self, stream: Stream, ask: Ask) -> bytes:
        with self._step(ask.step) as lap:
            sent = await stream.send(ask.message)
            if ask.step == REQUEST:
                self._attempt.expires_as = TIMEOUT
            reply, last = await self._whole(stream, ask)
            lap.took((last.at_ns - sent.before_ns) / 1e9, last.stamp)
        return reply

    async def _whole(self, stream: Stream, ask: Ask) -> tuple[bytes, Received]:
        self._has_reply = False
        last = await stream.receive(ask.missing(b""))
        self._has_reply = True
        reply = last.data
        while missing := ask.missing(reply):
            # It has made up its mind: what is missing is not waited for with the hop.
            self._attempt.expires_as = None
            self._attempt.doubt(
                f"the proxy {self._server} has begun its reply in the step {ask.step} and not ended it"
            )
            last = await stream.receive(missing)
            reply += last.data
        return reply, last

    @contextmanager
    def _step(self, step: str) -> Iterator[Lap]:
        lap = Lap()
        clock = self._attempt.clock
        self._open_step = step, clock.monotonic_ns()
        self._attempt.doubt(f"the proxy {self._server} has not answered in the step {step}")
        yield lap
        elapsed = (clock.monotonic_ns() - self._open_step[1]) / 1e9
        seconds = elapsed if lap.seconds is None else lap.seconds
        self._steps.append(ProxyStep(name=step, seconds=seconds))
        self._open_step = None
        if lap.stamp is Stamp.USER:
            self.stamp = Stamp.USER

    def _failure(self, error: Exception) -> ProbeFailed:
        """Name what broke on the way to the proxy or in the talk with it."""
        step = self._open_step[0] if self._open_step else REQUEST
        cause, words = name(error, Phase.TLS if step == "tls" else Phase.PROXY)
        if not cause.startswith("local."):
            cause = BROKEN
        if step == REQUEST and not self._has_reply and _is_end(error):
            cause = CLOSED
        return ProbeFailed(cause, f"the proxy {self._server}, in the step {step}: {words}")

    def _doubt(self) -> str:
        took = self._steps[-1].seconds
        soon = ", too soon to have reached any hop that is not near" if took < _TOO_SOON_SECONDS else ""
        return f"nothing came since the proxy said connected, after {took * 1e3:.2f} ms{soon}"

    def _evidence(self) -> Proxy:
        steps = list(self._steps)
        if self._open_step is not None:
            name, since_ns = self._open_step
            seconds = (self._attempt.clock.monotonic_ns() - since_ns) / 1e9
            steps.append(ProxyStep(name=name, seconds=seconds))
        return Proxy(
            protocol=self._server.protocol,
            asked=self._asked,
            steps=tuple(steps),
            reply=self._talk.reply,
            proxy_status=self._talk.proxy_status,
        )


async def through_proxy(attempt: Attempt, server: ProxyServer, host: str, port: int) -> Stream:
    """Connect to `host`, an address or a name, by way of `server`, as the phase `proxy`."""
    passage = Passage(attempt, server, host, port)
    with attempt.phase(Phase.PROXY) as lap:
        stream = await passage.make()
        lap.took(passage.seconds, passage.stamp)
    return stream


def _read(attempt: Attempt, server: ProxyServer) -> tuple[str, str] | None:
    """Read the login as it is now, and have it told nowhere. Raises ProbeFailed (local.secret)."""
    if server.login is None:
        return None
    user, password = server.login()
    attempt.hide(password, basic_token(user, password))
    return user, password


def _is_end(error: Exception) -> bool:
    return isinstance(error, PeerClosed) or (isinstance(error, WireError) and error.errno in RESET)
