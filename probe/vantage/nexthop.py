"""Ask the kernel which router it sends to first, in the vantage's own network namespace."""

from functools import partial

from probe.abc import Tied, Way
from probe.wire.links import links
from probe.wire.namespace import socket_in
from probe.wire.netlink import Opening


def gateway(way: Way, address: str, source: str | None) -> str | None:
    """Return the first router on the way to `address`; None for a neighbour on the link, or when nobody can tell."""
    tie = way.tie if isinstance(way, Tied) else None
    opening: tuple[Opening, ...] = ()
    if tie is not None and tie.namespace is not None:
        opening = (partial(socket_in, tie.namespace),)
    try:
        with links(*opening) as known:
            link = known.link(tie.interface) if tie is not None and tie.interface is not None else None
            return known.departure(address, link.index if link is not None else 0, source).gateway
    except OSError:
        return None
