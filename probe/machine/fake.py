"""Know the invented addresses that proxies such as Clash and sing-box answer with instead of a host's own ("fake-IP")."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The ranges that mihomo (fake-ip-range) and sing-box (inet4_range, inet6_range) come with. The first is set aside for
# benchmarks (RFC 2544), the second is the half of the unique local addresses that nobody may assign (RFC 4193, 3.1).
RANGES: tuple[Network, ...] = (ipaddress.ip_network("198.18.0.0/15"), ipaddress.ip_network("fc00::/18"))


def is_fake(address: str, ranges: Iterable[Network] = RANGES) -> bool:
    """Tell whether a host that resolves to `address` was answered for by a local proxy, which invents in `ranges`."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return any((mapped or parsed) in network for network in ranges)
