"""What there is to know of an interface: plain data, and the role of who knows it."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# By these the kernel is asked for the way to everywhere; nothing is sent to them.
FAR_AWAY = {socket.AF_INET: "1.1.1.1", socket.AF_INET6: "2606:4700:4700::1111"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One interface; a `direct` one has one peer or none to look for, so that it needs no gateway.

    `losses` counts how often it has lost its carrier, where the kernel counts.
    """

    name: str
    index: int
    is_up: bool
    has_carrier: bool
    is_direct: bool = False
    losses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of an interface.

    It is `usable` as the source of a packet that leaves the link: not while it is tried out for duplicates, and not one
    of the link alone.
    """

    text: str
    prefix: int
    index: int
    is_usable: bool = True

    @property
    def family(self) -> int:
        """AF_INET or AF_INET6."""
        return family_of(self.text)

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The subnet that it lies in."""
        return ipaddress.ip_network((self.text, self.prefix), strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """How the kernel would leave for a destination: by which interface, with which source, to which neighbour first.

    It is `routed` when a route says so; bound to an interface, IPv4 without any route takes the destination for a
    neighbour.
    """

    index: int
    source: str
    gateway: str | None = None
    is_routed: bool = True


class Links(Protocol):
    """Whoever knows the interfaces of one network namespace."""

    def link(self, which: str | int) -> Link | None:
        """Return an interface by its name or index, or None when there is none."""

    def addresses(self, index: int | None = None) -> Sequence[Address]:
        """Return the addresses of one interface, or of all."""

    def departure(self, destination: str, index: int = 0, source: str | None = None) -> Departure:
        """Return how the kernel would leave, by one interface only or from one source. Raises OSError when it would not."""


def family_of(address: str) -> int:
    """Return AF_INET or AF_INET6."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def is_far(address: str) -> bool:
    """Tell whether an address is of use beyond its link."""
    parsed = ipaddress.ip_address(address)
    return not (parsed.is_link_local or parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast)


def lack(name: str, link: Link | None, addresses: Sequence[Address]) -> str | None:
    """Say what keeps an interface from carrying anything, or None when nothing does."""
    if link is None:
        return f"there is no interface {name}"
    if not link.is_up:
        return f"{name} is switched off"
    if not link.has_carrier:
        return f"{name} has no link"
    return None if any(one.is_usable for one in addresses) else f"{name} has no address"
