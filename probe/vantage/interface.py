"""The network that one interface leads to."""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from probe.abc import Tie
from probe.resolver import INTERFACE
from probe.vantage.linkdns import link_resolvers
from probe.wire.device import device_socket
from probe.wire.errors import RefusedError
from probe.wire.link import Address, Link, lack
from probe.wire.links import links

_RECORD_TYPES = {socket.AF_INET: "A", socket.AF_INET6: "AAAA"}
# net/if.h: IFNAMSIZ, without the byte that ends the name.
_LONGEST_NAME = 15


def _name(value: str) -> str:
    # As dev_valid_name() of the kernel has it.
    if not 0 < len(value.encode()) <= _LONGEST_NAME or value in (".", "..") or set(value) & set("/: \t\n"):
        raise ValueError(f"{value!r} is not the name of an interface; `ip link` lists them")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """Bind every socket to one interface by its name, so that all leaves by it, questions to its resolvers too."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[
        str, AfterValidator(_name), Field(description="the interface's name, as `ip link` lists it")
    ]

    usual_resolvers: ClassVar[tuple[str, ...]] = (INTERFACE,)
    proxy: ClassVar[None] = None

    @property
    def record_types(self) -> tuple[str, ...]:
        """The families that it has an address of now, IPv4 first; both when it carries nothing, so that opening says why."""
        link, addresses = self._now()
        if lack(self.name, link, addresses):
            return tuple(_RECORD_TYPES.values())
        families = {one.family for one in addresses if one.is_usable}
        return tuple(word for family, word in _RECORD_TYPES.items() if family in families)

    @property
    def tie(self) -> Tie:
        """The interface."""
        return Tie(interface=self.name)

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket that leaves by the interface. Raises RefusedError when it is not there, off, or has no address."""
        return device_socket(self.name, family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the resolvers that it was set up with. Raises RefusedError when it is not there, off, or has no address."""
        if lacking := self.lack():
            raise RefusedError(errno.ENETDOWN, "local.interface_down", lacking)
        return link_resolvers(self.name)

    def lack(self) -> str | None:
        """Say what keeps it from working now, or None."""
        return lack(self.name, *self._now())

    def _now(self) -> tuple[Link | None, Sequence[Address]]:
        with links() as known:
            link = known.link(self.name)
            return link, known.addresses(link.index) if link is not None else ()
