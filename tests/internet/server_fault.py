"""Faults of what stands on a host: its DNS server, its web server, its port, the stand-in that it runs."""

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from tests.internet.ground import Ground
from tests.internet.kernel_fault import Heal
from tests.internet.leaf import FLAVOURS
from tests.internet.records import check, check_rcode
from tests.internet.rule import DnsRule, DoorRule, WebRule
from tests.internet.wire_fault import plain

# For a good one, one with such a key is taken.
_OF_RSA = ("good", *(name for name, leaf in FLAVOURS.items() if leaf.key.startswith("rsa")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFault(DnsRule):
    """Have a host's DNS server answer otherwise."""

    host: str = "dns"
    picks: Annotated[int, Field(ge=0)] = 0

    def __post_init__(self) -> None:
        """Refuse what is no record, and no code of an answer."""
        check((*(self.answers or ()), *self.forged))
        check_rcode(self.rcode)

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
    """Have a host treat connections otherwise; certificates are flavours of leaf.py, for the host's names or these."""

    host: str

    def __post_init__(self) -> None:
        """Refuse a certificate that cannot go with a Diffie-Hellman group of its own."""
        if self.has_weak_group and self.certificate not in _OF_RSA:
            raise ValueError(f"a weak group needs an RSA certificate: {', '.join(_OF_RSA)}")

    def put(self, ground: Ground, number: str) -> Heal:
        """Give the server a rule."""
        rule = plain(self, DoorRule, ground)
        names = self.names or ground.names.get(self.host, ())
        if self.act == "certificate":
            flavour = "rsa2048" if self.has_weak_group and self.certificate == "good" else self.certificate
            rule["certificate"] = ground.certificate(self.host, flavour, names=names)
        if self.default_certificate:
            rule["default_certificate"] = ground.certificate(self.host, self.default_certificate, names=names)
        return _rule(ground, number, self.host, "door", {**rule, "names": names})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFault:
    """Let the servers of these hosts, or of all, live so many seconds ahead, in their dates and their certificates.

    When all of them do, it is the one who asks whose clock is wrong.
    """

    ahead_s: float
    hosts: tuple[str, ...] = ()

    def put(self, ground: Ground, number: str) -> Heal:
        """Set the clocks, and show certificates that are issued at that time."""
        with ExitStack() as stack:
            for host in self.hosts or tuple(ground.names):
                certificate = ground.certificate(host, "good", self.ahead_s)
                rule = DoorRule(act="certificate", certificate=certificate)
                stack.callback(_rule(ground, number, host, "door", asdict(rule)))
                ground.hosts.ask("set_clock", host=host, ahead_s=self.ahead_s)
                stack.callback(ground.hosts.ask, "set_clock", host=host, ahead_s=0.0)
            return stack.pop_all().close


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
