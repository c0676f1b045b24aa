"""What faults act upon: the namespaces, the wires and the servers of one running test internet, by plain names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from tests.internet import namespace, nobody
from tests.internet.certificates import Authority
from tests.internet.leaf import FLAVOURS
from tests.internet.line import Program
from tests.internet.topology import Topology
from tests.internet.uplink import Uplink


class FaultError(ValueError):
    """A fault that cannot be injected here, in one sentence."""


@dataclass(slots=True, kw_only=True)
class Ground:
    """One running test internet, as those see it who change it."""

    prefix: str
    topology: Topology
    hosts: Program
    box: Program | None
    authority: Authority
    rogue: Authority
    names: Mapping[str, tuple[str, ...]]
    uplinks: dict[tuple[str, str], Uplink] = field(default_factory=dict)

    def place(self, node: str) -> str:
        """Return the name of the node's namespace."""
        if node not in self.topology.nodes:
            raise FaultError(f"there is no node {node!r}; there are {', '.join(self.topology.nodes)}")
        return f"{self.prefix}-{node}"

    def wires(self) -> Program:
        """Return the box, or say why there is none."""
        if self.box is None:
            raise FaultError('this needs a box on the wires: Internet(wires="tun")')
        return self.box

    def nft(self, node: str, rules: str) -> None:
        """Have the node's firewall read these lines."""
        namespace.call(*nobody.as_root(self.place(node), ("nft", "-f", "-")), stdin=rules)

    def uplink(self, host: str, interface: str) -> Uplink:
        """Return one interface of a host, always the same one."""
        if (host, interface) not in self.uplinks:
            try:
                mine, _ = self.topology.end(host, interface)
                way = next(each for each in self.topology.hosts[host] if each.interface == interface)
            except (KeyError, StopIteration) as error:
                raise FaultError(f"there is no host {host!r} with an interface {interface!r}") from error
            link = next(link for link in self.topology.links if link.near == mine)
            self.uplinks[host, interface] = Uplink(link, way, self.prefix)
        return self.uplinks[host, interface]

    def certificate(
        self, host: str | None, flavour: str, ahead_s: float = 0.0, names: Iterable[str] = ()
    ) -> str:
        """Return the file of a certificate for the host's names, for all, or for others; one more flavour is `unknown_authority`."""
        names = tuple(names) or [
            name for each in ([host] if host else self.names) for name in self.names[each]
        ]
        if flavour == "unknown_authority":
            return self.rogue.issue(names, ahead_s=ahead_s)
        if flavour not in FLAVOURS:
            raise FaultError(f"{flavour!r} is none of {', '.join(FLAVOURS)}, unknown_authority")
        return self.authority.issue(names, flavour, ahead_s)

    def address(self, node: str, interface: str | None = None, family: int = 4) -> str:
        """Return the address of the node on one interface, its first when none is named."""
        mine, _ = self.topology.end(node, interface)
        moved = self.uplinks.get((node, mine.interface))
        return (moved or mine).addresses[family == 6]

    def seen_as(self, vantage: str, interface: str | None = None, family: int = 4) -> str:
        """Return the address that servers see when the host leaves by that interface."""
        router = self.topology.end(vantage, interface)[1].node
        translating = self.topology.translating.get(router)
        if family == 6 or translating is None:
            return self.address(vantage, interface, family)
        return self.address(router, translating)

    def networks(self, names: Iterable[str], at: str = "") -> tuple[str, ...]:
        """Turn nodes (`hk`), interfaces (`v-multi/wlan0`), addresses and networks into networks as they look at a node.

        Beyond its router a vantage has that router's IPv4 address, so those behind the same router look the same.
        """
        return tuple(dict.fromkeys(each for name in names for each in self._networks(name, at)))

    def _networks(self, name: str, at: str) -> Iterator[str]:
        node, _, interface = name.partition("/")
        if node not in self.topology.nodes:
            yield _network(name)
            return
        for mine, gateway in self.topology.ends_of(node):
            if interface in {"", mine.interface}:
                near = at in {node, gateway.node}
                yield from (
                    self.address(node, mine.interface, family)
                    if near
                    else self.seen_as(node, mine.interface, family)
                    for family in (4, 6)
                )
        yield from (str(one.ip) for one in self.topology.more.get(node, ()))


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise FaultError(f"{text!r} is neither a node nor an address nor a network") from error
