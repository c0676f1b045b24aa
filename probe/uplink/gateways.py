"""The routers that a vantage leaves by, and whether they answer on their own link."""

import socket

from probe.abc import Tie, Tied, Way
from probe.model import Gateway
from probe.uplink.footing import look
from probe.wire.links import links
from probe.wire.neighbour import is_silent
from probe.wire.netlink import Opening


def gateways(way: Way) -> tuple[Gateway, ...]:
    """Return the first router of each family on the way out; none when there is none, or when nobody can tell."""
    tie = way.tie if isinstance(way, Tied) else Tie()
    opening: Opening = socket.socket if tie.namespace is None else way.open
    try:
        with links(opening) as known:
            legs = look(tie, known).legs
    except OSError:
        return ()
    return tuple(
        Gateway(address=leg.gateway, is_silent=is_silent(opening, leg.gateway, leg.index))
        for leg in legs
        if leg.gateway is not None
    )
