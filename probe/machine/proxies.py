"""Find the local proxies of this machine by what can be seen of them; none is sent anything."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from probe.machine.environment import left_out, named_proxies
from probe.machine.files import ROOT
from probe.machine.interface import Interface
from probe.machine.listener import Listener, listeners
from probe.machine.nameserver import nameservers
from probe.machine.port import from_environment, from_listeners
from probe.machine.proxy import LocalProxy
from probe.machine.tunnel import from_resolvers, from_tunnels


def local_proxies(
    found: Sequence[Interface],
    root: Path = ROOT,
    environment: Mapping[str, str] = os.environ,
    listening: Sequence[Listener] | None = None,
) -> tuple[LocalProxy, ...]:
    """Return every sign of a local proxy, those first that are in everybody's way; `found` are the machine's interfaces."""
    listening = listeners(root) if listening is None else listening
    return (
        *from_tunnels(found),
        *from_resolvers(nameservers(root), found),
        *from_listeners(listening),
        *from_environment(named_proxies(environment), listening, left_out(environment)),
    )
