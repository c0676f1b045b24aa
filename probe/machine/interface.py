"""List this machine's interfaces with all that decides whether one can look from them."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from probe.machine.files import ROOT, names, text
from probe.machine.kind import Kind, kind, kind_by_name
from probe.machine.route import Carried, Route, carried, routes
from probe.wire.elsewhere import Elsewhere
from probe.wire.link import Links, is_far
from probe.wire.links import links

_FOLDER = "sys/class/net"
_NEVER = {Kind.LOOPBACK, Kind.TUN}
# Hosts far away, about which the kernel is asked how it would send there; nothing is sent.
_ELSEWHERE = {4: "1.1.1.1", 6: "2606:4700:4700::1111"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface.

    `leads_out` are the IP versions for which a socket bound to it finds a way far away, `chosen` those for which the
    kernel takes it when nobody asks for any, and `carries` what the routing tables send by it.
    """

    name: str
    kind: Kind
    is_up: bool
    has_carrier: bool
    mtu: int | None
    addresses: tuple[str, ...]
    leads_out: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()
    carries: tuple[Carried, ...] = ()

    @property
    def far_addresses(self) -> tuple[str, ...]:
        """The addresses that are of use beyond the link."""
        return tuple(one for one in self.addresses if is_far(one))

    @property
    def is_uplink(self) -> bool:
        """Tell whether it leads to a network that one can look from: a proxy's or VPN's device does not."""
        return self.kind not in _NEVER and self.is_up and self.has_carrier and bool(self.leads_out)


def interfaces(
    root: Path = ROOT, known: Links | None = None, found: Iterable[Route] | None = None
) -> tuple[Interface, ...]:
    """Return every interface in the order of their names; what is `known` of links, and the routes, may be given."""
    tables = routes(root) if found is None else tuple(found)
    with contextlib.ExitStack() as opened:
        kernel = _kernel(opened) if known is None else known
        chosen = {version: _departs(kernel, version) for version in _ELSEWHERE}
        return tuple(_interface(one, root, kernel, tables, chosen) for one in _names(root))


def _kernel(opened: contextlib.ExitStack) -> Links:
    try:
        return opened.enter_context(links())
    except OSError:  # a sandbox without netlink
        return Elsewhere()


def _names(root: Path) -> list[str]:
    if root == ROOT:
        return sorted(name for _, name in socket.if_nameindex())
    # Beside interfaces the folder may hold files, such as bonding_masters.
    return [one for one in names(root, _FOLDER) if names(root, f"{_FOLDER}/{one}")]


def _interface(
    name: str, root: Path, kernel: Links, tables: Iterable[Route], chosen: dict[int, int]
) -> Interface:
    link = kernel.link(name)
    index = 0 if link is None else link.index
    addresses = _addresses(kernel, index) if index else ()
    versions = sorted({ipaddress.ip_address(one).version for one in addresses if is_far(one)})
    return Interface(
        name=name,
        kind=kind(name, root) if _is_told_by_files(name, root, index) else kind_by_name(name),
        is_up=link is not None and link.is_up,
        has_carrier=link is not None and link.has_carrier,
        mtu=_mtu(name, root),
        addresses=addresses,
        leads_out=tuple(one for one in versions if _departs(kernel, one, index, addresses) == index),
        chosen=tuple(one for one, by in chosen.items() if index and by == index),
        carries=carried(tables, name),
    )


def _addresses(kernel: Links, index: int) -> tuple[str, ...]:
    try:
        return tuple(one.text for one in kernel.addresses(index))
    except OSError:  # it went while we looked
        return ()


def _departs(kernel: Links, version: int, index: int = 0, addresses: Iterable[str] = ()) -> int:
    """Return the index of the interface by which the kernel leaves for far away; 0 when it has no route.

    Where a table is chosen by the source address, a route is only found from there.
    """
    own = [one for one in addresses if is_far(one) and ipaddress.ip_address(one).version == version]
    for source in (None, *own):
        with contextlib.suppress(OSError):
            departure = kernel.departure(_ELSEWHERE[version], index, source)
            if departure.is_routed:
                return departure.index
    return 0


def _is_told_by_files(name: str, root: Path, index: int) -> bool:
    """Tell whether the files are about this interface: whoever enters a network namespace may still see the old /sys."""
    return text(root, f"{_FOLDER}/{name}/ifindex", 20).strip() in ("", str(index))


def _mtu(name: str, root: Path) -> int | None:
    if root == ROOT:
        stats = psutil.net_if_stats().get(name)
        return None if stats is None else stats.mtu
    told = text(root, f"{_FOLDER}/{name}/mtu", 20).strip()
    return int(told) if told.isdigit() else None
