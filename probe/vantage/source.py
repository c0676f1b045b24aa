"""The network that one of this machine's addresses belongs to."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from probe.abc import Tie
from probe.resolver import SYSTEM, system_resolvers
from probe.wire.device import source_socket
from probe.wire.links import links


def _address(value: str) -> str:
    return str(ipaddress.ip_address(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bind every socket to one source address, so that policy routing sends it out of that address's network."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    address: Annotated[str, AfterValidator(_address), Field(description="an address of this machine")]

    usual_resolvers: ClassVar[tuple[str, ...]] = (SYSTEM,)
    proxy: ClassVar[None] = None

    @property
    def record_types(self) -> tuple[str, ...]:
        """The family of the address, and no other."""
        return ("AAAA",) if ":" in self.address else ("A",)

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket bound to the address. Raises OSError when it is not there, or of the other family."""
        return source_socket(self.address, family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the machine's resolvers: which of them belong to an address, nothing says."""
        return system_resolvers()

    @property
    def tie(self) -> Tie:
        """The interface that has the address."""
        return Tie(address=self.address)

    def lack(self) -> str | None:
        """Say that the address is not there, or None."""
        if ipaddress.ip_address(self.address).is_loopback:
            return None  # all of 127.0.0.0/8 is this machine's, although one address of it is listed
        with links() as known:
            is_there = any(one.text == self.address for one in known.addresses())
        return None if is_there else f"no interface has the address {self.address}"
