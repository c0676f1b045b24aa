"""The elements that can be blamed, each with its one spelling; pure.

Scenarios, incidents and metrics use these strings and no others (docs/vocabulary.md).
"""

import itertools
from collections.abc import Sequence

from probe.model.chain import Check, Route, Vantage


def agent(name: str) -> str:
    """Name the program that looks, and its machine."""
    return f"agent[{name}]"


def access(vantage: str) -> str:
    """Name the vantage's own network up to its provider."""
    return f"access[{vantage}]"


def proxy(vantage: str) -> str:
    """Name the proxy that the vantage's connections pass."""
    return f"proxy[{vantage}]"


def resolver(address: str) -> str:
    """Name a resolver by its address."""
    return f"resolver[{address}]"


def zone(name: str) -> str:
    """Name a part of DNS that is ours, by the name it begins at."""
    return f"zone[{name}]"


def path(group: str, hop: str) -> str:
    """Name the way from a provider group to a hop's front door."""
    return f"path[{group}>{hop}]"


def host(hop: str) -> str:
    """Name the machine or service that is the hop."""
    return f"host[{hop}]"


def seg(near: str, far: str) -> str:
    """Name the leg between two neighbouring hops of a route."""
    return f"seg[{near}>{far}]"


def edge(hop: str, pop: str) -> str:
    """Name one of a hop's points of presence."""
    return f"edge[{hop}@{pop}]"


def quota(hop: str, key: str) -> str:
    """Name what a hop grants to the bearer of a key."""
    return f"quota[{hop},{key}]"


def auth(hop: str, key: str) -> str:
    """Name a key at a hop."""
    return f"auth[{hop},{key}]"


def crossed(vantage: Vantage, route: Route, check: Check) -> tuple[str, ...]:
    """List what a check's request crosses, nearest first: proxy if any, access, path, host, then seg and host per further hop."""
    hops = between(route, check)
    group = vantage.provider or vantage.name
    # A proxy is on this machine or near it, so its own way to the hop begins with the same network.
    before = [proxy(vantage.name)] if vantage.proxied else []
    elements = [*before, access(vantage.name), path(group, check.hop), host(check.hop)]
    for near, far in itertools.pairwise(hops):
        elements += [seg(near, far), host(far)]
    return tuple(elements)


def between(route: Route, check: Check) -> Sequence[str]:
    """List the hops from the one asked to the one that answers, both included."""
    names = route.hops
    return names[names.index(check.hop) : names.index(check.through) + 1]
