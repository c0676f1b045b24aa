"""Say what one HTTP request holds, and write it as HTTP/1.1; pure, and strict about what a header may hold."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
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
# RFC 9110, 10.1.5: a product, and a comment that tells whoever reads a log what this is.
USER_AGENT = f"hopwatch/{probe.__version__} (network path probe)"


def is_token(text: str) -> bool:
    """Tell whether `text` can be a header's name or a method (RFC 9110, 5.6.2)."""
    return bool(text) and not set(text) - _TOKEN


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
    if not is_token(value) or value.lower() in _FRAMING:
        raise ValueError(f"{value!r} cannot be set; it is no header name, or hopwatch sets it itself")
    return value


def _header_value(value: str | Secret) -> str | Secret:
    if isinstance(value, str) and not is_printable(value.replace(" ", "")):
        raise ValueError("a header value holds printable ASCII only")
    return value


Path = Annotated[str, AfterValidator(_path)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str | Secret, AfterValidator(_header_value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One request: what is asked for, the headers to send, and those that only the check's own hop may see.

    `host` stands in the place of the hop's own name, where it is given.
    """

    method: str
    path: str
    host: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def header_fields(message: Message) -> dict[str, str]:
    """Return the headers that the request has in every version of HTTP, ours first unless they were given."""
    given = {**message.headers, **message.secrets}
    taken = {name.lower() for name in given}
    ours = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        # We judge the plain body; a compressed one would have to be unpacked within bounds first.
        "Accept-Encoding": "identity",
    }
    lines = {name: value for name, value in ours.items() if name.lower() not in taken} | given
    if message.body is not None or message.method in _ENCLOSING:
        # RFC 9110, 8.6: also when it is empty; without it some servers answer 411.
        lines["Content-Length"] = str(len(message.body or b""))
    return lines


def write_request(hop: Hop, message: Message) -> bytes:
    """Return the bytes of one HTTP/1.1 request that asks the server to close afterwards."""
    lines = {"Host": message.host or hop.authority, **header_fields(message), "Connection": "close"}
    head = f"{message.method} {message.path} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode("ascii") + b"\r\n" + (message.body or b"")


def basic_token(user: str, password: str) -> str:
    """Return the credentials of RFC 7617."""
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
