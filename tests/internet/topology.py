"""Say which nodes there are and how they are linked; pure.

Only prefixes for benchmarks, documentation and carriers' NAT are used, and no node has a link to the machine's own
network, so nothing sent inside can leave it.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One interface of a node, with its addresses."""

    node: str
    interface: str
    ipv4: IPv4Interface
    ipv6: IPv6Interface

    @property
    def addresses(self) -> tuple[str, str]:
        """Its addresses without the prefix length, IPv4 first."""
        return str(self.ipv4.ip), str(self.ipv6.ip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cable between two nodes, of which the far one is a router.

    A link that is named as a wire can be carried by the box. Outside a private one nobody has a route to its IPv4.
    """

    near: End
    far: End
    wire: str | None = None
    is_private: bool = False

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends, the near one first."""
        return self.near, self.far


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a host leaves by one of its interfaces: the metric of its default route, and its own routing table if any."""

    interface: str
    metric: int
    table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Routers, hosts with their exits, the links, and which routers translate addresses on which interface."""

    routers: tuple[str, ...]
    hosts: Mapping[str, tuple[Exit, ...]]
    links: tuple[Link, ...]
    upstream: Mapping[str, str]
    translating: Mapping[str, str]
    resolver: str
    # Hosts with several addresses of a family, as those of a large provider have: the others, on their first interface.
    more: Mapping[str, tuple[IPv4Interface | IPv6Interface, ...]] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node, routers first."""
        return *self.routers, *self.hosts

    @property
    def wires(self) -> Mapping[str, tuple[End, End]]:
        """Both ends of every link that the box can carry, the one towards the users first."""
        return {
            # Of a server's link the router's end is nearer to the users.
            link.wire: (link.far, link.near) if link.near.node in self.hosts else (link.near, link.far)
            for link in self.links
            if link.wire
        }

    def ends_of(self, node: str) -> Iterator[tuple[End, End]]:
        """Go through the node's interfaces, each with the end that it faces."""
        for link in self.links:
            if link.near.node == node:
                yield link.near, link.far
            if link.far.node == node:
                yield link.far, link.near

    def end(self, node: str, interface: str | None = None) -> tuple[End, End]:
        """Return one interface of the node, its first when none is named, and the end that it faces."""
        for mine, other in self.ends_of(node):
            if interface in {None, mine.interface}:
                return mine, other
        raise KeyError(f"the test internet has no {node} {interface or ''}".rstrip())

    def addresses(self, node: str) -> tuple[str, ...]:
        """Return every address of the node's first interface, IPv4 first."""
        mine, _ = self.end(node)
        every = (mine.ipv4, mine.ipv6, *self.more.get(node, ()))
        return tuple(str(one.ip) for one in sorted(every, key=lambda one: one.version))

    def next_hops(self, router: str) -> Mapping[str, End]:
        """Return for every node that can be reached the neighbouring end through which the shortest way goes."""
        found: dict[str, End] = {}
        waiting, seen = deque([router]), {router}
        while waiting:
            node = waiting.popleft()
            for _, other in self.ends_of(node):
                if other.node in seen:
                    continue
                seen.add(other.node)
                found[other.node] = found.get(node, other)
                if other.node in self.routers:
                    waiting.append(other.node)
        return found


def _end(text: str, ipv6: str) -> End:
    node, interface, ipv4 = text.split()
    return End(node=node, interface=interface, ipv4=IPv4Interface(ipv4), ipv6=IPv6Interface(ipv6))


def _links(*rows: tuple[str, str, str]) -> tuple[Link, ...]:
    """Give every link an IPv6 prefix of its own; a `private` kind is behind NAT, any other names the wire."""
    return tuple(
        Link(
            near=_end(near, f"2001:db8:{number:x}::2/64"),
            far=_end(far, f"2001:db8:{number:x}::1/64"),
            wire=None if kind in {"", "private"} else kind,
            is_private=kind == "private",
        )
        for number, (near, far, kind) in enumerate(rows, start=1)
    )


_ONE_EXIT = {
    host: (Exit(interface=interface, metric=100),)
    for host, interface in {
        "v-wifi": "wlan0",
        "v-mobile": "wwan0",
        **dict.fromkeys(("dns", "cn", "static", "hk", "vercel", "origin", "pubdns", "abroad"), "eth0"),
    }.items()
}

CHAIN = Topology(
    routers=("r-wifi", "r-mobile", "t-cn", "t-intl"),
    hosts=MappingProxyType(
        {
            **_ONE_EXIT,
            # With a routing table for each interface, as an administrator sets it up.
            "v-multi": (
                Exit(interface="wlan0", metric=100, table=101),
                Exit(interface="wwan0", metric=101, table=102),
            ),
            # Two default routes and nothing more, as a laptop has it.
            "v-laptop": (Exit(interface="wlan0", metric=600), Exit(interface="wwan0", metric=700)),
        }
    ),
    links=_links(
        ("v-wifi wlan0 198.18.1.2/24", "r-wifi lan0 198.18.1.1/24", "private"),
        ("v-mobile wwan0 100.64.2.2/24", "r-mobile lan0 100.64.2.1/24", "private"),
        ("v-multi wlan0 198.18.3.2/24", "r-wifi lan1 198.18.3.1/24", "private"),
        ("v-multi wwan0 100.64.4.2/24", "r-mobile lan1 100.64.4.1/24", "private"),
        ("v-laptop wlan0 198.18.5.2/24", "r-wifi lan2 198.18.5.1/24", "private"),
        ("v-laptop wwan0 100.64.6.2/24", "r-mobile lan2 100.64.6.1/24", "private"),
        ("r-wifi wan0 198.18.11.2/30", "t-cn p-wifi 198.18.11.1/30", "wifi"),
        ("r-mobile wan0 198.18.12.2/30", "t-cn p-mobile 198.18.12.1/30", "mobile"),
        ("t-cn p-intl 198.18.20.1/30", "t-intl p-cn 198.18.20.2/30", "border"),
        ("dns eth0 198.51.100.53/26", "t-cn p-dns 198.51.100.1/26", ""),
        ("cn eth0 198.51.100.130/28", "t-cn p-cn-site 198.51.100.129/28", ""),
        ("static eth0 203.0.113.18/28", "t-intl p-static 203.0.113.17/28", "static"),
        ("hk eth0 203.0.113.34/28", "t-intl p-hk 203.0.113.33/28", "hk"),
        ("vercel eth0 203.0.113.50/28", "t-intl p-vercel 203.0.113.49/28", "vercel"),
        ("origin eth0 203.0.113.66/28", "t-intl p-origin 203.0.113.65/28", "origin"),
        ("pubdns eth0 203.0.113.82/28", "t-intl p-pubdns 203.0.113.81/28", ""),
        ("abroad eth0 203.0.113.98/28", "t-intl p-abroad 203.0.113.97/28", ""),
    ),
    # Where a router sends what it has no route for; the last of them lets it vanish.
    upstream=MappingProxyType({"r-wifi": "t-cn", "r-mobile": "t-cn", "t-cn": "t-intl"}),
    translating=MappingProxyType({"r-wifi": "wan0", "r-mobile": "wan0"}),
    resolver="198.51.100.53",
    more=MappingProxyType(
        {
            "static": (
                ip_interface("203.0.113.19/28"),
                ip_interface("203.0.113.20/28"),
                ip_interface("2001:db8:c::3/64"),
                ip_interface("2001:db8:c::4/64"),
            )
        }
    ),
)
