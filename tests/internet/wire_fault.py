"""Faults that the box on the wires brings about."""

from dataclasses import dataclass, fields
from typing import Literal

from tests.internet import namespace
from tests.internet.censor_rule import CensorRule
from tests.internet.ground import FaultError, Ground
from tests.internet.kernel_fault import Heal
from tests.internet.profile import Profile
from tests.internet.records import check, check_rcode


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault(Profile):
    """Impair a wire; several that are in force follow one upon the other."""

    wire: str
    direction: Literal["up", "down", "both"] = "both"

    def put(self, ground: Ground, number: str) -> Heal:
        """Open a lane in the box."""
        profile = plain(self, Profile, ground)
        ground.wires().ask(
            "lane", id=number, wire=_known(self.wire, ground), direction=self.direction, profile=profile
        )
        return lambda: self._end(ground, number)

    def _end(self, ground: Ground, number: str) -> None:
        _forget(ground, number)
        if self.tells_mtu:
            # What a sender was told it remembers for ten minutes.
            for host in ground.topology.hosts:
                namespace.configure(ground.place(host), ("route flush cache", "-6 route flush cache"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CensorFault(CensorRule):
    """Have somebody look at what goes over a wire, and interfere."""

    wire: str = "border"

    def __post_init__(self) -> None:
        """Refuse what is no record, and no code of an answer."""
        check(self.answers)
        check_rcode(self.rcode)

    def put(self, ground: Ground, number: str) -> Heal:
        """Give the box a rule."""
        rule = plain(self, CensorRule, ground)
        ground.wires().ask("rule", id=number, wire=_known(self.wire, ground), rule=rule)
        return lambda: _forget(ground, number)


def _forget(ground: Ground, number: str) -> None:
    ground.wires().ask("forget", id=number)


def _known(wire: str, ground: Ground) -> str:
    if wire not in ground.topology.wires:
        raise FaultError(f"there is no wire {wire!r}; there are {', '.join(ground.topology.wires)}")
    return wire


def plain(fault: object, kind: type, ground: Ground) -> dict[str, object]:
    """Return those fields of a fault that the other program knows, with nodes turned into networks."""
    found = {each.name: getattr(fault, each.name) for each in fields(kind)}
    return {
        name: ground.networks(value) if name in {"clients", "to"} else value for name, value in found.items()
    }
