"""Tell a proxy or VPN by the tunnel that takes traffic to it, and by the resolver that it puts in place of the network's."""

import ipaddress
from collections.abc import Iterable, Iterator

from probe.machine.fake import is_fake
from probe.machine.interface import Interface
from probe.machine.kind import Kind
from probe.machine.nameserver import Nameservers
from probe.machine.proxy import LocalProxy, Sign
from probe.machine.route import Load


def from_tunnels(found: Iterable[Interface]) -> Iterator[LocalProxy]:
    """Yield the tunnels that carry everything, or the invented addresses."""
    for one in found:
        if one.kind is not Kind.TUN or not one.is_up or not one.carries:
            continue
        evidence = [f"{one.name} carries {load}" for load in one.carries]
        evidence += [f"the kernel sends IPv{version} far away by {one.name}" for version in one.chosen]
        evidence += [f"{one.name} has the address {address}" for address in one.far_addresses]
        yield LocalProxy(
            sign=Sign.TUN,
            name=one.name,
            sentence=_sentence(one),
            evidence=tuple(evidence),
            is_in_the_way=bool(one.chosen) or _is_for_names(one),
        )


def _sentence(tunnel: Interface) -> str:
    what = "a proxy" if any(map(is_fake, tunnel.addresses)) else "a proxy or VPN"
    shown = "what passes it shows that one's times, not the network's"
    if tunnel.chosen:
        return f"The tunnel {tunnel.name} takes this machine's traffic to {what}: {shown}."
    if _is_for_names(tunnel):
        return f"The tunnel {tunnel.name} takes what is sent to fake-IP addresses to a proxy: {shown}."
    return f"The tunnel {tunnel.name} leads to {what}, and a routing rule may send traffic by it: {shown}."


def _is_for_names(tunnel: Interface) -> bool:
    """Tell whether only what is sent to invented addresses goes by it."""
    return {one.load for one in tunnel.carries} == {Load.FAKE}


def from_resolvers(servers: Nameservers, found: Iterable[Interface]) -> Iterator[LocalProxy]:
    """Yield the resolvers that invent addresses, or sit in a tunnel."""
    tunnels = {
        address: one.name for one in found if one.kind is Kind.TUN and one.is_up for address in one.addresses
    }
    for address in dict.fromkeys((*servers.asked, *servers.behind)):
        if is_fake(address):
            sentence = f"The resolver {address} is a local proxy's: the addresses that it answers with are likely invented."
            why = "in the range of fake-IP addresses"
        elif neighbour := next((own for own in tunnels if _are_neighbours(address, own)), None):
            sentence = f"The resolver {address} is that of the tunnel {tunnels[neighbour]}: a proxy or VPN answers for names."
            why = f"beside {neighbour}, the tunnel's own address"
        else:
            continue
        yield LocalProxy(
            sign=Sign.RESOLVER,
            name=address,
            sentence=sentence,
            evidence=(f"{address} lies {why}",),
            is_in_the_way=True,
        )


def _are_neighbours(one: str, other: str) -> bool:
    """Tell whether two addresses differ in their last two bits at most, as the two ends of a tunnel do."""
    first, second = ipaddress.ip_address(one.partition("%")[0]), ipaddress.ip_address(other)
    return first.version == second.version and int(first) ^ int(second) < 4
