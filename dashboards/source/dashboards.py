"""All dashboards, in the order in which a reader goes down."""

from collections.abc import Callable

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source.daemon import daemon
from dashboards.source.hop import hop
from dashboards.source.overview import overview
from dashboards.source.route import route
from dashboards.source.vantages import vantages

DASHBOARDS: tuple[Callable[[], Dashboard], ...] = (overview, route, hop, vantages, daemon)
