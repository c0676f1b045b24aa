"""What may provoke a filter on the way: off unless a vantage allows it, each with what it may do to the user's own line."""

from collections.abc import Iterable, Mapping

from probe.host import is_name

PROVOKING: Mapping[str, str] = {
    "foreign_sni": "a handshake that names a host which is none of yours: a filter that looks for that name may reset or"
    " drop everything between your address and the hop for some minutes",
    "garbage_bytes": "bytes of no protocol as the first ones of a connection: a filter may take them for an encrypted"
    " tunnel and block the hop's address for you, in rare cases for weeks",
    "dead_resolver": "a DNS question to an address that runs no resolver: harmless as a rule, but a network may take it"
    " for a scan",
}


def is_foreign(server_name: str, hosts: Iterable[str]) -> bool:
    """Tell whether a handshake would name a host that is neither one of the hosts nor above or below one of them."""
    if not is_name(server_name):
        return False  # RFC 6066, 3: no address is named, so that nothing can look for it
    name = _plain(server_name)
    return not any(
        name == host or name.endswith(f".{host}") or host.endswith(f".{name}") for host in map(_plain, hosts)
    )


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
