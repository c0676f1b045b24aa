"""From where we look: every kind of local vantage, by the key it has in the configuration."""

from collections.abc import Mapping

from probe.abc import Way
from probe.vantage.interface import Interface
from probe.vantage.netns import Netns
from probe.vantage.proxy import Proxy
from probe.vantage.source import Source
from probe.vantage.system import System

VANTAGES: Mapping[str, type[Way]] = {
    "interface": Interface,
    "netns": Netns,
    "proxy": Proxy,
    "source": Source,
    "system": System,
}
