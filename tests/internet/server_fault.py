"""Faults of what stands on a host: its DNS server, its web server, its port, the stand-in that it runs."""

from dataclasses import dataclass
from typing import Literal

from tests.internet.ground import Ground
from tests.internet.kernel_fault import Heal
from tests.internet.rule import DnsRule, DoorRule, WebRule
from tests.internet.wire_fault import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFault(DnsRule):
    """Have a host's DNS server answer otherwise."""

    host: str = "dns"

    def put(self, ground: Ground, number: str) -> Heal:
        """Give the server a rule."""
        return _rule(ground, number, self.host, "dns", plain(self, DnsRule, ground))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFault(WebRule):
    """Have a host's web server answer otherwise."""

    host: str

    def put(self, ground: Ground, number: str) -> Heal:
        """Give the server a rule."""
        return _rule(ground, number, self.host, "web", plain(self, WebRule, ground))


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFault(DoorRule):
    """Have a host treat connections otherwise; `certificate` is one of the flavours of certificates.py."""

    host: str

    def put(self, ground: Ground, number: str) -> Heal:
        """Give the server a rule."""
        rule = plain(self, DoorRule, ground)
        if self.act == "certificate":
            rule["certificate"] = ground.certificate(self.host, self.certificate)
        return _rule(ground, number, self.host, "door", rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Stop a server of a host, so that its ports are closed."""

    host: str
    server: Literal["dns", "web"] = "web"

    def put(self, ground: Ground, number: str) -> Heal:
        """Close its ports; the server keeps its rules."""
        ground.hosts.ask("pause", host=self.host, server=self.server)

        def heal() -> None:
            ground.hosts.ask("resume", host=self.host, server=self.server)

        return heal


@dataclass(frozen=True, slots=True, kw_only=True)
class LabFault:
    """Break the stand-in on a host in one of the ways of `hopwatch lab faults` that act on HTTP."""

    host: str
    fault: str

    def put(self, ground: Ground, number: str) -> Heal:
        """Set the stand-in's switch."""
        ground.hosts.ask("set_fault", host=self.host, fault=self.fault, is_broken=True)

        def heal() -> None:
            ground.hosts.ask("set_fault", host=self.host, fault=self.fault, is_broken=False)

        return heal


def _rule(ground: Ground, number: str, host: str, kind: str, rule: dict[str, object]) -> Heal:
    def tell(what: dict[str, object] | None) -> None:
        ground.hosts.ask("rule", host=host, number=number, kind=kind, rule=what)

    tell(rule)
    return lambda: tell(None)
