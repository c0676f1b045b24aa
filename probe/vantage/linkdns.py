"""Find the resolvers of one interface, in the files of whatever set it up; no program is run and nobody is asked.

The first that knows any wins: systemd-resolved, systemd-networkd, NetworkManager, resolvconf, dhcpcd, dhclient, pppd.
Otherwise those of the machine's resolvers that lie in the interface's own subnets, and at last its gateway, which is a
guess: most routers at home answer questions, others do not.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from probe.machine.files import ROOT, names, pairs, text
from probe.machine.nameserver import listed
from probe.resolver import parse_resolver
from probe.wire.link import FAR_AWAY, Address, Links, family_of, is_far
from probe.wire.links import links

_MOST = 6
_BYTES = 1 << 18
# `address`, `address:port`, `[address]:port`, each with %interface and #name behind it (resolved.conf(5), DNS=).
_SERVER = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\](?::(?P<port6>\d+))?|(?P<v4>[0-9.]+)(?::(?P<port4>\d+))?|(?P<bare>[0-9a-fA-F:.]+))"
    r"(?:%[^#]*)?(?:#.*)?"
)
_LEASE = re.compile(r"^lease6?\s*\{(.*?)^\}", re.DOTALL | re.MULTILINE)
_LEASED = re.compile(
    r"^\s*(?:option\s+)?(interface|fixed-address|iaaddr|domain-name-servers|dhcp6\.name-servers)\s+([^;{]+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An interface as the files name it, with what it has now."""

    name: str
    index: int
    addresses: tuple[Address, ...]
    gateways: tuple[str, ...] = ()

    def has(self, texts: Iterable[str]) -> bool:
        """Tell whether one of these is its address now, so that what was said with it still holds."""
        return bool({one.text for one in self.addresses} & set(texts))


def link_resolvers(name: str, root: Path = ROOT) -> tuple[str, ...]:
    """Return the resolvers of an interface as it is now; none when it is not there."""
    with links() as known:
        link = known.link(name)
        if link is None:
            return ()
        addresses = tuple(one for one in known.addresses(link.index) if one.is_usable)
        gateways = tuple(_gateways(known, link.index))
    return resolvers_of(Place(name=link.name, index=link.index, addresses=addresses, gateways=gateways), root)


def resolvers_of(place: Place, root: Path = ROOT) -> tuple[str, ...]:
    """Return the resolvers of an interface by the files below `root`, in the order in which to ask them."""
    families = {one.family for one in place.addresses}
    for said in _said(place, root):
        if found := tuple(dict.fromkeys(_asked(said, families)))[:_MOST]:
            return found
    return ()


def _said(place: Place, root: Path) -> Iterator[Sequence[str]]:
    """Go through what each source says, the one that knows best first."""
    yield _words(text(root, f"run/systemd/resolve/netif/{place.index}", _BYTES), "SERVERS")
    yield _words(text(root, f"run/systemd/netif/links/{place.index}", _BYTES), "DNS")
    yield from _leased_by_networkd(place, root)
    yield _network_manager(place, root)
    for folder in ("run/resolvconf/interface", "run/resolvconf/interfaces", "run/resolvconf/keys"):
        yield _resolv_confs(root, folder, (place.name, f"{place.name}.*"))
    for folder in ("run/dhcpcd/hook-state/resolv.conf", "run/dhcpcd/resolv.conf"):
        yield _resolv_confs(root, folder, (f"{place.name}.*",))
    yield _dhclient(place, root)
    if place.name.startswith("ppp"):
        yield listed(text(root, "etc/ppp/resolv.conf", _BYTES))
    yield _neighbours(place, root)
    yield place.gateways


def _words(content: str, key: str) -> Sequence[str]:
    return pairs(content, "=").get(key, "").split()


def _leased_by_networkd(place: Place, root: Path) -> Iterator[Sequence[str]]:
    lease = text(root, f"run/systemd/netif/leases/{place.index}", _BYTES)
    if place.has(_words(lease, "ADDRESS")):
        yield _words(lease, "DNS")


def _network_manager(place: Place, root: Path) -> Sequence[str]:
    state = text(root, f"run/NetworkManager/devices/{place.index}", _BYTES)
    is_lease_good = place.has(_words(state, "dhcp4.ip_address"))
    return [
        *(_words(state, "dhcp4.domain_name_servers") if is_lease_good else ()),
        *_words(state, "dhcp6.dhcp6_name_servers"),
    ]


def _resolv_confs(root: Path, folder: str, patterns: Iterable[str]) -> Sequence[str]:
    files = [one for pattern in patterns for one in names(root, folder) if fnmatchcase(one, pattern)]
    return [server for one in files for server in listed(text(root, f"{folder}/{one}", _BYTES))]


_DHCLIENT = (
    ("var/lib/dhcp", "dhclient.{}.leases"),
    ("var/lib/dhcp", "dhclient6.{}.leases"),
    ("var/lib/dhcp", "dhclient.leases"),
    ("var/lib/dhclient", "dhclient*-{}.lease"),
    ("var/lib/dhclient", "dhclient.leases"),
    ("var/lib/NetworkManager", "dhclient*-{}.lease"),
)


def _dhclient(place: Place, root: Path) -> Sequence[str]:
    """Return what the newest lease says whose address the interface has; a file holds all leases, the newest last."""
    found: dict[str, Sequence[str]] = {}
    for folder, pattern in _DHCLIENT:
        for file in names(root, folder):
            if fnmatchcase(file, pattern.format(place.name)):
                found |= _leases(place, text(root, f"{folder}/{file}", _BYTES))
    return [one for servers in found.values() for one in servers]


def _leases(place: Place, content: str) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for lease in _LEASE.findall(content):
        said = [(key, value.replace(",", " ").split()) for key, value in _LEASED.findall(lease)]
        addresses = [one for key, words in said if key in ("fixed-address", "iaaddr") for one in words]
        interfaces = [words[0].strip('"') for key, words in said if key == "interface"]
        if place.has(addresses) and interfaces == [place.name]:
            found |= {key: words for key, words in said if key.endswith("name-servers")}
    return found


def _neighbours(place: Place, root: Path) -> Sequence[str]:
    files = ("run/systemd/resolve/resolv.conf", "run/NetworkManager/no-stub-resolv.conf", "etc/resolv.conf")
    servers = [one for file in files for one in listed(text(root, file, _BYTES))]
    parsed = [(one, _parsed(one)) for one in servers]
    return [
        one for one, at in parsed if at is not None and any(at[0] in own.network for own in place.addresses)
    ]


def _asked(said: Iterable[str], families: set[int]) -> Iterator[str]:
    """Spell those that can be asked from there: never a stub on this machine, nor what has meaning on a link alone."""
    for one in said:
        parsed = _parsed(one)
        if parsed is None:
            continue
        address, port = str(parsed[0]), parsed[1]
        if family_of(address) in families and is_far(address):
            yield parse_resolver(f"udp://[{address}]:{port}" if ":" in address else f"udp://{address}:{port}")


def _parsed(server: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int] | None:
    found = _SERVER.fullmatch(server)
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(found["v6"] or found["v4"] or found["bare"])
    except ValueError:
        return None
    port = int(found["port6"] or found["port4"] or 53)
    return (address, port) if 0 < port < 65536 else None


def _gateways(known: Links, index: int) -> Iterator[str]:
    for destination in FAR_AWAY.values():
        try:
            way = known.departure(destination, index)
        except OSError:
            continue
        if way.index == index and way.gateway is not None:
            yield way.gateway
