"""Lay the series out as hops by vantages; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from probe.model import Hop, Vantage
from probe.plan import Plan
from probe.track import State
from probe.web.line import Line, worst


@dataclass(frozen=True, slots=True)
class Cell:
    """All checks of one hop from one vantage."""

    vantage: Vantage
    lines: tuple[Line, ...]

    @property
    def state(self) -> State:
        """The worst state of its checks, those passed over that have nothing to show."""
        return worst(line.state for line in self.lines if line.nothing is None)


@dataclass(frozen=True, slots=True)
class Row:
    """One hop from all vantages."""

    hop: Hop
    cells: tuple[Cell, ...]

    @property
    def is_shared(self) -> bool:
        """Whether several routes ask this hop, so that a check's name alone does not say which one it is."""
        return len({line.series.route for cell in self.cells for line in cell.lines}) > 1


@dataclass(frozen=True, slots=True)
class Matrix:
    """All hops that are asked, in the order of the routes, from all vantages that ask."""

    vantages: tuple[Vantage, ...]
    rows: tuple[Row, ...]


def matrix(plan: Plan, lines: Sequence[Line]) -> Matrix:
    """Lay the lines out."""
    asking = {line.series.vantage for line in lines}
    asked = {line.series.hop for line in lines}
    vantages = tuple(vantage for vantage in plan.vantages if vantage.name in asking)
    order = dict.fromkeys(name for route in plan.routes for name in route.hops if name in asked)
    hops = {hop.name: hop for hop in plan.hops}
    return Matrix(vantages, tuple(_row(hops[name], vantages, lines) for name in order))


def _row(hop: Hop, vantages: Sequence[Vantage], lines: Sequence[Line]) -> Row:
    of_hop = [line for line in lines if line.series.hop == hop.name]
    cells = [
        Cell(vantage, tuple(line for line in of_hop if line.series.vantage == vantage.name))
        for vantage in vantages
    ]
    return Row(hop, tuple(cells))
