"""Judge what a configuration needs of this machine: its vantages' ways out, resolvers, proxies, secrets and files."""

import dataclasses
import ipaddress
import shlex
import socket
from collections.abc import Iterator, Sequence

from probe.abc import Proxied, ProxyServer, Tied, Way
from probe.cli.readable import judge_readable
from probe.machine.ability import Ability, State
from probe.machine.interface import Interface
from probe.machine.listener import Listener, is_here
from probe.model import Layer
from probe.plan import Looking, Plan, Probe
from probe.prober.dns import Dns
from probe.prober.icmp import Icmp
from probe.resolver import INTERFACE, SYSTEM, place, system_resolvers

# What nothing works without, whatever is asked.
ALWAYS = frozenset({"platform", "clock", "store"})
# What any address can be checked with.
USUALLY = ALWAYS | {"resolvers", "trust"}
_FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}


def needed(plan: Plan, found: Sequence[Ability]) -> frozenset[str]:
    """Return the abilities that the plan cannot do without, where those `found` leave it a choice the one it would use."""
    may_ping = any(one.id == "ping" and one.state is not State.CANNOT for one in found)
    return ALWAYS.union(*(_needed(one, may_ping=may_ping) for one in plan.probes))


def _needed(one: Probe, *, may_ping: bool) -> Iterator[str]:
    if one.check.kind == "trace":
        yield "error_queue"
    if isinstance(one.prober, Icmp):
        yield "raw" if one.prober.raw and not may_ping else "ping"
    if one.looking.vantage.kind == "interface":
        yield "bind"
    if _verifies_hop(one) or _verifies_resolver(one):
        yield "trust"
    if SYSTEM in one.looking.resolvers and _asks_for_names(one):
        yield "resolvers"


def judge_needs(
    plan: Plan, interfaces: Sequence[Interface], listening: Sequence[Listener]
) -> tuple[Ability, ...]:
    """Return what can be said of each vantage, secret and file that the plan's probes use; nothing is sent."""
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    return (
        *(_vantage(one, plan, interfaces, listening) for one in lookings.values()),
        *judge_readable(plan),
    )


def _vantage(
    looking: Looking, plan: Plan, interfaces: Sequence[Interface], listening: Sequence[Listener]
) -> Ability:
    name = f"vantage {looking.vantage.name}"
    if lack := _no_way_out(looking, interfaces):
        return dataclasses.replace(lack, id=name)
    if lack := _no_proxy(looking.way.proxy, listening):
        return dataclasses.replace(lack, id=name)
    asks = any(one.looking is looking and _asks_for_names(one) for one in plan.probes)
    if asks and not _resolvers(looking):
        sentence = "It knows no resolver, and its hops are known by name; give the vantage `resolvers`."
        return Ability(id=name, state=State.CANNOT, sentence=sentence)
    if lack := _no_far_route(looking, interfaces):
        return dataclasses.replace(lack, id=name)
    families = " and ".join({"A": "IPv4", "AAAA": "IPv6"}[one] for one in looking.way.record_types)
    return Ability(id=name, state=State.CAN, sentence=f"Sockets can be opened for {families}.")


def _no_way_out(looking: Looking, interfaces: Sequence[Interface]) -> Ability | None:
    """Open what a probe would open, and tell why that is refused, if it is for every family."""
    way = looking.way
    reasons = [_refusal(way, one) for one in way.record_types]
    if None in reasons:
        return None
    reason = " and ".join(dict.fromkeys(one for one in reasons if one))
    # Where it has no address, there is no family to open for, and it says itself why.
    reason = reason or (way.lack() if isinstance(way, Tied) else None) or "it has no address to send from"
    mend = _link_mend(way.tie.interface if isinstance(way, Tied) else None, interfaces)
    return Ability(id="", state=State.CANNOT, sentence=f"No socket can leave by it: {reason}.", mend=mend)


def _refusal(way: Way, record_type: str) -> str | None:
    try:
        way.open(_FAMILIES[record_type], socket.SOCK_DGRAM).close()
    except OSError as error:
        return (error.strerror or str(error)).rstrip(".")
    return None


def _link_mend(name: str | None, interfaces: Sequence[Interface]) -> str | None:
    """Return what brings up the interface of that name, or lists those there are."""
    if name is None:
        return None
    link = next((one for one in interfaces if one.name == name), None)
    if link is None:
        return "ip -brief address"
    return f"sudo ip link set {shlex.quote(name)} up" if not link.is_up else None


def _no_far_route(looking: Looking, interfaces: Sequence[Interface]) -> Ability | None:
    """Tell of an interface that leads nowhere but to its neighbours, which may be all that is asked for."""
    way = looking.way
    name = way.tie.interface if isinstance(way, Tied) else None
    link = next((one for one in interfaces if one.name == name), None)
    if link is None or link.leads_out:
        return None
    sentence = f"{link.name} has an address, and no route leads by it to hosts far away."
    mend = f"sudo ip route add default via ROUTER dev {shlex.quote(link.name)} metric 900"
    return Ability(id="", state=State.DEGRADED, sentence=sentence, mend=mend)


def _no_proxy(proxy: Proxied | None, listening: Sequence[Listener]) -> Ability | None:
    if not isinstance(proxy, ProxyServer) or not is_here(proxy.address):
        return None
    if proxy.port in {one.port for one in listening}:
        return None
    sentence = f"Nothing listens on {proxy}, where its proxy should be: start the proxy program."
    return Ability(id="", state=State.CANNOT, sentence=sentence)


def _asks_for_names(probe: Probe) -> bool:
    """Tell whether a resolver of the vantage has a part in the probe."""
    proxy = probe.looking.way.proxy
    if isinstance(proxy, ProxyServer) and proxy.resolves:
        return False
    try:
        ipaddress.ip_address(probe.hop.host)
    except ValueError:
        return probe.hop.address is None or probe.check.kind == "dns"
    return False


def _verifies_hop(probe: Probe) -> bool:
    """Tell whether the probe takes the machine's word for whom to trust at the hop."""
    speaks_tls = probe.check.kind == "tls" or (
        probe.hop.scheme == "https" and Layer.TLS in probe.prober.layers
    )
    return speaks_tls and probe.hop.ca_file is None


def _verifies_resolver(probe: Probe) -> bool:
    """Tell whether the probe takes the machine's word for whom to trust as an encrypted resolver."""
    if probe.looking.resolver_ca_file is not None:
        return False
    if isinstance(probe.prober, Dns) and probe.prober.resolver is not None:
        return _is_encrypted(probe.prober.resolver)
    return _asks_for_names(probe) and any(map(_is_encrypted, probe.looking.resolvers))


def _is_encrypted(resolver: str) -> bool:
    return resolver not in (SYSTEM, INTERFACE) and place(resolver).is_encrypted


def _resolvers(looking: Looking) -> tuple[str, ...]:
    meant = {SYSTEM: system_resolvers, INTERFACE: looking.way.own_resolvers}
    return tuple(
        address for one in looking.resolvers for address in (meant[one]() if one in meant else (one,))
    )
