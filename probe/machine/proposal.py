"""Propose the vantages that show a proxy's times and the network's side by side."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from probe.machine.interface import Interface
from probe.machine.proxy import LocalProxy, Sign

_NOT_IN_NAMES = re.compile(r"[^a-z0-9_.-]+")
_SCHEMES = {"http", "https", "socks5", "socks5h"}
_FIREWALL = "unless the proxy redirects in the firewall too, which root alone can see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One vantage: its name, its keys as the configuration takes them, and what it shows."""

    name: str
    keys: Mapping[str, Mapping[str, str]]
    why: str


def proposals(found: Sequence[Interface], proxies: Sequence[LocalProxy]) -> tuple[Proposal, ...]:
    """Return a vantage for every uplink, which no route of a proxy catches, and one for every proxy that is there to take requests."""
    is_caught = any(one.is_in_the_way for one in proxies)
    taken: dict[str, Proposal] = {}
    for one in (*_uplinks(found, is_caught=is_caught), *_by_proxies(proxies)):
        name = next(name for name in _names(one.name) if name not in taken)
        taken[name] = replace(one, name=name)
    return tuple(taken.values())


def _uplinks(found: Iterable[Interface], *, is_caught: bool) -> Iterator[Proposal]:
    uplinks = [one for one in found if one.is_uplink]
    for one in uplinks:
        shown = f"{one.kind} {one.name} itself, with its own resolvers"
        if is_caught:
            why = f"{shown}, past the proxy, {_FIREWALL}"
        else:
            why = shown if len(uplinks) > 1 else f"{shown}: the same as `system` here"
        yield Proposal(name=one.name, keys={"interface": {"name": one.name}}, why=why)


def _by_proxies(proxies: Iterable[LocalProxy]) -> Iterator[Proposal]:
    seen: set[str] = set()
    # What the user wrote down is surer than what a port is usually for.
    for one in sorted(proxies, key=lambda one: one.sign is not Sign.ENVIRONMENT):
        host_and_port = _taken(one.url)
        if one.url is None or host_and_port is None or one.is_dead or host_and_port in seen:
            continue
        seen.add(host_and_port)
        password = "; its `user` and `password` are to be added" if one.needs_password else ""
        yield Proposal(
            name=f"by-proxy-{host_and_port.rpartition(':')[2]}",
            keys={"proxy": {"url": one.url}},
            why=f"what programs see that go by the proxy {host_and_port}{password}",
        )


def _taken(url: str | None) -> str | None:
    """Return host and port of what a vantage of kind proxy can speak to; the name of another host it would not resolve."""
    scheme, _, rest = (url or "").partition("://")
    host = rest.rpartition(":")[0].strip("[]")
    try:
        is_known = host == "localhost" or bool(ipaddress.ip_address(host))
    except ValueError:
        return None
    shown = rest.replace("localhost", "127.0.0.1")
    return shown if is_known and scheme in _SCHEMES else None


def _names(text: str) -> Iterator[str]:
    """Yield names that the configuration takes, the first one the nearest to `text`."""
    name = _NOT_IN_NAMES.sub("-", text.lower()).strip("-_.")[:60] or "link"
    yield name
    yield from (f"{name}-{number}" for number in count(2))
