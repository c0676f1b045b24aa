"""The network that one of this machine's addresses belongs to."""

import errno
import ipaddress
import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field


def _address(value: str) -> str:
    return str(ipaddress.ip_address(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bind every socket to one source address, so that policy routing sends it out of that address's network."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    address: Annotated[str, AfterValidator(_address), Field(description="an address of this machine")]

    @property
    def record_types(self) -> tuple[str, ...]:
        """The family of the address, and no other."""
        return ("AAAA",) if ":" in self.address else ("A",)

    def bind(self, sock: socket.socket) -> None:
        """Bind to the address. Raises OSError when it is not there, or of the other family."""
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        if sock.family != family:
            # The vantage has no address of the target's family: that is its own lack, not the hop's fault.
            raise OSError(errno.EAFNOSUPPORT, f"the vantage's address {self.address} is of the other family")
        sock.bind((self.address, 0))
