"""The configuration that a daemon of a scenario gets: the usual one for its node, with the file's own words merged over."""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import yaml
from pydantic import JsonValue

from probe.consent import PROVOKING
from tests.internet.reporting import AUDIENCE
from tests.scenarios.runner.scenario import Piece, Scenario

_ALLOW = tuple(PROVOKING)
# On v-multi each of two uplinks is a vantage; the resolver of the lab is the same for both.
_BY_INTERFACE = MappingProxyType(
    {
        "v-multi": {"wlan": "wlan0", "wwan": "wwan0"},
    }
)
_NAMES = MappingProxyType({"v-wifi": "wifi", "v-mobile": "mobile", "v-laptop": "laptop", "hk": "vps"})
# The lab puts the secret that the hops share beside the configuration.
SECRET_FILE = "relay.secret"
_RELAY: Piece = {"secret": {"file": SECRET_FILE}, "audience": AUDIENCE}
_REPORTING: Piece = {
    "hops": {hop: {"relay": {"name": hop, **_RELAY}} for hop in ("hk-vps", "vercel")},
}
_RESOLVER = "udp://198.51.100.53"


def configuration(scenario: Scenario, node: str) -> dict[str, JsonValue]:
    """Return the whole configuration of the daemon at a node."""
    daemon = scenario.daemons[node]
    if daemon.whole_config is not None:
        return dict(daemon.whole_config)
    usual = merged(_standard(), {"agent": node, "vantages": vantages(node)})
    if scenario.tier == "snippets":
        usual = merged(usual, _REPORTING)
    return merged(merged(usual, scenario.config), daemon.config)


def written(configuration: Mapping[str, JsonValue]) -> str:
    """Return a configuration as text: JSON, which is YAML."""
    return json.dumps(configuration, indent=2)


def vantages(node: str) -> dict[str, JsonValue]:
    """Return the vantages that a daemon at a node has by default; they may do whatever an operator can allow."""
    allowed: dict[str, JsonValue] = {"allow": list(_ALLOW)}
    if node in _BY_INTERFACE:
        return {
            name: {"interface": {"name": interface}, "resolvers": [_RESOLVER], **allowed}
            for name, interface in _BY_INTERFACE[node].items()
        }
    return {_NAMES.get(node, node): {"system": {}, **allowed}}


def merged(below: Piece, above: Piece) -> dict[str, JsonValue]:
    """Return one piece of configuration with another merged over it: mappings key by key, all else replaced."""
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(under, dict):
            found[key] = merged(under, value)
        else:
            found[key] = merged({}, value) if isinstance(value, dict) else value
    return found


def _standard() -> dict[str, JsonValue]:
    text = files("tests.scenarios.runner").joinpath("standard.yml").read_text(encoding="utf-8")
    found: dict[str, JsonValue] = yaml.safe_load(text)
    return found
