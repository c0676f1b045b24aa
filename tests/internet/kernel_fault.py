"""Faults that a node's kernel brings about: its firewall and its queue."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from tests.internet import namespace, nobody
from tests.internet.ground import FaultError, Ground
from tests.internet.profile import Scope

Heal = Callable[[], None]
_ICMP6 = {
    "host-unreachable": "addr-unreachable",
    "net-unreachable": "no-route",
    "port-unreachable": "port-unreachable",
    "admin-prohibited": "admin-prohibited",
}
# Segments with data are those that end a write, and those too long for a mere acknowledgement with all its options.
_SEGMENTS = {
    "syn": ("tcp flags & (syn | ack) == syn",),
    "data": ("tcp flags & psh == psh", "meta l4proto tcp meta length > 100"),
    "any": ("meta l4proto tcp",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelFault(Scope, ABC):
    """Something that the firewall of a node does to packets towards a server.

    A router does it to what it forwards and a host to what reaches it, unless `hook` says otherwise.
    """

    node: str
    hook: Literal["forward", "input", "output"] | None = None
    family: Literal[4, 6] | None = None

    def segments(self) -> tuple[str, ...]:
        """Return which of the packets are meant, in nft's words, each of which is enough."""
        return ("",)

    @abstractmethod
    def verdict(self, family: int) -> str:
        """Return what nft does with a packet of that family."""

    def put(self, ground: Ground, number: str) -> Heal:
        """Bring it into force, in a table of its own."""
        hook = self.hook or ("forward" if self.node in ground.topology.routers else "input")
        return self.install(ground, number, f"filter hook {hook} priority -10")

    def install(self, ground: Ground, number: str, chain: str) -> Heal:
        """Make a table for this fault alone, with one chain."""
        rules = "\n".join(self._rules(ground))
        if not rules:
            raise FaultError("clients, servers and family exclude each other")
        ground.nft(self.node, f"table inet {number} {{\nchain c {{\ntype {chain};\n{rules}\n}}\n}}\n")
        return lambda: ground.nft(self.node, f"delete table inet {number}\n")

    def _rules(self, ground: Ground) -> Iterator[str]:
        clients, to = ground.networks(self.clients, self.node), ground.networks(self.to, self.node)
        for family in (4, 6):
            ends = [_ends(side, found, family) for side, found in (("saddr", clients), ("daddr", to))]
            if self.family in {None, family} and None not in ends:
                only = f"meta nfproto {'ipv6' if family == 6 else 'ipv4'}"
                for segment in self.segments():
                    words = [only, *ends, self._ports(), segment, self.verdict(family)]
                    yield " ".join(word for word in words if word)

    def _ports(self) -> str:
        if self.ports:
            return f"{self.protocol or 'tcp'} dport {{ {', '.join(map(str, self.ports))} }}"
        return f"meta l4proto {self.protocol}" if self.protocol else ""


def _ends(side: str, networks: tuple[str, ...], family: int) -> str | None:
    """Say in nft's words from or to where; None when there is nothing of the family."""
    if not networks:
        return ""
    fitting = [each for each in networks if ip_network(each).version == family]
    return f"{'ip6' if family == 6 else 'ip'} {side} {{ {', '.join(fitting)} }}" if fitting else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(KernelFault):
    """Lose this share of the packets."""

    share: float

    def verdict(self, family: int) -> str:
        """Draw lots for each packet."""
        return f"numgen random mod 10000 < {round(self.share * 10_000)} counter drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackhole(KernelFault):
    """Let every packet vanish, or of TCP only the first ones or those with data."""

    part: Literal["syn", "data"] | None = None

    def segments(self) -> tuple[str, ...]:
        """All, or some of TCP."""
        return _SEGMENTS[self.part] if self.part else ("",)

    def verdict(self, family: int) -> str:
        """Say nothing."""
        return "counter drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(KernelFault):
    """Answer with a TCP reset: to each SYN, to each segment with data, or to any."""

    part: Literal["syn", "data", "any"] = "syn"

    def segments(self) -> tuple[str, ...]:
        """Those of TCP that are meant."""
        return _SEGMENTS[self.part]

    def verdict(self, family: int) -> str:
        """Reject in the server's name."""
        return "counter reject with tcp reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable(KernelFault):
    """Answer with an ICMP error of the node's own."""

    code: Literal["host-unreachable", "net-unreachable", "port-unreachable", "admin-prohibited"] = (
        "host-unreachable"
    )

    def verdict(self, family: int) -> str:
        """Reject in the node's own name."""
        if family == 6:
            return f"counter reject with icmpv6 type {_ICMP6[self.code]}"
        return f"counter reject with icmp type {self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MtuHole(KernelFault):
    """Let packets above a size vanish without the ICMP message that would be due."""

    mtu: int = 1400

    def verdict(self, family: int) -> str:
        """Look at the length."""
        return f"meta length > {self.mtu} counter drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divert(KernelFault):
    """Lead what a router should forward to a port of its own, such as all DNS to the server that it runs."""

    port: int

    def verdict(self, family: int) -> str:
        """Turn the packet to this router."""
        return f"counter redirect to :{self.port}"

    def put(self, ground: Ground, number: str) -> Heal:
        """Divert new connections and flows, before it is decided whether they are forwarded."""
        return self.install(ground, number, "nat hook prerouting priority -100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Let what a node sends by one interface through at this rate, with a queue of so many milliseconds."""

    node: str
    interface: str
    rate_kbit: int = 1000
    burst_kb: int = 16
    queue_ms: int = 200

    def put(self, ground: Ground, number: str) -> Heal:
        """Replace the queue of the interface by a token bucket."""
        place = ground.place(self.node)

        def tc(*words: str) -> None:
            namespace.call(*nobody.as_root(place, ("tc", "qdisc", *words)))

        device = ("dev", self.interface, "root")
        bucket = f"rate {self.rate_kbit}kbit burst {self.burst_kb}kb latency {self.queue_ms}ms"
        tc("replace", *device, "tbf", *bucket.split())
        return lambda: tc("del", *device)
