"""Ask a SOCKS5 proxy for a connection (RFC 1928, RFC 1929); pure.

The messages are python-socks', whose core that does no I/O is not public: a test holds it in place.
"""

from collections.abc import Callable, Generator, Mapping

from python_socks._protocols import socks5
from python_socks._protocols.errors import ReplyError

from probe.cause.failed import ProbeFailed
from probe.cause.proxied import AUTH, BROKEN, socks_reply
from probe.steps.talk import REQUEST, Ask

_VERSION, _LOGIN_VERSION = 5, 1
_WORDS: Mapping[int, str] = {
    socks5.AuthMethod.GSSAPI: "wants a login by GSSAPI",
    socks5.AuthMethod.USERNAME_PASSWORD: "wants a user name and a password",
    socks5.AuthMethod.NO_ACCEPTABLE: "accepts no login that was offered",
}
_LONGEST = 255
_SHOWN = 16


class Socks5:
    """The talk up to the reply to CONNECT; names are given to the proxy as they are."""

    proxy_status = None

    def __init__(self, host: str, port: int, login: tuple[str, str] | None) -> None:
        """Ask for `host`, an address or a name. Raises ProbeFailed (local.secret) when the login cannot be sent."""
        if login and not all(one.isascii() and len(one) <= _LONGEST for one in login):
            raise ProbeFailed("local.secret", "a SOCKS5 login is at most 255 ASCII characters")
        self.reply: int | None = None
        self._host, self._port = host, port
        self._login = login

    def steps(self) -> Generator[Ask, bytes, None]:
        """Greet, log in if the proxy wants it, ask."""
        protocol = socks5.Connection()
        user, password = self._login or (None, None)
        greeting = protocol.send(socks5.AuthMethodsRequest(user, password))
        data = yield Ask("greeting", greeting, _up_to(socks5.AuthMethodReply.SIZE))
        try:
            chosen = protocol.receive(data)
        except ReplyError as error:
            raise _refused_greeting(data) from error
        assert isinstance(chosen, socks5.AuthMethodReply)  # noqa: S101 - the library answers all its messages in one type
        if chosen.method is socks5.AuthMethod.USERNAME_PASSWORD and self._login:
            login = protocol.send(socks5.AuthRequest(*self._login))
            data = yield Ask("auth", login, _up_to(socks5.AuthReply.SIZE))
            try:
                protocol.receive(data)
            except ReplyError as error:
                raise _refused_login(data) from error
        request = protocol.send(socks5.ConnectRequest(self._host, self._port))
        data = yield Ask(REQUEST, request, _reply_missing)
        try:
            protocol.receive(data)
        except (ReplyError, ValueError) as error:  # a bound name may hold any bytes
            raise self._refused(data) from error
        finally:
            self.reply = data[1] if data[0] == _VERSION else None

    def _refused(self, data: bytes) -> ProbeFailed:
        if data[0] != _VERSION or data[1] == socks5.ReplyCode.SUCCEEDED:
            return _nonsense("reply", data)
        cause, words = socks_reply(data[1], self._host)
        return ProbeFailed(cause, f"says: {words}")


def _up_to(size: int) -> Callable[[bytes], int]:
    return lambda reply: size - len(reply)


def _reply_missing(reply: bytes) -> int:
    """Tell how much of the reply to CONNECT is missing (RFC 1928, 6); after what it cannot begin with, nothing."""
    if len(reply) < 2:
        return 2 - len(reply)
    if reply[0] != _VERSION or reply[1] != socks5.ReplyCode.SUCCEEDED:
        return 0
    if len(reply) < 5:
        return 5 - len(reply)
    whole: Mapping[int, int] = {
        socks5.AddressType.IPV4: 10,
        socks5.AddressType.IPV6: 22,
        socks5.AddressType.DOMAIN: 7 + reply[4],
    }
    return max(0, whole.get(reply[3], 0) - len(reply))


def _refused_greeting(data: bytes) -> ProbeFailed:
    words = _WORDS.get(data[1]) if data[0] == _VERSION else None
    return ProbeFailed(AUTH, words) if words else _nonsense("greeting", data)


def _refused_login(data: bytes) -> ProbeFailed:
    if data[0] != _LOGIN_VERSION:
        return _nonsense("answer to the login", data)
    return ProbeFailed(AUTH, "refuses the user name and password")


def _nonsense(what: str, data: bytes) -> ProbeFailed:
    return ProbeFailed(BROKEN, f"does not speak SOCKS5: its {what} is {data[:_SHOWN].hex(' ')}")
