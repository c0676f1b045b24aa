"""The network this machine would use anyway: its own routing, its own source address."""

import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.abc import Interceptor
from probe.resolver import SYSTEM, system_resolvers


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Bind nothing and leave the choice to the kernel."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    proxied: Annotated[
        bool,
        Field(
            description="whether a local proxy takes all connections by a device of its own (the TUN mode of Clash or"
            " sing-box): then its time is the phase `proxy`, and its made-up addresses are dialled"
        ),
    ] = False

    usual_resolvers: ClassVar[tuple[str, ...]] = (SYSTEM,)

    @property
    def record_types(self) -> tuple[str, ...]:
        """Both families, IPv4 first."""
        return "A", "AAAA"

    @property
    def proxy(self) -> Interceptor | None:
        """The proxy that takes all connections, if there is one."""
        return Interceptor() if self.proxied else None

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket and leave it as it is."""
        return socket.socket(family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the machine's resolvers."""
        return system_resolvers()
