"""What a vantage stands on at one moment, and which of it has gone at another; pure but for the questions to `Links`."""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from probe.abc import Tie
from probe.model import Disturbance, Uplink
from probe.wire.device import way_by
from probe.wire.link import FAR_AWAY, Departure, Link, Links, lack

_LOOPBACK = 1
_VERSION = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """How packets of one family leave; without a route only neighbours are reached."""

    family: int
    index: int
    interface: str
    source: str
    gateway: str | None = None
    is_routed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One interface at that moment: its name, whether it carries, or what it lacks, and the addresses it could send from."""

    lack: str | None
    name: str = ""
    is_there: bool = True
    carries: bool = True
    losses: int | None = None
    addresses: frozenset[str] = frozenset()


_GONE = Sight(lack=None, is_there=False, carries=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """The legs, IPv4 first, what is lacking when there is none, and the interfaces that were looked at, by index.

    The families that are `barred` would leave by an interface that carries nothing; the kernel sends them there all the same.
    """

    legs: tuple[Leg, ...] = ()
    lack: str = ""
    barred: frozenset[int] = frozenset()
    sights: Mapping[int, Sight] = field(default_factory=dict)

    @property
    def is_up(self) -> bool:
        """Whether anything far away can be reached."""
        return any(leg.is_routed for leg in self.legs)

    @property
    def families(self) -> frozenset[int]:
        """The families that can reach something far away."""
        return frozenset(leg.family for leg in self.legs if leg.is_routed)

    @property
    def uplink(self) -> Uplink:
        """The same as records tell it."""
        return Uplink(
            interfaces=tuple(dict.fromkeys(leg.interface for leg in self.legs)),
            addresses=tuple(leg.source for leg in self.legs),
            gateways=tuple(leg.gateway for leg in self.legs if leg.gateway is not None),
        )

    def leg(self, family: int) -> Leg | None:
        """Return the leg of one family."""
        return next((leg for leg in self.legs if leg.family == family), None)


def look(tie: Tie, known: Links, also: Iterable[int] = ()) -> Footing:
    """Return what a vantage stands on now; `also` are interfaces to look at besides."""
    if tie.interface is not None:
        found = _by_interface(tie.interface, known)
    elif tie.address is not None:
        found = _by_address(tie.address, known)
    else:
        found = _by_default(known)
    indices = {*also, *(leg.index for leg in found.legs)}
    return replace(found, sights={index: _sight(index, known) for index in indices})


def _by_interface(name: str, known: Links) -> Footing:
    link = known.link(name)
    addresses = known.addresses(link.index) if link is not None else ()
    lacking = lack(name, link, addresses)
    if link is None or lacking is not None:
        return Footing(lack=lacking or "")
    legs: list[Leg] = []
    for family, destination in FAR_AWAY.items():
        own = [one for one in addresses if one.is_usable and one.family == family]
        way, _ = way_by(link, destination, known)
        if way is not None:
            legs.append(_leg(family, link, way))
        elif own:
            legs.append(
                Leg(family=family, index=link.index, interface=link.name, source=own[0].text, is_routed=False)
            )
    is_routed = any(leg.is_routed for leg in legs)
    return Footing(legs=tuple(legs), lack="" if is_routed else f"no default route leaves by {name}")


def _by_address(address: str, known: Links) -> Footing:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    holder = next((one.index for one in known.addresses() if one.text == address and one.is_usable), None)
    link = None if holder is None else known.link(holder)
    if link is None:
        return Footing(lack=f"no interface has the address {address}")
    if lacking := lack(link.name, link, known.addresses(link.index)):
        return Footing(lack=lacking, barred=frozenset({family}))
    try:
        way = known.departure(FAR_AWAY[socket.AddressFamily(family)], source=address)
    except OSError:
        way = None
    if way is not None and way.index == link.index:
        return Footing(legs=(_leg(family, link, way),))
    leg = Leg(family=family, index=link.index, interface=link.name, source=address, is_routed=False)
    return Footing(legs=(leg,), lack=f"what is sent from {address} does not leave by {link.name}")


def _by_default(known: Links) -> Footing:
    legs: list[Leg] = []
    barred: set[int] = set()
    lacking = "there is no default route"
    for family, destination in FAR_AWAY.items():
        try:
            way = known.departure(destination)
        except OSError:
            continue
        link = known.link(way.index)
        if link is None or way.index == _LOOPBACK:
            continue
        if missing := lack(link.name, link, known.addresses(link.index)):
            lacking = missing
            barred.add(family)
        else:
            legs.append(_leg(family, link, way))
    return Footing(legs=tuple(legs), lack=lacking if barred or not legs else "", barred=frozenset(barred))


def _leg(family: int, link: Link, way: Departure) -> Leg:
    return Leg(family=family, index=link.index, interface=link.name, source=way.source, gateway=way.gateway)


def _sight(index: int, known: Links) -> Sight:
    link = known.link(index)
    if link is None:
        return _GONE
    addresses = known.addresses(index)
    return Sight(
        lack=lack(link.name, link, addresses),
        name=link.name,
        carries=link.is_up and link.has_carrier,
        losses=link.losses,
        addresses=frozenset(one.text for one in addresses if one.is_usable),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """What became of a leg, and one sentence about it."""

    what: Disturbance
    detail: str
    family: int


def broken(leg: Leg, now: Footing) -> Break | None:
    """Tell what became of a leg, or None when it still carries; a source that is no longer preferred still does."""
    sight, other = now.sights.get(leg.index, _GONE), now.leg(leg.family)
    if not sight.is_there:
        return _break(leg, Disturbance.INTERFACE, f"{leg.interface} was removed")
    if not sight.carries:
        return _break(leg, Disturbance.LINK, sight.lack or f"{leg.interface} has no link")
    if leg.source not in sight.addresses:
        return _break(leg, Disturbance.ADDRESS, f"{leg.interface} lost its address {leg.source}")
    if other is None and sight.name != leg.interface:
        return _break(leg, Disturbance.INTERFACE, f"{leg.interface} is called {sight.name} now")
    if other is None or (leg.is_routed and not other.is_routed):
        family = _VERSION[socket.AddressFamily(leg.family)]
        return _break(leg, Disturbance.ROUTE, f"the default route of {family} by {leg.interface} went")
    if other.index != leg.index:
        return _break(
            leg, Disturbance.ROUTE, f"the default route moved from {leg.interface} to {other.interface}"
        )
    if leg.is_routed and other.gateway != leg.gateway:
        return _break(leg, Disturbance.ROUTE, f"{leg.interface} got another gateway, {_shown(other.gateway)}")
    return None


def _break(leg: Leg, what: Disturbance, detail: str) -> Break:
    return Break(what=what, detail=detail, family=leg.family)


def _shown(gateway: str | None) -> str:
    return "none" if gateway is None else str(ipaddress.ip_address(gateway))
