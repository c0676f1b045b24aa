"""The plan: every probe that a configuration asks for, with all that is needed to run it. Plain frozen data."""

from dataclasses import dataclass

from probe.abc import Way
from probe.attempt import Prober
from probe.model import OWN_LAYERS, Check, Hop, Layer, Route, Series, Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """A vantage with its way out, its resolvers and its bound on probes at once."""

    vantage: Vantage
    way: Way
    resolvers: tuple[str, ...]
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A check as asked from one vantage: what one series repeats."""

    series: Series
    looking: Looking
    route: Route
    hop: Hop
    check: Check
    prober: Prober
    crossed: tuple[str, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that this check can fail in, apart from our own."""
        return tuple(layer for layer in self.prober.layers if layer not in OWN_LAYERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All probes of one configuration, and the chain they look at."""

    vantages: tuple[Vantage, ...]
    hops: tuple[Hop, ...]
    routes: tuple[Route, ...]
    probes: tuple[Probe, ...]
