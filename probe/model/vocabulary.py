"""The closed sets of words that labels, files and pages share; docs/vocabulary.md explains each."""

from enum import StrEnum


class Phase(StrEnum):
    """A step of a probe, in the order in which the steps happen."""

    RESOLVE = "resolve"
    PROXY = "proxy"
    CONNECT = "connect"
    ECHO = "echo"
    TLS = "tls"
    PROCESSING = "processing"
    TRANSFER = "transfer"


class Layer(StrEnum):
    """The first word of a cause: where a failure showed."""

    LOCAL = "local"
    DNS = "dns"
    ICMP = "icmp"
    TCP = "tcp"
    TLS = "tls"
    QUIC = "quic"
    HTTP = "http"
    RELAY = "relay"
    VERCEL = "vercel"
    API = "api"
    APP = "app"
    PERF = "perf"
    META = "meta"


# Own trouble: it says nothing about the hop, so it moves no figure of the hop.
OWN_LAYERS = frozenset({Layer.LOCAL, Layer.META})


class Outcome(StrEnum):
    """What a probe came to; `not_measured` is own trouble and never counts against the hop."""

    OK = "ok"
    FAILED = "failed"
    NOT_MEASURED = "not_measured"


class Verdict(StrEnum):
    """What a finding says of the service: works, fails, is kept from us, limps, or nobody can tell."""

    OK = "ok"
    DOWN = "down"
    BLOCKED = "blocked"
    DEGRADED = "degraded"
    INSUFFICIENT = "insufficient"


class Level(StrEnum):
    """How far a finding is borne out: by a rule whose facts were all seen, by facts that had to be left out, by none."""

    SCORED = "scored"
    DISCARDED = "discarded"
    NONE = "none"


class Purpose(StrEnum):
    """Why a probe ran; only `routine` ones fill slots and move user-visible metrics."""

    ROUTINE = "routine"
    ON_DEMAND = "on_demand"
    CONTROL = "control"
    CONFIRM = "confirm"


class Stamp(StrEnum):
    """Whose clock reading ended a timing: the kernel's at arrival, or ours when we got round to it."""

    KERNEL = "kernel"
    USER = "user"


class Taint(StrEnum):
    """Why a sample is kept but left out of the latency figures."""

    LATE = "late"
    SUSPENDED = "suspended"
    CLOCK_STEP = "clock_step"
    PROXIED = "proxied"


class AddressFamily(StrEnum):
    """By which kind of address a hop is reached; `any` is IPv4 where there is a choice."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of records that hold such addresses."""
        return {"ipv4": ("A",), "ipv6": ("AAAA",)}.get(self.value, ("A", "AAAA"))

    @property
    def word(self) -> str:
        """How a sentence calls such an address."""
        return {"ipv4": "IPv4", "ipv6": "IPv6"}.get(self.value, "IP")

    @classmethod
    def of(cls, address: str) -> "AddressFamily":
        """Return the family of a literal address."""
        return cls.IPV6 if ":" in address else cls.IPV4

    def holds(self, address: str) -> bool:
        """Tell whether a literal address is of this family."""
        return self in (AddressFamily.ANY, AddressFamily.of(address))


class MissReason(StrEnum):
    """Why a slot of the schedule has no observation."""

    SUSPENDED = "suspended"
    LATE = "late"
    OVERRUN = "overrun"
    OVERLOAD = "overload"
    COURTESY = "courtesy"
    SHUTDOWN = "shutdown"


class Disturbance(StrEnum):
    """What befell a vantage's network, the slightest first: of several at once the last one here is told."""

    ROUTE = "route"
    ADDRESS = "address"
    LINK = "link"
    INTERFACE = "interface"
