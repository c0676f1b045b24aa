"""Open sockets that leave by one interface, or from one address, or not at all."""

import errno
import ipaddress
import socket
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

from probe.wire.careful import CarefulSocket
from probe.wire.elsewhere import bind_to
from probe.wire.errors import RefusedError
from probe.wire.link import Address, Departure, Link, Links, family_of, lack
from probe.wire.links import links

_FAMILIES: Final = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
# Interfaces that hold addresses and lead nowhere; what is sent from these may leave by any other.
_HOLDERS: Final = ("lo", "dummy")
# The index of the loopback interface, by which this machine reaches itself.
_LOOPBACK: Final = 1


def device_socket(name: str, family: int, kind: int, protocol: int) -> CarefulSocket:
    """Open a socket bound to the interface. Raises RefusedError with what it lacks."""
    with links() as known:
        link = known.link(name)
        addresses = known.addresses(link.index) if link is not None else ()
    trouble = lack(name, link, addresses)
    if link is None or trouble is not None:
        raise RefusedError(errno.ENETDOWN, "local.interface_down", trouble or "")
    if not _usable(addresses, family):
        spoken = _FAMILIES.get(socket.AddressFamily(family), "such")
        raise RefusedError(errno.EAFNOSUPPORT, "local.family_mismatch", f"{name} has no {spoken} address")
    sock = CarefulSocket(family, kind, protocol)
    sock.choose = partial(_source_by, link)
    try:
        _bind(sock, link)
    except OSError:
        sock.close()
        raise
    return sock


def source_socket(address: str, family: int, kind: int, protocol: int) -> CarefulSocket:
    """Open a socket bound to the source address. Raises OSError when it is not there, or of the other family."""
    if family != family_of(address):
        # The vantage has no address of the target's family: that is its own lack, not the hop's fault.
        sentence = f"the vantage's address {address} is of the other family"
        raise RefusedError(errno.EAFNOSUPPORT, "local.family_mismatch", sentence)
    sock = CarefulSocket(family, kind, protocol)
    sock.choose = partial(_source_from, address)
    try:
        sock.take_source(address)
    except OSError as error:
        sock.close()
        if error.errno != errno.EADDRNOTAVAIL:
            raise
        sentence = f"no interface has the address {address}"
        raise RefusedError(errno.EADDRNOTAVAIL, "local.interface_down", sentence) from error
    return sock


def _bind(sock: socket.socket, link: Link) -> None:
    try:
        if sys.platform == "linux":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.name.encode() + b"\0")
        else:
            bind_to(sock, link.index)
    except PermissionError as error:
        sentence = (
            f"this system does not let an ordinary user bind to {link.name}, so nothing was sent; "
            "Linux 5.7 and later do, earlier ones need CAP_NET_RAW"
        )
        raise RefusedError(errno.EPERM, "local.binding_refused", sentence) from error


def _source_by(link: Link, destination: str) -> str:
    with links() as known:
        return source_by(link, destination, known)


def source_by(link: Link, destination: str, known: Links) -> str:
    """Return the interface's own address to leave with. Raises RefusedError when the kernel would not leave by it."""
    way, foreign = way_by(link, destination, known)
    if way is None:
        raise _refusal(link, destination, foreign)
    return way.source


def way_by(link: Link, destination: str, known: Links) -> tuple[Departure | None, Sequence[str]]:
    """Return how to leave by the interface with an address of its own, and the foreign ones that the kernel would take.

    The kernel itself does otherwise without a word. Bound to an interface that no route leaves by, IPv4 takes the whole
    world for neighbours and waits for them in vain; and an interface without an address borrows another one's.
    """
    own = _usable(known.addresses(link.index), family_of(destination))
    foreign: list[str] = []
    if ipaddress.ip_address(destination).is_loopback:
        return None, foreign
    # The usual set-up for several uplinks routes by source address alone, so each is tried.
    for source in (None, *(one.text for one in own)):
        way = _departure(link, destination, source, known)
        if way is not None and any(one.text == way.source for one in own):
            return way, foreign
        foreign += [] if way is None else [way.source]
    return None, foreign


def _departure(link: Link, destination: str, source: str | None, known: Links) -> Departure | None:
    try:
        way = known.departure(destination, link.index, source)
    except OSError:
        return None
    return way if way.index == link.index and (way.is_routed or link.is_direct) else None


def _refusal(link: Link, destination: str, foreign: Sequence[str]) -> RefusedError:
    if ipaddress.ip_address(destination).is_loopback:
        sentence = f"{destination} is this machine itself, which is not reached by {link.name}"
    elif foreign:
        sentence = f"{link.name} would send from {foreign[0] or 'no address'}, which is not its own"
        return RefusedError(errno.EADDRNOTAVAIL, "local.wrong_uplink", sentence)
    else:
        command = "ip -6" if family_of(destination) == socket.AF_INET6 else "ip"
        sentence = (
            f"no route to {destination} leaves by {link.name}; if a gateway is there, "
            f"`{command} route add default via GATEWAY dev {link.name} metric 1000` makes one"
        )
    return RefusedError(errno.ENETUNREACH, "local.no_route", sentence)


def _source_from(address: str, destination: str) -> str:
    try:
        with links() as known:
            return source_from(address, destination, known)
    except RefusedError as error:
        if error.cause == "local.binding_refused":
            return address  # nobody tells, and the address is bound all the same
        raise


def source_from(address: str, destination: str, known: Links) -> str:
    """Return `address` if what is sent from it leaves by the interface that has it. Raises RefusedError otherwise.

    With two default routes and no rule for the address, all leaves by the one with the lower metric.
    """
    holder = next((one.index for one in known.addresses() if one.text == address), None)
    try:
        way = known.departure(destination, source=address)
    except OSError:
        return address  # connecting will say why
    if holder is None or way.index in (holder, _LOOPBACK) or _leads_nowhere(known.link(holder)):
        return address
    mine, other = known.link(holder), known.link(way.index)
    names = [f"interface {way.index}" if one is None else one.name for one in (mine, other)]
    sentence = (
        f"what is sent from {address}, an address of {names[0]}, leaves by {names[1]}; the kind interface binds to "
        f"{names[0]}, or `ip rule add from {address} table N` with a table N of its own routes it"
    )
    raise RefusedError(errno.EADDRNOTAVAIL, "local.wrong_uplink", sentence)


def _leads_nowhere(link: Link | None) -> bool:
    return link is not None and link.name.startswith(_HOLDERS)


def _usable(addresses: Sequence[Address], family: int) -> list[Address]:
    return [one for one in addresses if one.is_usable and one.family == family]
