"""A local vantage at work: the network seam, bound to one way out, with that network's own resolvers."""

from collections.abc import Mapping

from probe.abc import Connection, Datagrams, Dialer, Network, SocketOptions, Way
from probe.plan import Plan
from probe.resolver import INTERFACE, SYSTEM, system_resolvers


class BoundDialer:
    """Opens sockets that leave by one vantage's network and no other."""

    def __init__(self, network: Network, way: Way, resolvers: tuple[str, ...]) -> None:
        """Use `network` by `way`; the words among the resolvers are looked up anew at each use, because a laptop roams."""
        self._network = network
        self._way = way
        self._resolvers = resolvers

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that can be dialled now, the preferred first."""
        return self._way.record_types

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers in order, none twice."""
        found: list[str] = []
        for one in self._resolvers:
            found += self._meant(one)
        return tuple(dict.fromkeys(found))

    def _meant(self, resolver: str) -> tuple[str, ...]:
        if resolver == SYSTEM:
            return system_resolvers()
        return self._way.own_resolvers() if resolver == INTERFACE else (resolver,)

    def connection(self, address: str, options: SocketOptions) -> Connection:
        """Make a connection bound to this network."""
        return self._network.tcp(address, self._way.open, options)

    def datagrams(self, address: str, port: int) -> Datagrams:
        """Open a datagram socket bound to this network."""
        return self._network.udp(address, port, self._way.open)


def dialers(plan: Plan, network: Network) -> Mapping[str, Dialer]:
    """Make the way out of every vantage that the plan probes from, by its name."""
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    return {name: BoundDialer(network, one.way, one.resolvers) for name, one in lookings.items()}
