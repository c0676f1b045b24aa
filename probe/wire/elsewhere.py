"""Interfaces and departures where there is no netlink (macOS): psutil's lists, and the kernel's own choice of a source."""

import errno
import os
import socket
from collections.abc import Sequence

import psutil

from probe.wire.link import Address, Departure, Link, family_of, is_far

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
# netinet/in.h and netinet6/in6.h of macOS; elsewhere nobody has these.
_BOUND_IF = {socket.AF_INET: (socket.IPPROTO_IP, 25), socket.AF_INET6: (socket.IPPROTO_IPV6, 125)}
_ANY_PORT = 53


class Elsewhere:
    """What psutil says; gateways and tables are not told, so every departure counts as routed."""

    def link(self, which: str | int) -> Link | None:
        """Return an interface by its name or index, or None when there is none."""
        try:
            name = which if isinstance(which, str) else socket.if_indextoname(which)
            index = socket.if_nametoindex(name)
        except OSError:
            return None
        state = psutil.net_if_stats().get(name)
        is_up = state is not None and state.isup
        flags = "" if state is None else state.flags
        is_running = is_up and (not flags or "running" in flags)
        return Link(
            name=name, index=index, is_up=is_up, has_carrier=is_running, is_direct="pointopoint" in flags
        )

    def addresses(self, index: int | None = None) -> Sequence[Address]:
        """Return the addresses of one interface, or of all."""
        found: list[Address] = []
        for name, given in psutil.net_if_addrs().items():
            number = _index(name)
            if index in (None, number):
                found += [
                    _address(one.address, one.netmask, number) for one in given if one.family in _FAMILIES
                ]
        return sorted(found, key=lambda one: one.family)

    def departure(self, destination: str, index: int = 0, source: str | None = None) -> Departure:
        """Connect a datagram socket, which sends nothing, and see what it was bound to (connect(2))."""
        family = family_of(destination)
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            if index:
                bind_to(sock, index)
            if source is not None:
                sock.bind((source, 0))
            sock.connect((destination, _ANY_PORT))
            own = str(sock.getsockname()[0]).partition("%")[0]
        holder = next((one.index for one in self.addresses() if one.text == own), 0)
        if not holder:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        return Departure(index=index or holder, source=own)


def bind_to(sock: socket.socket, index: int) -> None:
    """Bind a socket to an interface, as macOS does it. Raises OSError."""
    level, option = _BOUND_IF[socket.AddressFamily(sock.family)]
    sock.setsockopt(level, option, index)


def _index(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def _address(text: str, netmask: str | None, index: int) -> Address:
    bare = text.partition("%")[0]
    bits = 32 if family_of(bare) == socket.AF_INET else 128
    mask = 0 if netmask is None else int.from_bytes(socket.inet_pton(family_of(netmask), netmask))
    return Address(text=bare, prefix=mask.bit_count() or bits, index=index, is_usable=is_far(bare))
