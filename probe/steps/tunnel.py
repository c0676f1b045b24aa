"""Ask an HTTP proxy for a connection by CONNECT (RFC 9110, 9.3.6); pure, and httptools reads the answer."""

from collections.abc import Generator

import httptools

from probe.cause.failed import ProbeFailed
from probe.cause.proxied import AUTH, BROKEN, connect_status
from probe.steps.request import USER_AGENT, basic_token
from probe.steps.talk import REQUEST, Ask
from probe.text import clean

_HEAD_BYTES = 16_384
_INTERIM = 10
_END = b"\r\n\r\n"
_STATUS_TEXT = 200


class Tunnel:
    """The one request and its answer, whose body is never read."""

    def __init__(self, host: str, port: int, login: tuple[str, str] | None) -> None:
        """Ask for `host`, an address or a name."""
        self._head = _Head()
        self._login = login
        self._place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def reply(self) -> int | None:
        """The status of the answer."""
        return self._head.status or None

    @property
    def proxy_status(self) -> str | None:
        """What the answer says by RFC 9209."""
        return self._head.proxy_status or None

    def steps(self) -> Generator[Ask, bytes, None]:
        """Ask, the login with it if there is one."""
        lines = {"Host": self._place, "User-Agent": USER_AGENT}
        if self._login:
            lines["Proxy-Authorization"] = f"Basic {basic_token(*self._login)}"
        head = f"CONNECT {self._place} HTTP/1.1\r\n" + "".join(f"{key}: {lines[key]}\r\n" for key in lines)
        yield Ask(REQUEST, head.encode("ascii") + b"\r\n", self._head.missing)
        if not 200 <= self._head.status <= 299:
            cause = connect_status(self._head.status, self._head.proxy_status)
            raise ProbeFailed(cause, self._refusal(cause))

    def _refusal(self, cause: str) -> str:
        if cause == AUTH:
            return "refuses the user name and password" if self._login else "wants a user name and a password"
        said = f" ({self._head.proxy_status})" if self._head.proxy_status else ""
        return f"answers with status {self._head.status}{said}"


class _Head:
    """Reads the head of the final answer and nothing behind it; interim (1xx) answers are passed over."""

    def __init__(self) -> None:
        self.status = 0
        self.proxy_status = ""
        self._fed = 0
        self._interim = 0
        self._is_done = False
        self._parser = httptools.HttpResponseParser(self)

    def missing(self, data: bytes) -> int:
        """Tell how many bytes the head surely still has: it ends with an empty line."""
        try:
            self._parser.feed_data(data[self._fed :])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._is_done:
                raise ProbeFailed(
                    BROKEN, f"does not answer CONNECT by HTTP: {clean(str(error), 120)}"
                ) from error
        self._fed = len(data)
        if self._is_done:
            return 0
        if len(data) > _HEAD_BYTES or self._interim > _INTERIM:
            raise ProbeFailed(BROKEN, "answers CONNECT by a head without end")
        begun = next(length for length in (3, 2, 1, 0) if data.endswith(_END[:length]))
        return len(_END) - begun

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"proxy-status" and not self._is_done:
            self.proxy_status = clean(value, _STATUS_TEXT)

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._is_done = not 100 <= status <= 199
        if self._is_done:
            self.status = status
        else:
            self.proxy_status = ""
            self._interim += 1
