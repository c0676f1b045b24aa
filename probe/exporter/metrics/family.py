"""What a metric family is: its name, type, labels and meaning. Plain data."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a family, in the words of the exposition formats."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


class Scope(StrEnum):
    """What one figure of a family is about."""

    CHECK = "check"
    HOP = "hop"
    VANTAGE = "vantage"
    ROUTE = "route"
    ROUTE_CHECK = "route_check"
    DAEMON = "daemon"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that say which one."""
        return _SCOPE_LABELS[self]


_SCOPE_LABELS = {
    Scope.CHECK: ("vantage", "route", "hop", "check"),
    Scope.HOP: ("vantage", "route", "hop"),
    Scope.VANTAGE: ("vantage",),
    Scope.ROUTE: ("route",),
    Scope.ROUTE_CHECK: ("route", "check"),
    Scope.DAEMON: (),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """One metric; `more` are the labels beyond the scope's, `there` says from when on it has a value."""

    name: str
    kind: Kind
    scope: Scope
    help: str
    there: str = "from the start"
    more: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """All label names, in the order of a key."""
        return (*self.scope.labels, *self.more)

    @property
    def base(self) -> str:
        """The name without the suffix that the exposition formats put on."""
        return self.name.removesuffix({Kind.COUNTER: "_total", Kind.INFO: "_info"}.get(self.kind, ""))
