"""Show what a route is for its users: the checks that go its whole way, and what it promises."""

from collections.abc import Collection, Iterable, Mapping

from probe.exporter.metrics import table
from probe.exporter.metrics.board import Board, Key
from probe.exporter.metrics.family import Family
from probe.model import Layer
from probe.plan import Plan, Probe

# What finds out about names and paths stands in for a user's request only where nothing else does.
_EXPLORING = frozenset({"dns", "icmp", "trace"})
_DEPTHS = (Layer.HTTP, Layer.TLS, Layer.TCP)


class Routes:
    """What the plan says of its routes, on the board."""

    def __init__(self, board: Board) -> None:
        """Show it on `board`; there are no routes yet."""
        self._board = board
        self._shown: Collection[tuple[Family, Key]] = ()

    def adopt(self, plan: Plan) -> None:
        """Show the routes of `plan`, and no others."""
        stated = _stated(plan)
        for family, key in self._shown:
            if (family, key) not in stated:
                self._board.drop(family, key)
        for (family, key), value in stated.items():
            self._board.set(family, key, value)
        self._shown = stated.keys()


def lines_of_routes(plan: Plan) -> int:
    """Count the lines that the routes of a plan make."""
    return len(_stated(plan))


def whole_way(plan: Plan) -> Mapping[tuple[str, str], Probe]:
    """Return the checks, by route and name, that tell what a user of the route gets.

    They ask the first hop and are answered by the last one, as deep as any that does: beside a request, a bare
    connection to the same hop tells nothing more.
    """
    return going_the_whole_way(plan.probes)


def going_the_whole_way(probes: Iterable[Probe]) -> Mapping[tuple[str, str], Probe]:
    """Return those of the probes, by route and check, that go their route's whole way."""
    crossing = [
        one
        for one in probes
        if not one.check.is_twin
        and (one.series.hop, one.check.through) == (one.route.hops[0], one.route.hops[-1])
    ]
    deepest: dict[str, int] = {}
    for one in crossing:
        deepest[one.route.name] = max(_depth(one), deepest.get(one.route.name, 0))
    return {
        (one.route.name, one.series.check): one for one in crossing if _depth(one) == deepest[one.route.name]
    }


def _depth(probe: Probe) -> int:
    if probe.check.kind in _EXPLORING:
        return 0
    return next((len(_DEPTHS) - at for at, layer in enumerate(_DEPTHS) if layer in probe.prober.layers), 0)


def _stated(plan: Plan) -> Mapping[tuple[Family, Key], float]:
    checks = {
        (table.ROUTE_CHECK, (route, check, ">".join(probe.route.hops))): 1.0
        for (route, check), probe in whole_way(plan).items()
    }
    return checks | {(table.ROUTE_SLO, (one.route,)): one.availability_ratio for one in plan.promises}
