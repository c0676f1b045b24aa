"""Faults of a vantage's own making: its interfaces, its addresses, its resolver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.internet import namespace
from tests.internet.ground import Ground
from tests.internet.kernel_fault import Heal
from tests.internet.uplink import Uplink

Act = Literal["down", "carrier", "address", "route", "gateway", "unplug", "change_address", "prefer"]
_PAIRS: dict[str, tuple[Callable[[Uplink], None], Callable[[Uplink], None]]] = {
    "down": (Uplink.down, Uplink.up),
    "carrier": (Uplink.lose_carrier, Uplink.regain_carrier),
    "route": (Uplink.lose_route, Uplink.up),
    "gateway": (Uplink.lose_gateway, Uplink.regain_gateway),
    "unplug": (Uplink.unplug, Uplink.plug),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFault:
    """Do to an interface what happens to a laptop's.

    `down` switches it off, `carrier` pulls the cable, `address` ends the lease (of one `family`, or of both), `route` takes
    the default route away, `gateway` lets the router vanish, `unplug` removes the device, `change_address` needs the new `address`, `prefer` the
    new `metric`.
    """

    host: str
    interface: str
    act: Act
    address: str = ""
    metric: int = 10
    family: Literal[4, 6] | None = None

    def put(self, ground: Ground, number: str) -> Heal:
        """Do it; healing undoes it."""
        uplink = ground.uplink(self.host, self.interface)
        if self.act == "address":
            uplink.lose_address(self.family)
            return uplink.gain_address
        if self.act == "change_address":
            before = str(uplink.mine.ipv6 if ":" in self.address else uplink.mine.ipv4)
            uplink.change_address(self.address)
            return lambda: uplink.change_address(before)
        if self.act == "prefer":
            usual = uplink.metric
            uplink.prefer(self.metric)
            return lambda: uplink.prefer(usual)
        do, undo = _PAIRS[self.act]
        do(uplink)
        return lambda: undo(uplink)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverFault:
    """Have a node's programs ask another resolver, or none."""

    host: str
    resolvers: tuple[str, ...]

    def put(self, ground: Ground, number: str) -> Heal:
        """Write the node's resolv.conf, in place, so that running programs see it too."""
        place, usual = ground.place(self.host), ground.topology.resolver
        namespace.resolve_by(place, *self.resolvers)
        return lambda: namespace.resolve_by(place, usual)
