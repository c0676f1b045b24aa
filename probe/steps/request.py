"""Write one HTTP/1.1 request; pure, and strict about what a header may hold."""

import base64
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

import probe
from probe.model import Hop
from probe.secret import Secret

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
)
_ENCLOSING = frozenset({"POST", "PUT"})
USER_AGENT = f"hopwatch/{probe.__version__}"


def is_printable(text: str) -> bool:
    """Tell whether `text` is printable ASCII without spaces."""
    return all("!" <= character <= "~" for character in text)


def _path(value: str) -> str:
    if not value.startswith("/") or not is_printable(value) or "#" in value:
        raise ValueError(
            f"{value!r} is no path; it begins with / and holds no space, # or non-ASCII character"
        )
    return value


def _header_name(value: str) -> str:
    if not value or set(value) - _TOKEN or value.lower() in _FRAMING:
        raise ValueError(f"{value!r} cannot be set; it is no header name, or hopwatch sets it itself")
    return value


def _header_value(value: str | Secret) -> str | Secret:
    if isinstance(value, str) and not is_printable(value.replace(" ", "")):
        raise ValueError("a header value holds printable ASCII only")
    return value


Path = Annotated[str, AfterValidator(_path)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str | Secret, AfterValidator(_header_value)]


def write_request(
    hop: Hop, *, method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> bytes:
    """Return the bytes of one request that asks the server to close afterwards."""
    lines = {
        "Host": hop.authority,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        # We judge the plain body; a compressed one would have to be unpacked within bounds first.
        "Accept-Encoding": "identity",
    }
    given = {name.lower() for name in headers}
    lines = {name: value for name, value in lines.items() if name.lower() not in given} | dict(headers)
    if body is not None or method in _ENCLOSING:
        # RFC 9110, 8.6: also when it is empty; without it some servers answer 411.
        lines["Content-Length"] = str(len(body or b""))
    lines["Connection"] = "close"
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode("ascii") + b"\r\n" + (body or b"")


def basic_token(user: str, password: str) -> str:
    """Return the credentials of RFC 7617."""
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
