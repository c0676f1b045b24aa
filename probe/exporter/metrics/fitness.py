"""Show how fit each vantage is to look from, by what its uplink lacks and by what its probes came to, as one."""

from collections.abc import Container
from dataclasses import dataclass

from probe.exporter.metrics import table
from probe.exporter.metrics.board import Board
from probe.exporter.metrics.label import known_cause
from probe.model import Health, UplinkState

# Hops are reached by the other family, so that they can be told of all the same.
_HARMLESS = frozenset({"local.ipv6_broken"})


@dataclass(slots=True)
class _Known:
    """What was told last of one vantage; None where nothing was."""

    lacking: str | None = None
    ailing: frozenset[str] | None = None


class Fitness:
    """The vantages' health on the board."""

    def __init__(self, board: Board) -> None:
        """Show it on `board`; nothing is known yet."""
        self._board = board
        self._known: dict[str, _Known] = {}

    def retain(self, vantages: Container[str]) -> None:
        """Forget every other vantage, of which the board keeps nothing either."""
        self._known = {name: known for name, known in self._known.items() if name in vantages}

    def write(self, told: Health | UplinkState) -> None:
        """Take in how a vantage is now."""
        known = self._known.setdefault(told.vantage, _Known())
        before = _causes(known)
        if isinstance(told, Health):
            known.ailing = frozenset(known_cause(one.cause) for one in told.ailments)
        else:
            known.lacking = _lacking(told)
        for cause in before - _causes(known):
            self._board.drop(table.VANTAGE_AILMENT, (told.vantage, cause))
        for cause in sorted(_causes(known) - before):
            self._board.set(table.VANTAGE_AILMENT, (told.vantage, cause), 1)
        if known.ailing is None and known.lacking is None:
            self._board.drop(table.VANTAGE_HEALTHY, (told.vantage,))
        else:
            self._board.set(table.VANTAGE_HEALTHY, (told.vantage,), int(_causes(known) <= _HARMLESS))


def _causes(known: _Known) -> frozenset[str]:
    lacking = frozenset() if known.lacking is None else frozenset({known.lacking})
    return (known.ailing or frozenset()) | lacking


def _lacking(told: UplinkState) -> str | None:
    """Return the cause of probes on an uplink that is down; with an address and no way out it is the route that lacks."""
    if told.is_up is not False:
        return None
    return "local.no_route" if told.uplink.interfaces else "local.interface_down"
