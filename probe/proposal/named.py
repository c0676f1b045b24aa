"""Read the addresses of hops as people paste them, and give each hop a name of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from urllib.parse import quote

from probe.config.fields import Origin, parse_origin
from probe.text import clean

# The names of checks are made of those of hops, and none may have more than 63.
_LONGEST = 50
_NAME = re.compile(rf"[a-z0-9][a-z0-9_.-]{{0,{_LONGEST - 1}}}")
_GIVEN = re.compile(r"([^=:/?#]*)=(.*)", re.DOTALL)
_PORTS = {"http": 80, "https": 443}
# Words in a host that say what it does and not whose it is.
_SAYS_NOTHING = ("www", "api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A hop as its user named it: the address ends after host and port, and a path is one to ask for."""

    name: str
    url: str
    path: str | None = None

    @property
    def origin(self) -> Origin:
        """Scheme, host and port."""
        return parse_origin(self.url)


def named(addresses: Sequence[str]) -> tuple[Named, ...]:
    """Read addresses written `URL` or `NAME=URL`. Raises ValueError, which never repeats a password."""
    read = [_read(one) for one in addresses]
    given_names = [name for name, _, _ in read if name]
    taken = set(given_names)
    if twice := [one for one in taken if given_names.count(one) > 1]:
        raise ValueError(f"two hops are given the name {min(twice)!r}")
    found = []
    for given, url, path in read:
        name = given or next(one for one in _names(parse_origin(url)) if one not in taken)
        taken.add(name)
        found.append(Named(name=name, url=url, path=path))
    return tuple(found)


def beside(page: Named, hops: Iterable[Named]) -> Named:
    """Return the page under the name of the hop that serves it too, or under one that no hop has."""
    hops = tuple(hops)
    for hop in hops:
        if hop.origin == page.origin:
            return replace(page, name=hop.name, url=hop.url)
    taken = {hop.name for hop in hops}
    return replace(page, name=next(one for one in _numbered(page.name) if one not in taken))


def _read(text: str) -> tuple[str, str, str | None]:
    given = _GIVEN.fullmatch(text.strip())
    name, url = (given[1], given[2]) if given else ("", text.strip())
    if given and not _NAME.fullmatch(name):
        raise ValueError(
            f"{clean(name, 60)!r} is not a name; a name has at most {_LONGEST} of a-z 0-9 _ . -"
            " and begins with a letter or digit"
        )
    return name, *_taken_apart(url if "://" in url else f"https://{url}")


def _taken_apart(url: str) -> tuple[str, str | None]:
    """Return the address up to host and port, and the path if there is one."""
    scheme, _, rest = url.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    origin = f"{scheme.lower()}://{authority}"
    parse_origin(origin)
    path = rest[len(authority) :]
    if set("?#") & set(path):
        raise ValueError(
            "leave out what begins with ? or #: a query may hold a key, and is written into no file"
        )
    if clean(path, len(path)) != path:
        raise ValueError("an address holds no control characters")
    return origin, quote(path, safe="/%:@!$&'()*+,;=-._~") if path not in ("", "/") else None


def _names(origin: Origin) -> Iterator[str]:
    """Yield names for a host, the shortest that says something first."""
    host = origin.host
    if ":" in host or host[:1].isdigit():
        short = _plain(host)
    else:
        labels = [one for one in host.split(".") if one not in _SAYS_NOTHING]
        short = _plain((labels or [host])[0])
    yield short
    if origin.port != _PORTS[origin.scheme]:
        yield f"{short[: _LONGEST - 6]}-{origin.port}"
    yield _plain(host)
    yield from _numbered(short)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text)[:_LONGEST].strip("-_") or "hop"


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name[: _LONGEST - 4]}-{number}" for number in count(2))
