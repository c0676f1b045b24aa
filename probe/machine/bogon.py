"""Networks in which nobody on the internet is reached: an answer that lies in one leads nowhere, or to oneself."""

import ipaddress
from collections.abc import Iterable

# IANA's registries of special-purpose addresses (RFC 6890), what is not globally reachable; 198.18.0.0/15 is left to
# `fake_ips`, and Teredo (2001::/32) is what forged AAAA records are known to point into.
BOGONS: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            "::/127", "100::/64", "2001::/32", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
        ),
    )
)  # fmt: skip


def is_bogon(address: str, networks: Iterable[str]) -> bool:
    """Tell whether a literal address lies in one of the networks."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return any((mapped or parsed) in ipaddress.ip_network(one) for one in networks)
