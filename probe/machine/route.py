"""Read this machine's routes: by netlink all tables of them, else what /proc/net shows."""

import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

from probe.machine.fake import RANGES
from probe.machine.files import ROOT, text
from probe.wire.netlink import GETROUTE, Message, Netlink, attributes, read_number

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAIN_TABLE: Final = 254
_LOCAL_TABLE: Final = 255
# A proxy's list of a country's networks has some ten thousand.
_MOST = 50_000
# struct rtmsg, struct rtnexthop; RTA_* and RTN_UNICAST (linux/rtnetlink.h)
_ROUTE: Final = struct.Struct("=BBBBBBBBI")
_NEXT_HOP: Final = struct.Struct("=HBBI")
_DST, _OIF, _MULTIPATH, _TABLE = 1, 4, 9, 15
_UNICAST = 1
# linux/route.h, linux/ipv6_route.h
_UP, _REJECT, _LOCAL = 0x1, 0x200, 0x80000000
# What the global addresses of a family lie in.
_GLOBAL = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("2000::/3")}


class Load(StrEnum):
    """Which destinations an interface carries."""

    EVERYTHING = "everything"
    FAKE = "fake-IP addresses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of a table; None where the table is not known, which is so for IPv6 in /proc."""

    interface: str
    destination: Network
    table: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What an interface carries by the routes of one table."""

    version: int
    table: int | None
    load: Load

    def __str__(self) -> str:
        """Say it in words."""
        place = "" if self.table in (None, MAIN_TABLE) else f" in routing table {self.table}"
        return f"{self.load} of IPv{self.version}{place}"


def routes(root: Path = ROOT) -> tuple[Route, ...]:
    """Return every unicast route; without netlink those of other IPv4 tables than the main one are not to be seen."""
    if root == ROOT:
        try:
            return tuple(islice(_from_netlink(), _MOST))
        except OSError:  # a sandbox, or not Linux
            pass
    return tuple(islice((*_from_proc4(root), *_from_proc6(root)), _MOST))


def carried(found: Iterable[Route], interface: str) -> tuple[Carried, ...]:
    """Tell what an interface carries, table by table.

    A default route may be written as two halves, or as hundreds of networks that leave out a few, so it counts as
    everything when more than half of a family's global addresses are sent by the interface.
    """
    tables: dict[tuple[int, int], list[Network]] = {}
    for one in found:
        if one.interface == interface:
            key = one.destination.version, -1 if one.table is None else one.table
            tables.setdefault(key, []).append(one.destination)
    return tuple(
        Carried(version=version, table=None if table < 0 else table, load=load)
        for (version, table), networks in sorted(tables.items())
        for load in _loads(version, networks)
    )


def _loads(version: int, networks: list[Network]) -> Iterator[Load]:
    if _share(networks, _GLOBAL[version]) > 0.5:
        yield Load.EVERYTHING
        return
    for fake in RANGES:
        # Half of the range is the other default of its users: 198.18.0.0/16.
        if fake.version == version and _share(networks, fake) >= 0.5:
            yield Load.FAKE


def _share(networks: list[Network], whole: Network) -> float:
    """Return which share of `whole` lies in `networks`, which are of its family."""
    inside = [whole if _holds(one, whole) else one for one in networks if one.overlaps(whole)]
    joined = ipaddress.collapse_addresses(inside)  # type: ignore[type-var]  # one family at a time
    return sum(one.num_addresses for one in joined) / whole.num_addresses


def _holds(one: Network, other: Network) -> bool:
    """Tell whether `one`, which overlaps `other`, is no smaller."""
    return one.prefixlen <= other.prefixlen


def _from_netlink() -> Iterator[Route]:
    with Netlink() as netlink:
        names = dict(socket.if_nameindex())
        for family in (socket.AF_INET, socket.AF_INET6):
            for message in netlink.dump(GETROUTE, _ROUTE.pack(family, *[0] * 8)):
                yield from _of_message(message, names)


def _of_message(message: Message, names: dict[int, str]) -> Iterator[Route]:
    family, length, _, _, short_table, _, _, kind, _ = _ROUTE.unpack_from(message.body)
    given = attributes(message.body, _ROUTE.size)
    table = read_number(given.get(_TABLE)) or short_table
    if kind != _UNICAST or table == _LOCAL_TABLE:
        return
    start = given.get(_DST) or bytes(4 if family == socket.AF_INET else 16)
    single = read_number(given.get(_OIF)) or 0
    for index in {single, *_next_hops(given.get(_MULTIPATH, b""))} & names.keys():
        destination = ipaddress.ip_network((start, length))
        yield Route(interface=names[index], destination=destination, table=table)


def _next_hops(raw: bytes) -> Iterator[int]:
    """Yield the interfaces of a route that has several."""
    start = 0
    while start + _NEXT_HOP.size <= len(raw):
        length, _, _, index = _NEXT_HOP.unpack_from(raw, start)
        yield index
        start += max(length + -length % 4, _NEXT_HOP.size)


def _from_proc4(root: Path) -> Iterator[Route]:
    for line in text(root, "proc/net/route").splitlines()[1:]:
        try:
            name, destination, _, flags, _, _, _, mask = line.split()[:8]
            address = ipaddress.IPv4Address(bytes.fromhex(destination)[::-1])
            length = int.from_bytes(bytes.fromhex(mask)).bit_count()
            is_used = int(flags, 16) & _UP and not int(flags, 16) & _REJECT
            network = ipaddress.ip_network((address, length))
        except ValueError:
            continue
        if is_used:
            yield Route(interface=name, destination=network, table=MAIN_TABLE)


def _from_proc6(root: Path) -> Iterator[Route]:
    for line in text(root, "proc/net/ipv6_route").splitlines():
        try:
            destination, length, _, _, _, _, _, _, flags, name = line.split()
            network = ipaddress.ip_network((bytes.fromhex(destination), int(length, 16)))
            is_used = not int(flags, 16) & (_REJECT | _LOCAL) and not network.is_multicast
        except ValueError:
            continue
        if is_used:
            yield Route(interface=name, destination=network, table=None)
