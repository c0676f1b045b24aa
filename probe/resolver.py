"""How a resolver is written: `udp://address:port`, or a word: `system` for those of this machine, `interface` for those of the vantage."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
from pydantic import AfterValidator

SYSTEM = "system"
# Those of the network that the vantage looks from.
INTERFACE = "interface"


def parse_resolver(text: str) -> str:
    """Return `udp://address:port` for an address with or without scheme and port; the words `system` and `interface` stay. Raises ValueError."""
    if text in (SYSTEM, INTERFACE):
        return text
    bare = f"udp://[{text}]" if text.count(":") > 1 and "[" not in text and "//" not in text else text
    parts = urlsplit(bare if "//" in bare else f"udp://{bare}")
    if parts.scheme != "udp" or parts.path or parts.query or parts.username or parts.port == 0:
        raise ValueError(
            f"{text!r} is not a resolver; write system, interface, an address, or udp://address:port"
        )
    address = ipaddress.ip_address(parts.hostname or "")
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"udp://{host}:{parts.port or 53}"


Resolver = Annotated[str, AfterValidator(parse_resolver)]


def system_resolvers() -> tuple[str, ...]:
    """Read the resolvers this machine uses now (resolv.conf(5)); empty when there are none."""
    try:
        nameservers = dns.resolver.Resolver(configure=True).nameservers
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(
        parse_resolver(one)
        for one in nameservers
        if isinstance(one, str) and "%" not in one and "//" not in one
    )
