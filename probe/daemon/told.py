"""Who is told of every event: metrics, store, page and messages, put together once."""

from dataclasses import dataclass
from typing import Self

import probe
from probe.clock import Clock
from probe.config import Config
from probe.daemon.explaining import explained
from probe.exporter import Exporter
from probe.exporter.metrics import Metrics
from probe.exporter.recent import Recent
from probe.notifier.notifier import Notifier
from probe.plan import Plan
from probe.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The exporters that the daemon speaks to by name, and `all` of them in the order in which they are told."""

    metrics: Metrics
    recent: Recent
    notifier: Notifier
    all: tuple[Exporter, ...]

    @classmethod
    def of(cls, config: Config, plan: Plan, store: Store, clock: Clock, beside: tuple[Exporter, ...]) -> Self:
        """Put them together, and those `beside` them."""
        notifier = Notifier(
            plan,
            config.notifications(explained),
            clock=clock,
            is_store_stuck=lambda: store.stats().is_stuck,
        )
        metrics = Metrics(
            plan,
            clock=clock,
            version=probe.__version__,
            max_series=config.metrics.max_series,
            store=store.stats,
            notifications=notifier.counts,
        )
        recent = Recent((one.series for one in plan.probes), clock=clock)
        everybody: tuple[Exporter, ...] = (metrics, store, recent, *beside, notifier)
        return cls(metrics=metrics, recent=recent, notifier=notifier, all=everybody)
