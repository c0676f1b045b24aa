"""The network this machine would use anyway: its own routing, its own source address."""

import socket
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Bind nothing and leave the choice to the kernel."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @property
    def record_types(self) -> tuple[str, ...]:
        """Both families, IPv4 first."""
        return "A", "AAAA"

    def bind(self, sock: socket.socket) -> None:
        """Leave the socket as it is."""
