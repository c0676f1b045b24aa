"""The vantages' own networks as far as messages go: ill, well, and since when; pure."""

from dataclasses import dataclass, field

from probe.family import BROKEN
from probe.model import Ailment, Health, UplinkState
from probe.text import clean

# A network that is back within so long is nobody's message.
_SETTLES_NS = 10 * 10**9
# After a restart nothing is known until it was found out anew: what was ill is not well because nobody has looked yet.
_SETTLES_AFTER_RESTART_NS = 120 * 10**9


@dataclass(slots=True)
class Fitness:
    """One vantage: what ails it, whether its uplink is there, and when either last changed what it comes to."""

    ailments: tuple[Ailment, ...] = ()
    uplink: UplinkState | None = None
    is_ill: bool = False
    turned_boot_ns: int = 0
    calm_boot_ns: int = 0
    since_ns: int = 0
    is_from_before: bool = False
    cause: str = ""

    def health(self, told: Health, boot_ns: int) -> None:
        """Take in what ails it; that its IPv6 is broken keeps nobody from looking."""
        self.ailments = tuple(one for one in told.ailments if one.cause != BROKEN)
        self._turn(boot_ns, told.recorded_at_ns)

    def state(self, told: UplinkState, boot_ns: int) -> None:
        """Take in whether its network is there; what nobody can tell changes nothing."""
        if told.is_up is not None:
            self.uplink = told
            self._turn(boot_ns, told.since_ns)

    def _turn(self, boot_ns: int, since_ns: int) -> None:
        is_down = self.uplink is not None and self.uplink.is_up is False
        is_ill = bool(self.ailments) or is_down
        if is_ill and not self.is_ill:
            self.since_ns = min([since_ns, *(one.since_ns for one in self.ailments)])
            self.is_from_before = False
        if is_ill:
            # Without an ailment it is the link itself that is gone.
            self.cause = clean(self.ailments[0].cause, 80) if self.ailments else "local.interface_down"
        if is_ill is not self.is_ill:
            self.is_ill, self.turned_boot_ns = is_ill, boot_ns
            self.calm_boot_ns = boot_ns

    def is_settled(self, boot_ns: int) -> bool:
        """Tell whether it has been as it is for long enough to say so."""
        is_long = self.is_from_before and not self.is_ill
        patience = _SETTLES_AFTER_RESTART_NS if is_long else _SETTLES_NS
        return boot_ns - self.turned_boot_ns >= patience


@dataclass(slots=True)
class Fitnesses:
    """All vantages; one that nobody told of is fit."""

    known: dict[str, Fitness] = field(default_factory=dict)

    def of(self, vantage: str) -> Fitness:
        """Return one of them."""
        return self.known.setdefault(vantage, Fitness())
