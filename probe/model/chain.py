"""The chain we look at: vantages, hops, routes, checks, and the series they make. Plain frozen data."""

from dataclasses import dataclass

from probe.model.vocabulary import AddressFamily


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """A network we look from."""

    name: str
    kind: str
    site: str | None = None
    region: str | None = None
    provider: str | None = None
    metered: bool = False
    proxied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """How a hop of the user's own reports (config/relay): what it calls itself, and where the secret of its tokens is kept."""

    name: str | None = None
    audience: str = ""
    secret_file: str | None = None
    secret_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One relay, or the service itself at the chain's end."""

    name: str
    scheme: str
    host: str
    port: int
    region: str | None = None
    provider: str | None = None
    agent: str | None = None
    address: str | None = None
    ca_file: str | None = None
    mine: bool = False
    relay: Relay | None = None

    @property
    def authority(self) -> str:
        """The host and, when it is not the scheme's own, the port (RFC 9110, 4.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"http": 80, "https": 443}.get(self.scheme) else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a request travels: the hops' names, nearest first."""

    name: str
    hops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A named question to a hop, answered by it or through it by a deeper hop of the same route."""

    name: str
    route: str
    hop: str
    through: str
    kind: str
    interval_seconds: float
    timeout_seconds: float
    family: AddressFamily = AddressFamily.ANY
    # Planned beside the user's checks, to show a second family apart: where the hop has none, there is nothing to ask.
    is_twin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Series:
    """The identity of a repeated question: the metric labels, and never an address."""

    vantage: str
    route: str
    hop: str
    check: str

    def __str__(self) -> str:
        """Render as vantage/route/hop/check, for logs and hashing."""
        return f"{self.vantage}/{self.route}/{self.hop}/{self.check}"
