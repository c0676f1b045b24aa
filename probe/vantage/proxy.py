"""The network behind a proxy: one on this machine, such as Clash, or near it."""

import socket
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, cast

from pydantic import ConfigDict, Field, model_validator

from probe.abc import ProxyServer, Tie
from probe.resolver import SYSTEM, system_resolvers
from probe.secret import Secret
from probe.vantage.proxy_url import RESOLVED_HERE, ProxyUrl, parse_proxy
from probe.wire.device import device_socket
from probe.wire.link import lack
from probe.wire.links import links


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Have a proxy make every connection; what goes by other packets (icmp, trace, dns by UDP) is not asked from here."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: Annotated[
        ProxyUrl,
        Field(
            description="where it listens and what it speaks: SOCKS5, or HTTP with CONNECT; the address to dial stands"
            " behind a # when the host is a name"
        ),
    ]
    user: Annotated[str | None, Field(min_length=1, description="the user name to log in with")] = None
    password: Annotated[Secret | None, Field(description="where the password is kept")] = None
    resolve: Annotated[
        Literal["proxy", "vantage"] | None,
        Field(
            description="who resolves the hops' names: the `proxy`, or the `vantage` by its resolvers, past the proxy"
            " where they are asked by UDP; by default the proxy, and the vantage for socks5://"
        ),
    ] = None

    interface: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=15,
            description="the interface by which the proxy is reached, when it is not on this machine",
        ),
    ] = None

    usual_resolvers: ClassVar[tuple[str, ...]] = (SYSTEM,)

    @model_validator(mode="after")
    def _login_is_whole(self) -> "Proxy":
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` stand together or not at all")
        if self.user is not None and ":" in self.user and self.url.startswith("http"):
            raise ValueError("a user name for HTTP holds no colon (RFC 7617)")
        return self

    @property
    def record_types(self) -> tuple[str, ...]:
        """Both families, IPv4 first: what the proxy can dial, it alone knows."""
        return "A", "AAAA"

    @property
    def proxy(self) -> ProxyServer:
        """The proxy as it is spoken to."""
        scheme, host, address, port = parse_proxy(self.url)
        return ProxyServer(
            protocol="socks5" if scheme.startswith("socks5") else cast(Literal["http", "https"], scheme),
            host=host,
            address=address,
            port=port,
            resolves=scheme != RESOLVED_HERE if self.resolve is None else self.resolve == "proxy",
            login=None if self.user is None else self._login,
        )

    def _login(self) -> tuple[str, str]:
        return self.user or "", self.password.read() if self.password else ""

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket to the proxy, by the interface if one is given. Raises OSError."""
        if self.interface is None:
            return socket.socket(family, kind, protocol)
        return device_socket(self.interface, family, kind, protocol)

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the machine's resolvers."""
        return system_resolvers()

    @property
    def tie(self) -> Tie:
        """The interface by which the proxy is reached; a proxy on this machine lives by the default route."""
        return Tie(interface=self.interface)

    def lack(self) -> str | None:
        """Say what the interface lacks, or None."""
        if self.interface is None:
            return None
        with links() as known:
            link = known.link(self.interface)
            return lack(self.interface, link, known.addresses(link.index) if link is not None else ())
