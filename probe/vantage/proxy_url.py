"""How a proxy is written: scheme, host and port; the address to dial stands behind a # when the host is a name."""

import ipaddress
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from probe.host import is_host
from probe.text import clean

_SCHEMES = ("socks5h", "socks5", "http", "https")
# What curl and others mean by socks5, as opposed to socks5h: the name is resolved on this side.
RESOLVED_HERE = "socks5"
_LOOPBACK = "127.0.0.1"


def parse_proxy(url: str) -> tuple[str, str, str, int]:
    """Return scheme, host, address and port of a proxy's URL. Raises ValueError, which never repeats a password."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError(f"a proxy's URL begins with one of {', '.join(f'{one}://' for one in _SCHEMES)}")
    # An @ of another width is one after normalisation (UTS 46).
    if "@" in unicodedata.normalize("NFKC", rest):
        raise ValueError(
            "a proxy's URL holds no user name and no password; write user: NAME and password: {file: PATH}"
        )
    form = f"a proxy's URL is its scheme, host and port, as {scheme}://127.0.0.1:7890"
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        raise ValueError(form) from None  # the error's own text may repeat a password in the port's place
    if not port or parts.path not in ("", "/") or parts.query:
        raise ValueError(form)
    host = parts.hostname or ""
    return scheme, host, _dialled(host, parts.fragment, url), port


def _dialled(host: str, given: str, url: str) -> str:
    """Return the address of a proxy: nothing is resolved secretly, because the time of it would be in no phase."""
    literal, behind = _literal(host), _literal(given)
    if literal is None and not is_host(host):
        raise ValueError(f"{clean(host, 80)!r} is no host name in ASCII and no IP address")
    if literal is not None or host == "localhost":
        if given:
            raise ValueError("behind # stands the address of a name; here is none")
        return literal or _LOOPBACK
    if behind is None:
        shown = clean(url.partition("#")[0], 120)
        raise ValueError(f"the name of a proxy is not resolved; add its address, as {shown}#192.168.1.1")
    return behind


def _literal(text: str) -> str | None:
    try:
        return None if "%" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _url(url: str) -> str:
    parse_proxy(url)
    return url


ProxyUrl = Annotated[
    str,
    AfterValidator(_url),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(socks5h|socks5|http|https)://[^\s@/?]+/?(#[0-9A-Fa-f.:]+)?$",
            "examples": ["socks5h://127.0.0.1:7890"],
        }
    ),
]
