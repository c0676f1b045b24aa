"""Turn a topology into the `ip` and nft commands that build it, and build it."""

from collections.abc import Iterator

from tests.internet import namespace, nobody
from tests.internet.topology import End, Exit, Link, Topology

_MTU = 1500


def cables(topology: Topology, prefix: str, *, with_wires: bool) -> Iterator[str]:
    """Say how to make every link that the box does not carry."""
    for link in topology.links:
        if not (with_wires and link.wire):
            yield cable(link, prefix)


def cable(link: Link, prefix: str) -> str:
    """Say how to make one link as a pair of interfaces."""
    near, far = link.ends
    return (
        f"link add {near.interface} mtu {_MTU} netns {prefix}-{near.node} type veth "
        f"peer name {far.interface} mtu {_MTU} netns {prefix}-{far.node}"
    )


def node(topology: Topology, name: str, *, with_wires: bool) -> Iterator[str]:
    """Say how to set up everything inside one node."""
    yield "link set lo up"
    wired = {end for ends in topology.wires.values() for end in ends} if with_wires else set()
    for mine, _ in topology.ends_of(name):
        if mine in wired:
            yield f"tuntap add dev {mine.interface} mode tun"
            yield f"link set {mine.interface} mtu {_MTU} txqueuelen 1000"
        yield from interface(mine)
    for address in topology.more.get(name, ()):
        family, at_once = ("-6 ", " nodad") if address.version == 6 else ("", "")
        yield f"{family}addr replace {address} dev {topology.end(name)[0].interface}{at_once}"
    for each in topology.hosts.get(name, ()):
        mine, gateway = topology.end(name, each.interface)
        yield from way_out(each, mine, gateway)
    if name in topology.routers:
        yield from _routes(topology, name)


def interface(end: End) -> Iterator[str]:
    """Give an interface its addresses and switch it on."""
    yield f"addr replace {end.ipv4} dev {end.interface}"
    yield f"link set {end.interface} up"
    yield f"-6 addr replace {end.ipv6} dev {end.interface} nodad"


def way_out(way: Exit, mine: End, gateway: End) -> Iterator[str]:
    """Give a host its default routes by one interface, and that interface its own table where it has one."""
    device = mine.interface
    for family, address, via in zip(("", "-6 "), mine.addresses, gateway.addresses, strict=True):
        yield f"{family}route replace default via {via} dev {device} metric {way.metric}"
        if way.table is None:
            continue
        net = mine.ipv6.network if family else mine.ipv4.network
        yield f"{family}route replace default via {via} dev {device} table {way.table}"
        yield f"{family}route replace {net} dev {device} {'' if family else f'src {address}'} table {way.table}"
        yield f"{family}rule add pref {1000 + way.table} fwmark {way.table} table {way.table}"
        yield f"{family}rule add pref {2000 + way.table} from {address} table {way.table}"
        yield f"{family}rule add pref {3000 + way.table} oif {device} table {way.table}"


def _routes(topology: Topology, router: str) -> Iterator[str]:
    ways = topology.next_hops(router)
    for link in topology.links:
        if router in {link.near.node, link.far.node}:
            continue
        # Enter the subnet through whichever of its ends is a router: the far one always is.
        ipv4, ipv6 = ways[link.far.node].addresses
        if link.near.node in topology.routers and ways[link.near.node].node == link.near.node:
            ipv4, ipv6 = ways[link.near.node].addresses
        if not link.is_private:
            yield f"route add {link.near.ipv4.network} via {ipv4}"
        yield f"-6 route add {link.near.ipv6.network} via {ipv6}"
    if above := topology.upstream.get(router):
        ipv4, ipv6 = ways[above].addresses
        yield f"route add default via {ipv4}"
        yield f"-6 route add default via {ipv6}"
    else:
        yield "route add blackhole default"
        yield "-6 route add blackhole default"


def translation(interface: str) -> str:
    """Say how a router hides IPv4 behind the address of one interface."""
    return (
        "table ip nat { chain post { type nat hook postrouting priority 100; "
        f'oifname "{interface}" masquerade; }}; }}\n'
    )


def build(topology: Topology, prefix: str, *, has_wires: bool) -> None:
    """Make the namespaces, their links, addresses and routes."""
    places = {node: f"{prefix}-{node}" for node in topology.nodes}
    namespace.add(places.values())
    for name, place in places.items():
        namespace.tune(place, is_router=name in topology.routers)
        namespace.resolve_by(place, topology.resolver)
    namespace.call(
        "ip", "-batch", "-", stdin="\n".join(cables(topology, prefix, with_wires=has_wires)) + "\n"
    )
    for name, place in places.items():
        namespace.configure(place, node(topology, name, with_wires=has_wires))
    for router, outer in topology.translating.items():
        rules = translation(outer)
        namespace.call(*nobody.as_root(places[router], ("nft", "-f", "-")), stdin=rules)
