"""Say where everything of the lab is: its vantages, hops, addresses, ports and time scales.

Each hop listens on one address per vantage, and the lab's DNS tells every vantage its own, so that a fault, even a
refused connection, can be scoped to one vantage without root.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HOPS = ("hk-vps", "vercel", "direct", "static")
VANTAGES = ("wifi", "mobile", "wired")

# The key that the function sends and the API accepts; it opens nothing outside the lab.
API_KEY = "lab-key"


class LabError(Exception):
    """Something that whoever runs the lab should be told, in one sentence."""


class UnknownNameError(LabError):
    """A fault or vantage that the lab does not have."""


class AddressTakenError(LabError):
    """An address or port that the lab cannot have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The lab's map; a port of 0 means a free one, chosen at start.

    The time-outs are shorter than the defaults (nginx 60 s, a function 300 s), and the function's ends first.
    """

    network: str = "127.0"
    zone: str = "lab.test"
    hop_port: int = 8443
    dns_port: int = 5353
    control_host: str = "127.0.0.1"
    control_port: int = 9861
    function_key: str | None = API_KEY
    upstream_timeout_seconds: float = 3.0
    function_limit_seconds: float = 2.5
    slow_seconds: float = 2.0
    forged_lead_seconds: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what would leave the loopback or could not be an address."""
        if not re.fullmatch(r"127\.(25[0-5]|2[0-4]\d|1?\d?\d)", self.network):
            raise LabError(f"the lab's network is {self.network!r}; allowed is 127.0 to 127.255")
        if not re.fullmatch(r"127(\.\d{1,3}){3}", self.control_host):
            raise LabError(
                f"the lab's control address is {self.control_host!r}; only loopback, 127.x.x.x, is allowed"
            )
        for port in (self.hop_port, self.dns_port, self.control_port):
            if not 0 <= port <= 65535:
                raise LabError(f"{port} is not a port; allowed is 0 to 65535")

    def name(self, hop: str) -> str:
        """Return the hop's DNS name."""
        return f"{hop}.{self.zone}"

    def address(self, hop: str, vantage: str | None = None) -> str:
        """Return where the hop listens for a vantage, or for anybody else."""
        column = 0 if vantage is None else VANTAGES.index(vantage) + 1
        return f"{self.network}.{11 + HOPS.index(hop)}.{10 + column}"

    @property
    def sources(self) -> Mapping[str, str]:
        """The vantages' source addresses, by name."""
        return {name: f"{self.network}.2.{number}" for number, name in enumerate(VANTAGES, start=1)}

    def vantage_of(self, source: str) -> str | None:
        """Return the vantage that a source address is, or None for anybody else."""
        return next((name for name, address in self.sources.items() if address == source), None)

    @property
    def dns_address(self) -> str:
        """Where the DNS server listens."""
        return f"{self.network}.2.53"

    @property
    def forged_address(self) -> str:
        """What a forged answer points to: nobody listens there."""
        return f"{self.network}.66.66"
