"""The kinds of text that a configuration holds, each with its rule, its message and its JSON Schema."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import idna
from pydantic import AfterValidator, WithJsonSchema

from probe.host import is_host
from probe.resolver import INTERFACE, SYSTEM, parse_resolver
from probe.text import clean
from probe.units import Duration, Size, parse_duration, parse_size

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_LABEL = re.compile(r"[^\s\[\]>](?:[^\[\]>]{0,61}[^\s\[\]>])?")
_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]*)?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a hop is: scheme, host (punycode when it was international) and port."""

    scheme: str
    host: str
    port: int


def parse_origin(url: str) -> Origin:
    """Take a hop's URL apart. Raises ValueError, which never repeats a user name or password."""
    scheme, host, port, rest = _split(url)
    if rest not in ("", "/"):
        raise ValueError(
            "the URL of a hop ends after host and port; a path belongs to the check, as http: {path: /x}"
        )
    return Origin(scheme, host, port)


def parse_page(url: str) -> tuple[Origin, str]:
    """Take a page's URL apart into where it is and what to ask for there. Raises ValueError as `parse_origin` does."""
    scheme, host, port, rest = _split(url)
    return Origin(scheme, host, port), rest.partition("#")[0] or "/"


def _split(url: str) -> tuple[str, str, int, str]:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _PORTS:
        raise ValueError("a URL begins with http:// or https://")
    # An @ of another width is one after normalisation (UTS 46): before it stands a password, which no message may repeat.
    if "@" in unicodedata.normalize("NFKC", rest):
        raise ValueError("a URL holds no user name or password; name them in the check, by reference")
    if any(character <= " " or character in "\\%" for character in rest.partition("/")[0]):
        raise ValueError("a host holds no space, no backslash and no %")
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else _PORTS[scheme]
    except ValueError as error:
        raise ValueError(f"this is not a URL: {clean(str(error), 100)}") from None
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError("after // stands a host, and a port if need be")
    if port == 0:
        raise ValueError("a port is between 1 and 65535")
    return scheme, parse_host(parts.hostname or ""), port, rest[len(parts.netloc) :]


def parse_host(text: str) -> str:
    """Return a host name in ASCII and small letters, or an IP address. Raises ValueError."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        name = text.removesuffix(".")
        name = (name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")).lower()
    except idna.IDNAError:
        name = ""
    if not is_host(name):
        raise ValueError(f"{clean(text, 80)!r} is no host name and no IP address")
    return name


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{clean(text, 80)!r} is not a name; a name has at most 63 of a-z 0-9 _ . - and begins with a letter or digit"
        )
    return text


def _label(text: str) -> str:
    if not _LABEL.fullmatch(text) or clean(text) != text:
        raise ValueError(
            "a label is one to 63 printable characters without [ ] > and without blanks at its ends"
        )
    return text


def _hop_url(text: str) -> str:
    parse_origin(text)
    return text


def _page_url(text: str) -> str:
    _split(text)
    return text


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.replace("%", " ")))  # no zone: the vantage chooses the link
    except ValueError:
        raise ValueError(
            f"{clean(text, 80)!r} is no IP address, such as 203.0.113.9 or 2001:db8::9"
        ) from None


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"{clean(str(error), 120)}; write a network as 198.51.100.0/24") from None


def _between(low: str, high: str, parse: Callable[[str], float]) -> AfterValidator:
    least, most = parse(low), parse(high)

    def check(value: float) -> float:
        if not least <= value <= most:
            raise ValueError(f"out of range; accepted is {low} to {high}")
        return value

    return AfterValidator(check)


def _dead_resolver(text: str) -> str:
    if not text.startswith("udp://") and "://" in text:
        raise ValueError("a question to nobody goes by UDP; write an address, such as 203.0.113.9")
    return parse_resolver(_address(text) if "://" not in text else text)


def _sure_resolver(text: str) -> str:
    known = parse_resolver(text)
    if known in (SYSTEM, INTERFACE):
        raise ValueError(f"{known!r} means the resolvers that are in doubt; name one by its address")
    return known


_URL_SCHEMA = {"type": "string", "pattern": r"^https?://[^/?#@\s]+/?$", "examples": ["https://example.net"]}

Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})
]
Label = Annotated[
    str, AfterValidator(_label), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"})
]
HopUrl = Annotated[str, AfterValidator(_hop_url), WithJsonSchema(_URL_SCHEMA)]
PageUrl = Annotated[
    str, AfterValidator(_page_url), WithJsonSchema({"type": "string", "pattern": r"^https?://[^@\s]+$"})
]
Address = Annotated[
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "examples": ["203.0.113.9"]})
]
SureResolver = Annotated[
    str,
    AfterValidator(_sure_resolver),
    WithJsonSchema({"type": "string", "examples": ["https://dns.example/dns-query#203.0.113.53"]}),
]
DeadResolver = Annotated[
    str, AfterValidator(_dead_resolver), WithJsonSchema({"type": "string", "examples": ["203.0.113.9"]})
]
Network = Annotated[
    str, AfterValidator(_network), WithJsonSchema({"type": "string", "examples": ["198.51.100.0/24"]})
]
Interval = Annotated[Duration, _between("1s", "1d", parse_duration)]
Timeout = Annotated[Duration, _between("10ms", "10m", parse_duration)]
StoreSize = Annotated[Size, _between("4MiB", "1000GiB", parse_size)]
KeptAge = Annotated[Duration, _between("1m", "3660d", parse_duration)]
CommitInterval = Annotated[Duration, _between("10ms", "1m", parse_duration)]
SHORTEST_INTERVAL = 1.0
