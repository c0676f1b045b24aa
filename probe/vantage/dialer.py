"""A local vantage at work: the network seam, bound to one way out, with that network's own resolvers."""

import ipaddress
from collections.abc import Iterable, Mapping

from probe.abc import Connection, Datagrams, Dialer, Echoes, Feeler, Network, Proxied, SocketOptions, Way
from probe.machine.fake import RANGES, is_fake
from probe.plan import Plan
from probe.resolver import INTERFACE, SYSTEM, system_resolvers
from probe.vantage.nexthop import gateway
from probe.vantage.tun import is_tuns


class BoundDialer:
    """Opens sockets that leave by one vantage's network and no other."""

    def __init__(
        self,
        network: Network,
        way: Way,
        resolvers: tuple[str, ...],
        resolver_ca_file: str | None = None,
        fake_ips: Iterable[str] = tuple(map(str, RANGES)),
    ) -> None:
        """Use `network` by `way`; the words among the resolvers are looked up anew at each use, because a laptop roams."""
        self._network = network
        self._way = way
        self._resolvers = resolvers
        self.resolver_ca_file = resolver_ca_file
        self._fakes = tuple(map(ipaddress.ip_network, fake_ips))

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that can be dialled now, the preferred first."""
        return self._way.record_types

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers in order, none twice."""
        found: list[str] = []
        for one in self._resolvers:
            found += self.meant(one)
        return tuple(dict.fromkeys(found))

    def meant(self, resolver: str) -> tuple[str, ...]:
        """Return the resolvers that one as configured stands for now."""
        if resolver == SYSTEM:
            return system_resolvers()
        return self._way.own_resolvers() if resolver == INTERFACE else (resolver,)

    @property
    def proxy(self) -> Proxied | None:
        """The proxy that connections have to pass, if there is one."""
        return self._way.proxy

    def is_fake(self, address: str) -> bool:
        """Tell whether an answer was made up by a proxy; behind that proxy it leads somewhere."""
        return self.proxy is None and is_fake(address, self._fakes)

    def leaves_by_tun(self, source: str) -> bool:
        """Tell whether packets from our address `source` go into a device that a program of this machine reads."""
        return is_tuns(source)

    def gateway(self, address: str, source: str | None) -> str | None:
        """Return the first router on the way to `address`; None for a neighbour, or when nobody can tell."""
        return gateway(self._way, address, source)

    def connection(self, address: str, options: SocketOptions) -> Connection:
        """Make a connection bound to this network."""
        return self._network.tcp(address, self._way.open, options)

    def datagrams(self, address: str, port: int) -> Datagrams:
        """Open a datagram socket bound to this network."""
        return self._network.udp(address, port, self._way.open)

    def feeler(self, address: str, port: int, source_port: int | None = None) -> Feeler:
        """Open a datagram socket bound to this network that hears routers."""
        return self._network.feeler(address, port, self._way.open, source_port)

    def echo(self, address: str, *, raw: bool = False) -> Echoes:
        """Open a ping socket bound to this network, or a raw one that lets only echo replies in."""
        return self._network.echo(address, self._way.open, raw=raw)


def dialers(plan: Plan, network: Network) -> Mapping[str, Dialer]:
    """Make the way out of every vantage that the plan probes from, by its name."""
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    return {
        name: BoundDialer(network, one.way, one.resolvers, one.resolver_ca_file, one.fake_ips)
        for name, one in lookings.items()
    }
