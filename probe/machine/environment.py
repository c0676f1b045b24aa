"""Read the proxies that environment variables name; a password in them is never kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from probe.text import clean

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_SCHEMES = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"}
_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A proxy and the variables that name it; `url` is None when what they hold is no address of a proxy."""

    url: str | None
    host: str
    port: int
    has_password: bool
    variables: tuple[str, ...]


def named_proxies(environment: Mapping[str, str]) -> tuple[Named, ...]:
    """Return each proxy once, in the order of the variables, whose names count in small and in capital letters."""
    found: dict[tuple[str | None, str, int, bool], list[str]] = {}
    for variable in _VARIABLES:
        for name in (variable, variable.upper()):
            if value := environment.get(name, "").strip():
                found.setdefault(_parsed(value), []).append(name)
    return tuple(
        Named(url=url, host=host, port=port, has_password=has_password, variables=tuple(variables))
        for (url, host, port, has_password), variables in found.items()
    )


def left_out(environment: Mapping[str, str]) -> str:
    """Return what no_proxy leaves out, or nothing."""
    return clean(environment.get("no_proxy") or environment.get("NO_PROXY") or "", 200)


def _parsed(value: str) -> tuple[str | None, str, int, bool]:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, given = parts.hostname or "", parts.port
    except ValueError:
        return None, "", 0, False
    # A password that holds a slash would pass for a path, and its beginning for a host or port.
    is_clear = "@" not in value.replace(parts.netloc, "", 1) and parts.netloc.count("@") < 2
    if not is_clear or parts.scheme not in _SCHEMES or not _HOST.fullmatch(host):
        return None, "", 0, False
    port = _PORTS.get(parts.scheme, _SOCKS_PORT) if given is None else given
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}", host, port, "@" in parts.netloc
