"""How a resolver is written: a place with its transport, or a word: `system` for those of this machine, `interface` for those of the vantage.

Nothing is resolved secretly: where a certificate needs a name, the address to dial stands behind a # after it.
"""

import difflib
import errno
import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import dns.exception
import dns.resolver
from pydantic import AfterValidator, WithJsonSchema

from probe.host import is_host
from probe.text import clean

SYSTEM = "system"
# Those of the network that the vantage looks from.
INTERFACE = "interface"
PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}
ENCRYPTED = frozenset({"tls", "https"})
# What public and private servers use, although RFC 8484 leaves it to them.
_USUAL_PATH = "/dns-query"
_FORMS = (
    "system, interface, an address, or one of udp://ADDRESS, tcp://ADDRESS, tls://NAME#ADDRESS,"
    " https://NAME/dns-query#ADDRESS"
)
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE)
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a resolver is and how it is spoken to; `host` is whom its certificate has to be for."""

    scheme: str
    host: str
    address: str
    port: int
    path: str = ""

    @property
    def is_encrypted(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.scheme in ENCRYPTED

    def __str__(self) -> str:
        """Return the one spelling: every port said, the address behind # where a name stands before."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        dialled = "" if self.host == self.address else f"#{self.address}"
        return f"{self.scheme}://{host}:{self.port}{self.path}{dialled}"


def parse_resolver(text: str) -> str:
    """Return the one spelling of a resolver; the words `system` and `interface` stay. Raises ValueError."""
    return text if text in (SYSTEM, INTERFACE) else str(place(text))


@functools.lru_cache(maxsize=256)
def place(text: str) -> Place:
    """Take a resolver's spelling apart, words apart. Raises ValueError, which never repeats a user name or password."""
    parts = _split(text)
    if parts.scheme in ENCRYPTED:
        return _encrypted(text, parts)
    address = _literal(parts.hostname or "")
    if address is None and "//" not in text:
        raise ValueError(_no_resolver(text))
    if address is None:
        raise ValueError(f"a resolver over {parts.scheme} is an address; {_shown(text)} holds none")
    if parts.path or parts.fragment:
        raise ValueError(f"a resolver over {parts.scheme} ends after address and port")
    return Place(scheme=parts.scheme, host=address, address=address, port=_port(parts))


def _split(text: str) -> SplitResult:
    if "@" in text:
        raise ValueError("a resolver has no user name and no password")
    bare = f"[{text}]" if text.count(":") > 1 and "[" not in text and "//" not in text else text
    parts = _parts(bare if "//" in bare else f"udp://{bare}")
    is_readable = clean(text, 1000) == text and " " not in text
    if parts is None or not is_readable or parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(_no_resolver(text))
    if "?" in text or "{" in text:
        raise ValueError(
            "questions are sent by POST, so a resolver's URL holds no query and no template; it ends with its path"
        )
    return parts


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None


def _encrypted(text: str, parts: SplitResult) -> Place:
    host = parts.hostname or ""
    literal, dialled = _literal(host), _literal(parts.fragment)
    if literal is None and not is_host(host):
        raise ValueError(f"{clean(host, 80)!r} is no host name in ASCII and no IP address")
    if literal is None and dialled is None:
        raise ValueError(
            f"{_shown(text)} does not say which address to dial, and nothing is resolved secretly;"
            f" add it as {clean(text.partition('#')[0], 80)}#192.0.2.53"
        )
    if literal is not None and parts.fragment and dialled != literal:
        raise ValueError(f"{literal} is dialled as it is; behind # stands the address of a name")
    address = literal or dialled or ""
    return Place(
        scheme=parts.scheme, host=literal or host, address=address, port=_port(parts), path=_path(parts)
    )


def _path(parts: SplitResult) -> str:
    if parts.scheme != "https":
        if parts.path:
            raise ValueError(f"a resolver over {parts.scheme} has no path")
        return ""
    path = parts.path or _USUAL_PATH
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"{clean(path, 80)!r} is no path; other characters than those of a URL are percent-encoded"
        )
    return path


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _literal(text: str) -> str | None:
    try:
        return None if "%" in text else str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return None


def _no_resolver(text: str) -> str:
    near = difflib.get_close_matches(text, (SYSTEM, INTERFACE), n=1)
    return f"{_shown(text)} is not a resolver; " + (
        f"did you mean {near[0]!r}?" if near else f"write {_FORMS}"
    )


def _shown(text: str) -> str:
    return repr(clean(text, 120))


# As much as a pattern can say of the above, for editors.
_ADDRESS, _TAIL = r"([0-9.]+|\[?[0-9A-Fa-f:.]+\]?)", r"(:[0-9]+)?(/[^\s@?#{}]*)?"
_PATTERN = (
    rf"^(system|interface|((udp|tcp)://)?{_ADDRESS}(:[0-9]+)?"
    rf"|(tls|https)://{_ADDRESS}{_TAIL}(#{_ADDRESS})?|(tls|https)://[^\s@?#{{}}/]+{_TAIL}#{_ADDRESS})$"
)

Resolver = Annotated[
    str,
    AfterValidator(parse_resolver),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _PATTERN,
            "examples": ["https://dns.alidns.com/dns-query#223.5.5.5"],
        }
    ),
]


def system_resolvers() -> tuple[str, ...]:
    """Read the resolvers this machine uses now (resolv.conf(5)); empty when there are none.

    Raises OSError when this program may open no more files, which says nothing about resolvers.
    """
    try:
        nameservers = dns.resolver.Resolver(configure=True).nameservers
    except (dns.exception.DNSException, OSError) as error:
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError) and cause.errno in _NO_MORE_FILES:
            raise cause from None
        return ()
    return tuple(
        parse_resolver(one)
        for one in nameservers
        if isinstance(one, str) and "%" not in one and "//" not in one
    )
