"""One probe's time on its vantage's network."""

import ipaddress
import socket
from collections.abc import Callable

from probe.abc import Passenger, ProxyServer, Tied
from probe.model import Disturbance
from probe.plan import Probe
from probe.uplink.tracker import Lost
from probe.wire.link import family_of

_FAMILIES = frozenset({int(socket.AF_INET), int(socket.AF_INET6)})


class Watched:
    """Remembers what befell the network since the probe began, as far as it concerns the probe."""

    def __init__(self, passenger: Passenger, look: Callable[[], None], before: Lost | None) -> None:
        """Watch over `passenger`; `look` finds out what is not known yet, `before` was amiss when it began."""
        self._passenger = passenger
        self._look = look
        self._losses = [] if before is None else [before]

    def strike(self, lost: Lost) -> None:
        """Interrupt the probe if what was lost concerns it."""
        self._losses.append(lost)
        if self._concerns(lost):
            self._passenger.interrupt(cause_of(lost.what), lost.detail)

    def trouble(self) -> tuple[str, str] | None:
        """Return the cause and one sentence of the first loss that concerns the probe."""
        self._look()
        found = next((lost for lost in self._losses if self._concerns(lost)), None)
        return None if found is None else (cause_of(found.what), found.detail)

    def _concerns(self, lost: Lost) -> bool:
        return bool(families_of(self._passenger) & lost.families)


def cause_of(what: Disturbance) -> str:
    """Return the cause of a probe that a disturbance ended."""
    return "local.network_changed" if what is Disturbance.ROUTE else "local.interface_down"


def leaves_machine(probe: Probe) -> bool:
    """Tell whether a probe has to do with anything beyond this machine."""
    way = probe.looking.way
    if isinstance(way.proxy, ProxyServer):
        return True
    tied = way.tie.address if isinstance(way, Tied) else None
    if tied is not None and ipaddress.ip_address(tied).is_loopback:
        return False  # from a loopback address nothing leaves, whatever a name may lead to
    place = probe.hop.address or probe.hop.host
    try:
        return not ipaddress.ip_address(place).is_loopback
    except ValueError:
        return place.lower().rstrip(".").rpartition(".")[2] != "localhost"


def families_of(passenger: Passenger) -> frozenset[int]:
    """Return the families by which a probe leaves this machine, as far as that can be told; all where it cannot."""
    places = passenger.places
    try:
        literal = [ipaddress.ip_address(place) for place in places]
    except ValueError:
        return _FAMILIES
    far = [str(one) for one in literal if not one.is_loopback]
    return frozenset(family_of(one) for one in far) if places else _FAMILIES
