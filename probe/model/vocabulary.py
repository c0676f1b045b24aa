"""The closed sets of words that labels, files and pages share; docs/vocabulary.md explains each."""

from enum import StrEnum


class Phase(StrEnum):
    """A step of a probe, in the order in which the steps happen."""

    RESOLVE = "resolve"
    PROXY = "proxy"
    CONNECT = "connect"
    TLS = "tls"
    PROCESSING = "processing"
    TRANSFER = "transfer"


class Layer(StrEnum):
    """The first word of a cause: where a failure showed."""

    LOCAL = "local"
    DNS = "dns"
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


class MissReason(StrEnum):
    """Why a slot of the schedule has no observation."""

    SUSPENDED = "suspended"
    LATE = "late"
    OVERRUN = "overrun"
    OVERLOAD = "overload"
    SHUTDOWN = "shutdown"
