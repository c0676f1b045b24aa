"""The network this machine would use anyway: its own routing, its own source address."""

import socket
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from probe.resolver import SYSTEM, system_resolvers


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Bind nothing and leave the choice to the kernel."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    usual_resolvers: ClassVar[tuple[str, ...]] = (SYSTEM,)

    @property
    def record_types(self) -> tuple[str, ...]:
        """Both families, IPv4 first."""
        return "A", "AAAA"

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket and leave it as it is."""
        return socket.socket(family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the machine's resolvers."""
        return system_resolvers()
