"""Every kind of fault by name, and how plain data becomes one."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from tests.internet.ground import FaultError, Ground
from tests.internet.interception import Interception, Portal
from tests.internet.kernel_fault import Blackhole, Divert, Heal, Loss, MtuHole, Reset, Throttle, Unreachable
from tests.internet.link_fault import LinkFault, ResolverFault
from tests.internet.server_fault import DnsFault, DoorFault, LabFault, Stopped, WebFault
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
    "stopped": Stopped,
    "lab": LabFault,
    "link": LinkFault,
    "resolver": ResolverFault,
}
_READERS = {kind: TypeAdapter(fault) for kind, fault in KINDS.items()}


def read(given: Mapping[str, object]) -> Fault:
    """Return the fault that the data describe, or say what is wrong with them."""
    words = dict(given)
    kind = str(words.pop("kind", None))
    if kind not in KINDS:
        raise FaultError(f"there is no kind of fault {kind!r}; there are {', '.join(KINDS)}")
    known = _known(KINDS[kind])
    if unknown := words.keys() - set(known):
        raise FaultError(f"{kind}: no {', '.join(sorted(unknown))}; it knows {', '.join(known)}")
    try:
        return _READERS[kind].validate_python(words)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)
        )
        raise FaultError(f"{kind}: {problems}") from error


def _known(fault: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(fault))
