"""The colours of phases and of the layers of causes, the same on every page.

None is green, red or orange: those say works, fails, and in part.
"""

from collections.abc import Mapping

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from dashboards.source.words import UNKNOWN

_PHASES = {
    "resolve": "purple",
    "proxy": "#b8860b",
    "connect": "blue",
    "echo": "#7f8fa6",
    "tls": "#00a3ad",
    "processing": "yellow",
    "transfer": "#ff6fb1",
}
_LAYERS = {
    "dns": "purple",
    "icmp": "#7f8fa6",
    "tcp": "blue",
    "tls": "#00a3ad",
    "quic": "#3949ab",
    "http": "yellow",
    "relay": "#b8860b",
    "vercel": "#c2185b",
    "api": "#ff6fb1",
    "app": "#8d6e63",
    "perf": "#9fa8da",
    "local": UNKNOWN,
    "meta": "#5a5a60",
}


def by_phase(made: timeseries.Panel) -> timeseries.Panel:
    """Colour lines that are named after phases."""
    for phase, color in _PHASES.items():
        made.override_by_name(phase, [_fixed(color)])
    return made


def by_layer(made: timeseries.Panel) -> timeseries.Panel:
    """Colour lines whose name holds a layer, or a cause, whose first word is one."""
    for layer, color in _LAYERS.items():
        made.override_by_regexp(rf"/(^|: ){layer}\b/", [_fixed(color)])
    return made


def by_ending(made: timeseries.Panel, colours: Mapping[str, str]) -> timeseries.Panel:
    """Colour lines by the last word of their name."""
    for word, color in colours.items():
        made.override_by_regexp(f"/: {word}$/", [_fixed(color)])
    return made


def _fixed(color: str) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": color})
