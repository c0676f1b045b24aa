"""The network that one of this machine's addresses belongs to."""

import errno
import ipaddress
import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from probe.resolver import SYSTEM, system_resolvers


def _address(value: str) -> str:
    return str(ipaddress.ip_address(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bind every socket to one source address, so that policy routing sends it out of that address's network."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    address: Annotated[str, AfterValidator(_address), Field(description="an address of this machine")]

    usual_resolvers: ClassVar[tuple[str, ...]] = (SYSTEM,)

    @property
    def record_types(self) -> tuple[str, ...]:
        """The family of the address, and no other."""
        return ("AAAA",) if ":" in self.address else ("A",)

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket bound to the address. Raises OSError when it is not there, or of the other family."""
        if family != (socket.AF_INET6 if ":" in self.address else socket.AF_INET):
            # The vantage has no address of the target's family: that is its own lack, not the hop's fault.
            raise OSError(errno.EAFNOSUPPORT, f"the vantage's address {self.address} is of the other family")
        sock = socket.socket(family, kind, protocol)
        try:
            sock.bind((self.address, 0))
        except OSError:
            sock.close()
            raise
        return sock

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the machine's resolvers: which of them belong to an address, nothing says."""
        return system_resolvers()
