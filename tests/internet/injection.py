"""Every kind of fault by name, and how plain data becomes one."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from tests.internet.ground import FaultError, Ground
from tests.internet.interception import Interception, Portal
from tests.internet.kernel_fault import Blackhole, Divert, Heal, Loss, MtuHole, Reset, Throttle, Unreachable
from tests.internet.link_fault import LinkFault, ResolverFault
from tests.internet.server_fault import ClockFault, DnsFault, DoorFault, LabFault, Stopped, WebFault
from tests.internet.wire_fault import CensorFault, WireFault


class Fault(Protocol):
    """Something that can be wrong."""

    def put(self, ground: Ground, number: str) -> Heal:
        """Bring it into force under an id; return what ends it."""
        ...


KINDS: Mapping[str, type[Fault]] = {
    "loss": Loss,
    "blackhole": Blackhole,
    "reset": Reset,
    "unreachable": Unreachable,
    "mtu": MtuHole,
    "throttle": Throttle,
    "divert": Divert,
    "intercept": Interception,
    "portal": Portal,
    "wire": WireFault,
    "censor": CensorFault,
    "dns": DnsFault,
    "web": WebFault,
    "door": DoorFault,
    "clock": ClockFault,
    "stopped": Stopped,
    "lab": LabFault,
    "link": LinkFault,
    "resolver": ResolverFault,
}
T = TypeVar("T")


def read(given: Mapping[str, object], kinds: Mapping[str, type[T]] = KINDS) -> T:  # type: ignore[assignment]  # T is Fault then
    """Return the fault that the data describe, or say what is wrong with them."""
    words = dict(given)
    kind = str(words.pop("kind", None))
    if kind not in kinds:
        raise FaultError(f"there is no kind of fault {kind!r}; there are {', '.join(kinds)}")
    known = _known(kinds[kind])
    if unknown := words.keys() - set(known):
        raise FaultError(f"{kind}: no {', '.join(sorted(unknown))}; it knows {', '.join(known)}")
    try:
        found = TypeAdapter(kinds[kind]).validate_python(words)
    except ValidationError as error:
        problems = "; ".join(map(_told, error.errors(include_url=False)))
        raise FaultError(f"{kind}: {problems}") from error
    return found


def _told(problem: ErrorDetails) -> str:
    key = ".".join(map(str, problem["loc"]))
    return ": ".join(filter(None, (key, problem["msg"].removeprefix("Value error, "))))


def _known(fault: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(fault))
