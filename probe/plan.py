"""The plan: every probe that a configuration asks for, with all that is needed to run it. Plain frozen data."""

from dataclasses import dataclass

from probe.abc import Way
from probe.attempt import Prober
from probe.machine.fake import RANGES
from probe.model import OWN_LAYERS, Check, Hop, Layer, Means, Route, Series, Vantage

_NOBODY = Means()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """A vantage with its way out, its resolvers, its bound on probes at once, and the words of what it allows."""

    vantage: Vantage
    way: Way
    resolvers: tuple[str, ...]
    resolver_ca_file: str | None = None
    concurrency: int
    fake_ips: tuple[str, ...] = tuple(map(str, RANGES))
    allow: frozenset[str] = frozenset()


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
        # What a proxy says of its own way to the hop may be no more than that it failed.
        by_proxy = (Layer.RELAY,) if self.looking.vantage.proxied else ()
        return tuple(
            layer for layer in dict.fromkeys((*self.prober.layers, *by_proxy)) if layer not in OWN_LAYERS
        )

    @property
    def connects(self) -> bool:
        """Whether connections to the hop are the kernel's own, and no proxy's."""
        return Layer.TCP in self.prober.layers and not self.looking.vantage.proxied


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A check that is not asked from a vantage although the route is looked at from there, and why."""

    series: Series
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a route promises its users; apart from the route, so that another promise begins no series anew."""

    route: str
    availability_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All probes of one configuration, and the chain they look at."""

    vantages: tuple[Vantage, ...]
    hops: tuple[Hop, ...]
    routes: tuple[Route, ...]
    probes: tuple[Probe, ...]
    left_out: tuple[LeftOut, ...] = ()
    means: Means = _NOBODY
    promises: tuple[Promise, ...] = ()
