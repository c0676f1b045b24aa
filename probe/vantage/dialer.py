"""A local vantage at work: the network seam, bound to one way out, with that network's own resolvers."""

from collections.abc import Mapping

from probe.abc import Bind, Connection, Datagrams, Dialer, Network, SocketOptions
from probe.plan import Looking, Plan
from probe.resolver import SYSTEM, system_resolvers


class BoundDialer:
    """Opens sockets that leave by one vantage's network and no other."""

    def __init__(
        self,
        network: Network,
        bind: Bind,
        resolvers: tuple[str, ...],
        record_types: tuple[str, ...] = ("A", "AAAA"),
    ) -> None:
        """Use `network` through `bind`; `system` among the resolvers is read anew at each use."""
        self.record_types = record_types
        self._network = network
        self._bind = bind
        self._resolvers = resolvers

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers in order; those of the system as they are now, because a laptop roams."""
        if SYSTEM not in self._resolvers:
            return self._resolvers
        found: list[str] = []
        for one in self._resolvers:
            found += system_resolvers() if one == SYSTEM else (one,)
        return tuple(dict.fromkeys(found))

    def connection(self, address: str, options: SocketOptions) -> Connection:
        """Make a connection bound to this network."""
        return self._network.tcp(address, self._bind, options)

    def datagrams(self, address: str, port: int) -> Datagrams:
        """Open a datagram socket bound to this network."""
        return self._network.udp(address, port, self._bind)


def dialers(plan: Plan, network: Network) -> Mapping[str, Dialer]:
    """Make the way out of every vantage that the plan probes from, by its name."""
    return {one.looking.vantage.name: _bound(network, one.looking) for one in plan.probes}


def _bound(network: Network, looking: Looking) -> BoundDialer:
    return BoundDialer(network, looking.way.bind, looking.resolvers, looking.way.record_types)
