"""Do to a host's interface what happens to a laptop's: carrier, address, route and device come and go."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from tests.internet import building, namespace
from tests.internet.topology import Exit, Link


class Uplink:
    """One interface of a host, and the router's end that it faces; every call has taken effect when it returns."""

    def __init__(self, link: Link, way: Exit, prefix: str) -> None:
        """Describe an interface that is up."""
        self._link = link
        self._exit = way
        self._prefix = prefix
        self.mine, self.gateway = link.ends

    @property
    def metric(self) -> int:
        """The metric of its default route: the lowest of the host is where unbound traffic leaves."""
        return self._exit.metric

    @property
    def addresses(self) -> tuple[str, str]:
        """The addresses that it has now, or had last; IPv4 first."""
        return self.mine.addresses

    def down(self) -> None:
        """Switch the interface off: the kernel forgets its routes and its IPv6 addresses."""
        self._here(f"link set {self.mine.interface} down")

    def up(self) -> None:
        """Switch it on again, with addresses and routes as before."""
        self._here(*building.interface(self.mine))
        self._leave_again()
        # Else a neighbour that was asked for in vain meanwhile is asked for again only a second later.
        self._forget_neighbours()

    def lose_carrier(self) -> None:
        """Pull the cable: addresses and routes stay, nothing gets through."""
        self._there(f"link set {self.gateway.interface} down")

    def regain_carrier(self) -> None:
        """Plug the cable in again."""
        self._there(*building.interface(self.gateway))
        self.up()

    def lose_gateway(self) -> None:
        """Let the router stop answering for its address, so that nobody knows the way to it any more."""
        self._there(f"addr flush dev {self.gateway.interface} scope global")
        self._there(f"-6 addr flush dev {self.gateway.interface}")
        self._forget_neighbours()

    def regain_gateway(self) -> None:
        """Let the router answer again."""
        self._there(*building.interface(self.gateway))
        self._forget_neighbours()

    def lose_address(self, family: int | None = None) -> None:
        """Let the lease end: addresses and routes go, of one family or of both, and the interface stays up."""
        device, way = self.mine.interface, self._exit
        lines = [
            f"route del default dev {device} metric {way.metric}",
            f"addr flush dev {device} scope global",
        ]
        families = (family,) if family else (4, 6)
        self._forced(*(line for each in families for line in _for_family(each, lines)))
        self._forget_rules(*families)

    def gain_address(self) -> None:
        """Get the addresses back, and the routes with them."""
        self.up()

    def lose_route(self) -> None:
        """Lose the way beyond the router, as by a renewal that failed half-way; address and gateway stay."""
        way = f"route del default dev {self.mine.interface} metric {self._exit.metric}"
        self._forced(way, f"-6 {way}")
        self._forget_rules()

    def change_address(self, address: str) -> None:
        """Get another address, as by a new lease; the gateway of another IPv4 network is its first address."""
        now = ip_interface(address)
        before = self.mine
        family, old = ("-6 ", before.ipv6) if now.version == 6 else ("", before.ipv4)
        self._forced(
            f"{family}route del default dev {before.interface} metric {self._exit.metric}",
            f"{family}addr del {old} dev {before.interface}",
        )
        self._take(now)
        self.up()

    def unplug(self) -> None:
        """Remove the device, as when a USB modem is pulled out: its number never comes back."""
        self._here(f"link del {self.mine.interface}")
        self._forget_rules()

    def plug(self, address: str | None = None) -> None:
        """Let a new device of the same name appear, with the same addresses, or another one of the same network."""
        if address:
            self._take(ip_interface(address))
        namespace.call("ip", *building.cable(self._link, self._prefix).split())
        self._there(*building.interface(self.gateway))
        self.up()

    def prefer(self, metric: int) -> None:
        """Give its default route another metric."""
        old = f"default dev {self.mine.interface} metric {self._exit.metric}"
        self._exit = replace(self._exit, metric=metric)
        self._leave_again()
        self._forced(f"route del {old}", f"-6 route del {old}")

    def _take(self, now: IPv4Interface | IPv6Interface) -> None:
        if isinstance(now, IPv6Interface):
            self.mine = replace(self.mine, ipv6=now)
            return
        if now.network != self.mine.ipv4.network:
            at_gateway = IPv4Interface(f"{now.network[1]}/{now.network.prefixlen}")
            self._there(f"addr replace {at_gateway} dev {self.gateway.interface}")
            self.gateway = replace(self.gateway, ipv4=at_gateway)
        self.mine = replace(self.mine, ipv4=now)

    def _leave_again(self) -> None:
        self._forget_rules()
        self._here(*building.way_out(self._exit, self.mine, self.gateway))

    def _forget_rules(self, *families: int) -> None:
        if self._exit.table is not None:
            rules = [f"rule del pref {base + self._exit.table}" for base in (1000, 2000, 3000)]
            self._forced(*(line for each in families or (4, 6) for line in _for_family(each, rules)))

    def _forget_neighbours(self) -> None:
        self._forced(f"neigh flush dev {self.mine.interface}", f"-6 neigh flush dev {self.mine.interface}")

    def _here(self, *lines: str) -> None:
        namespace.configure(f"{self._prefix}-{self.mine.node}", lines)

    def _forced(self, *lines: str) -> None:
        namespace.configure(f"{self._prefix}-{self.mine.node}", lines, force=True)

    def _there(self, *lines: str) -> None:
        namespace.configure(f"{self._prefix}-{self.gateway.node}", lines)


def _for_family(family: int, lines: Iterable[str]) -> Iterator[str]:
    return (line if family == 4 else f"-6 {line}" for line in lines)
