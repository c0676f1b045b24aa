"""Interfaces that a test makes up, with a kernel that routes as it is told."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from probe.wire.link import Address, Departure, Link, family_of
from probe.wire.netlink import Opening


@dataclass(slots=True)
class Interfaces:
    """A machine's interfaces by name; change them as you like.

    `routes` are (family, interface, gateway), the preferred first; a host of the same subnet needs none.
    """

    links: dict[str, Link] = field(default_factory=dict)
    held: dict[str, list[Address]] = field(default_factory=dict)
    routes: list[tuple[int, str, str | None]] = field(default_factory=list)
    by_source: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, *addresses: str, index: int | None = None, gateway: str | None = None) -> None:
        """Let an interface be there, up, with these addresses and with default routes if it has a gateway."""
        number = index or len(self.links) + 2
        self.links[name] = Link(name=name, index=number, is_up=True, has_carrier=True)
        self.held[name] = [Address(text=one, prefix=24, index=number) for one in addresses]
        for one in addresses if gateway else ():
            self.routes.append((family_of(one), name, gateway))

    def remove(self, name: str) -> None:
        """Take an interface away, with all that belongs to it."""
        del self.links[name], self.held[name]
        self.routes = [one for one in self.routes if one[1] != name]

    def rename(self, name: str, other: str) -> None:
        """Give an interface another name, with all that belongs to it."""
        self.links[other], self.held[other] = replace(self.links.pop(name), name=other), self.held.pop(name)
        self.routes = [(family, other if one == name else one, way) for family, one, way in self.routes]

    def switch(self, name: str, **changes: bool | int) -> None:
        """Change what an interface is, such as `has_carrier`."""
        self.links[name] = replace(self.links[name], **changes)  # type: ignore[arg-type]

    def link(self, which: str | int) -> Link | None:
        return next((one for one in self.links.values() if which in (one.name, one.index)), None)

    def addresses(self, index: int | None = None) -> Sequence[Address]:
        found = [one for held in self.held.values() for one in held]
        return [one for one in found if index in (None, one.index)]

    def departure(self, destination: str, index: int = 0, source: str | None = None) -> Departure:
        bound = self.link(index) if index else None
        if bound is None and source in self.by_source:
            bound = self.links[self.by_source[source]]
        family = family_of(destination)
        for routed, name, gateway in self.routes:
            link = self.links.get(name)
            if link is not None and link.is_up and routed == family and bound in (None, link):
                return Departure(
                    index=link.index, source=source or self._source(name, family), gateway=gateway
                )
        if bound is None or ":" in destination:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        # As Linux does: the whole world for neighbours.
        own = source or self._source(bound.name, family)
        return Departure(index=bound.index, source=own, is_routed=False)

    def _source(self, name: str, family: int) -> str:
        """Return the interface's first address, or another one's where it has none, as Linux does."""
        own = [one.text for one in self.held[name] if one.family == family]
        others = [one.text for one in self.addresses() if one.family == family]
        return next(iter([*own, *others]), "")

    @contextmanager
    def ask(self, opening: Opening) -> Iterator["Interfaces"]:
        yield self


def laptop() -> Interfaces:
    """Wi-Fi and mobile, each with both families and a default route, Wi-Fi preferred."""
    made = Interfaces()
    made.add("wlan0", "198.18.5.2", "2001:db8:5::2", gateway="198.18.5.1")
    made.add("wwan0", "100.64.6.2", "2001:db8:6::2", gateway="100.64.6.1")
    return made
