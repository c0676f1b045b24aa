"""What a box on the border looks for and does about it, as plain data."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CensorRule:
    """Do something to connections or queries by the name they give away, or by the server's address.

    TCP: `reset` forges RSTs to both sides, as a box beside the path does, and lets the packet pass unless `is_inline`;
    `drop` lets the whole connection vanish; `redirect` (of `host` only) answers in the server's stead. For
    `residual_s` afterwards every connection between the same client, server and port is treated by
    `residual_action`. DNS: `forge` answers at once and lets the query pass unless `is_inline`; `drop` swallows it.
    """

    by: Literal["sni", "host", "dns", "address"]
    action: Literal["reset", "drop", "redirect", "forge"]
    names: tuple[str, ...] = ("*",)
    clients: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    share: float = 1.0
    is_inline: bool = False
    residual_s: float = 0.0
    residual_action: Literal["reset", "drop"] = "reset"
    copies: int = 3
    reset_side: Literal["both", "client", "server"] = "both"
    injected_ttl: int = 64
    answers: tuple[str, ...] = ("A 198.51.100.66", "AAAA 2001:db8:bad::1")
    rcode: str = "NOERROR"
    answer_ttl: int = 90
    forge_after_ms: float = 0.0
    location: str = ""
    body: str = ""

    def is_for(self, client: str, server: str, port: int) -> bool:
        """Say whether the rule is about traffic between these."""
        return (
            (not self.ports or port in self.ports)
            and _lies_in(client, self.clients)
            and _lies_in(server, self.to)
        )

    def is_about(self, name: str) -> bool:
        """Say whether the rule is about that name."""
        return any(fnmatchcase(name, pattern) for pattern in self.names)


def _lies_in(address: str, networks: tuple[str, ...]) -> bool:
    return not networks or any(ip_address(address) in ip_network(each) for each in networks)
