"""Interfaces, addresses and departures by netlink (rtnetlink(7))."""

import errno
import ipaddress
import socket
import struct
from collections.abc import Sequence
from typing import Final

from probe.wire.link import Address, Departure, Link, family_of, is_far
from probe.wire.netlink import (
    GETADDR,
    GETLINK,
    GETROUTE,
    Message,
    Netlink,
    attribute,
    attributes,
    number,
    read_number,
)

# struct ifinfomsg, ifaddrmsg, rtmsg (linux/rtnetlink.h, linux/if_addr.h)
_LINK: Final = struct.Struct("=BxHiII")
_ADDRESS: Final = struct.Struct("=BBBBI")
_ROUTE: Final = struct.Struct("=BBBBBBBBI")
# net/if.h
_UP, _POINT_TO_POINT, _RUNNING, _NO_ARP, _LOWER_UP = 0x1, 0x10, 0x40, 0x80, 0x10000
# IFLA_*; the mask spares us the counters.
_NAME, _EXT_MASK, _CARRIER, _CARRIER_DOWN_COUNT = 3, 29, 33, 48
_SKIP_STATS = 1 << 3
# IFA_* and their flags
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_OPTIMISTIC, _DAD_FAILED, _TENTATIVE = 0x04, 0x08, 0x40
# RTA_*
_DST, _SRC, _OIF, _GATEWAY, _PREFSRC, _TABLE, _VIA = 1, 2, 4, 5, 7, 15, 18
# Tell which table had the route, 0 when none had (RTM_F_LOOKUP_TABLE); for IPv6, which never makes a route up, it is
# always told, and no such question is allowed.
_LOOKUP_TABLE: Final = {socket.AF_INET: 0x1000, socket.AF_INET6: 0}
_LOOPBACK = 1


class KernelLinks:
    """What the kernel says of one network namespace."""

    def __init__(self, netlink: Netlink) -> None:
        """Ask by `netlink`."""
        self._netlink = netlink

    def link(self, which: str | int) -> Link | None:
        """Return an interface by its name or index, or None when there is none."""
        by_name = isinstance(which, str)
        body = _LINK.pack(0, 0, 0 if by_name else int(which), 0, 0) + number(_EXT_MASK, _SKIP_STATS)
        if by_name:
            body += attribute(_NAME, str(which).encode() + b"\0")
        try:
            return read_link(self._netlink.one(GETLINK, body))
        except OSError as error:
            if error.errno == errno.ENODEV:
                return None
            raise

    def addresses(self, index: int | None = None) -> Sequence[Address]:
        """Return the addresses of one interface, or of all, in the kernel's order, IPv4 first."""
        found = map(read_address, self._netlink.dump(GETADDR, _ADDRESS.pack(0, 0, 0, 0, index or 0)))
        return [one for one in found if one is not None and index in (None, one.index)]

    def departure(self, destination: str, index: int = 0, source: str | None = None) -> Departure:
        """Return how the kernel would leave. Raises OSError when it would not."""
        target = ipaddress.ip_address(destination).packed
        origin = b"" if source is None else ipaddress.ip_address(source).packed
        family = family_of(destination)
        lengths = 8 * len(target), 8 * len(origin)
        body = _ROUTE.pack(family, *lengths, 0, 0, 0, 0, 0, _LOOKUP_TABLE[socket.AddressFamily(family)])
        body += attribute(_DST, target)
        if origin:
            body += attribute(_SRC, origin)
        if index:
            body += number(_OIF, index)
        return _departure(self._netlink.one(GETROUTE, body), source)


def link_family(message: Message) -> int:
    """Return who speaks of the interface: AF_UNSPEC for the kernel's core."""
    return message.body[0]


def read_link(message: Message) -> Link:
    """Read a message about an interface."""
    _, _, index, flags, _ = _LINK.unpack_from(message.body)
    given = attributes(message.body, _LINK.size)
    # The carrier is the driver's own word; the flags, which include a Wi-Fi's login, may follow it by a second.
    carrier = read_number(given.get(_CARRIER))
    has_carrier = bool(flags & _LOWER_UP) if carrier is None else bool(carrier)
    return Link(
        name=given.get(_NAME, b"").rstrip(b"\0").decode(errors="replace"),
        index=index,
        is_up=bool(flags & _UP),
        has_carrier=has_carrier and bool(flags & _RUNNING),
        is_direct=bool(flags & (_POINT_TO_POINT | _NO_ARP)),
        losses=read_number(given.get(_CARRIER_DOWN_COUNT)),
    )


def read_address(message: Message) -> Address | None:
    """Read a message about an address; None for one of a family that we do not dial."""
    family, prefix, short_flags, _, index = _ADDRESS.unpack_from(message.body)
    given = attributes(message.body, _ADDRESS.size)
    # On a line between two ends the other attribute is the peer's.
    packed = given.get(_IFA_LOCAL) or given.get(_IFA_ADDRESS)
    if family not in (socket.AF_INET, socket.AF_INET6) or packed is None:
        return None
    flags = read_number(given.get(_IFA_FLAGS)) or short_flags
    text = str(ipaddress.ip_address(packed))
    is_tried = bool(flags & _TENTATIVE) and not flags & _OPTIMISTIC
    return Address(
        text=text,
        prefix=prefix,
        index=index,
        is_usable=is_far(text) and not is_tried and not flags & _DAD_FAILED,
    )


def _departure(message: Message, source: str | None) -> Departure:
    given = attributes(message.body, _ROUTE.size)
    own = given.get(_PREFSRC)
    return Departure(
        index=read_number(given.get(_OIF)) or _LOOPBACK,
        source=source or ("" if own is None else str(ipaddress.ip_address(own))),
        gateway=_gateway(given.get(_GATEWAY), given.get(_VIA)),
        is_routed=bool(read_number(given.get(_TABLE))),
    )


def _gateway(plain: bytes | None, via: bytes | None) -> str | None:
    if plain is not None:
        return str(ipaddress.ip_address(plain))
    # A gateway of the other family: two bytes say which.
    return None if via is None else str(ipaddress.ip_address(via[2:]))
