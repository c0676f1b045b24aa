"""Faults by which an access router puts itself in the servers' place: TLS interception and captive portal."""

from abc import abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace

from tests.internet.ground import Ground
from tests.internet.kernel_fault import Heal, KernelFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion(KernelFault):
    """Lead connections that a router should forward to a server of its own."""

    @abstractmethod
    def server(self) -> tuple[str, int]:
        """Return which server, and its port."""

    @abstractmethod
    def options(self, ground: Ground) -> dict[str, object]:
        """Return what that server must know."""

    def verdict(self, family: int) -> str:
        """Turn the packet to this router."""
        return f"counter redirect to :{self.server()[1]}"

    def put(self, ground: Ground, number: str) -> Heal:
        """Start the server and divert to it."""
        kind, _ = self.server()
        with ExitStack() as stack:
            ground.hosts.ask("serve", host=self.node, server=kind, options=self.options(ground))
            stack.callback(ground.hosts.ask, "stop", host=self.node, server=kind)
            stack.callback(self.install(ground, number, "nat hook prerouting priority -100"))
            return stack.pop_all().close


@dataclass(frozen=True, slots=True, kw_only=True)
class Interception(Diversion):
    """Show clients a rogue certificate, decrypt, and pass everything on to the true server."""

    ports: tuple[int, ...] = (443,)

    def server(self) -> tuple[str, int]:
        """The interceptor."""
        return "interceptor", 8443

    def options(self, ground: Ground) -> dict[str, object]:
        """It has certificates of the rogue authority for every name."""
        return {"port": 8443, "certificate": ground.certificate(None, "unknown_authority")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal(Diversion):
    """Answer every request with one's own page, or send it there; with TLS too by a certificate nobody trusts."""

    ports: tuple[int, ...] = (80,)
    status: int = 302
    location: str = "http://portal.lab.test/login"
    body: str = "<html>log in</html>"
    with_tls: bool = False

    def server(self) -> tuple[str, int]:
        """The portal."""
        return "portal", 8080

    def options(self, ground: Ground) -> dict[str, object]:
        """It has one answer."""
        headers = {"Location": self.location} if self.location else {}
        return {"port": 8080, "status": self.status, "headers": headers, "body": self.body}

    def put(self, ground: Ground, number: str) -> Heal:
        """Divert the plain ports, and those of TLS if wanted."""
        with ExitStack() as stack:
            stack.callback(super(Portal, self).put(ground, number))
            if self.with_tls:
                secure = _SecurePortal(**{each.name: getattr(self, each.name) for each in fields(self)})
                stack.callback(replace(secure, ports=(443,), with_tls=False).put(ground, f"{number}t"))
            return stack.pop_all().close


@dataclass(frozen=True, slots=True, kw_only=True)
class _SecurePortal(Portal):
    """The same portal where connections begin with TLS."""

    def server(self) -> tuple[str, int]:
        """Another port of the router's."""
        return "portal_tls", 8444

    def options(self, ground: Ground) -> dict[str, object]:
        """It has one certificate for whatever name is asked for."""
        plain = super(_SecurePortal, self).options(ground)
        return {**plain, "port": 8444, "certificate": ground.certificate(None, "unknown_authority")}
