"""A network namespace of this machine, such as a VPN or a container has one."""

import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from probe.abc import Tie
from probe.machine.files import ROOT, text
from probe.machine.nameserver import listed, nameservers
from probe.resolver import INTERFACE, parse_resolver
from probe.wire.link import is_far
from probe.wire.links import links
from probe.wire.namespace import socket_in

# Where `ip netns` keeps them, and what belongs to them (ip-netns(8)).
_FOLDER = "/run/netns"
_SETTINGS = "etc/netns"
_RECORD_TYPES = {socket.AF_INET: "A", socket.AF_INET6: "AAAA"}


def _name(value: str) -> str:
    if not value or "\0" in value or value in (".", "..") or ("/" in value and not value.startswith("/")):
        raise ValueError(f"{value!r} is neither the name of a network namespace nor the whole path of one")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Netns:
    """Open every socket in a network namespace; needs root (CAP_SYS_ADMIN)."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        AfterValidator(_name),
        Field(
            description="the namespace's name, as `ip netns` lists it, or its path, such as /proc/1234/ns/net"
        ),
    ]

    usual_resolvers: ClassVar[tuple[str, ...]] = (INTERFACE,)
    proxy: ClassVar[None] = None

    @property
    def path(self) -> str:
        """The file that stands for the namespace."""
        return self.name if "/" in self.name else f"{_FOLDER}/{self.name}"

    @property
    def record_types(self) -> tuple[str, ...]:
        """The families that have an address in there now; both when we cannot look, so that opening says why not."""
        try:
            with links(self.open) as known:
                families = {one.family for one in known.addresses() if one.is_usable}
        except OSError:
            return tuple(_RECORD_TYPES.values())
        return tuple(word for family, word in _RECORD_TYPES.items() if family in families)

    @property
    def tie(self) -> Tie:
        """The default route in there."""
        return Tie(namespace=self.path)

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket in the namespace. Raises RefusedError when it is not there, or when only root may enter."""
        return socket_in(self.path, family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return those of the namespace's own resolv.conf, else the machine's that are not on this machine alone."""
        own = listed(text(ROOT, f"{_SETTINGS}/{self.name.rpartition('/')[2]}/resolv.conf"))
        machine = nameservers(ROOT)
        # What listens on loopback out here is not there inside; what it asks in turn is.
        others = tuple(one for one in (*machine.asked, *machine.behind) if is_far(one))
        return tuple(parse_resolver(one) for one in own or others if "%" not in one)

    def lack(self) -> str | None:
        """Say what keeps it from working now, or None."""
        try:
            self.open(socket.AF_INET, socket.SOCK_DGRAM).close()
        except OSError as error:
            return error.strerror
        return None
