"""A notice: one change of state of one subject, with all that a message says of it; plain frozen data."""

from dataclasses import dataclass
from enum import StrEnum

from probe.model import Identity, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Now, by the clock that the schedule goes by and by the one that labels."""

    boot_ns: int
    wall_ns: int


class Kind(StrEnum):
    """What a notice may be about."""

    ROUTE = "route"
    LEG = "leg"
    HOP = "hop"
    KEY = "key"
    VANTAGE = "vantage"
    STORE = "store"
    TEST = "test"


class Status(StrEnum):
    """Whether trouble begins or is over, in the words of Alertmanager."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How much it matters: what is critical goes out at any hour."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The higher the worse."""
        return tuple(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Subject:
    """What is followed: a route for its users, a leg of it, a hop by itself, a key, a vantage's own network, the store."""

    kind: Kind
    name: str = ""
    hop: str = ""
    through: str = ""

    @property
    def key(self) -> str:
        """The one spelling that stays the same for as long as the subject does."""
        return "/".join(part for part in (self.kind.value, self.name, self.hop, self.through) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A subject fails, or does so no more.

    `hop` and `through` are where; `fails`, `answers` and `unknown` are vantages. `flaps` counts how often it failed of late
    where it does so again and again, and `is_gone` says that it is over only because nobody looks any more. `raised_from` is
    the lower severity that whoever is told this was told before, of trouble that goes on.
    """

    subject: Subject
    status: Status
    severity: Severity
    at_ns: int
    since_ns: int
    is_since_known: bool = True
    hop: str = ""
    through: str = ""
    fails: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    cause: str = ""
    level: Level | None = None
    is_inconclusive: bool = False
    controls: int = 0
    probes: int = 0
    folded: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    observation: Identity | None = None
    flaps: int = 0
    is_gone: bool = False
    raised_from: Severity | None = None

    @property
    def lasted_seconds(self) -> float:
        """How long it lasted by the labels, or has lasted so far."""
        return max(0, self.at_ns - self.since_ns) / 1e9
