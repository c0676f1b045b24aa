"""Ask no host that is somebody else's more often than once a second, whoever in this process asks.

The far end sees one user: all vantages, routes and purposes together.
"""

import asyncio
from collections import defaultdict

from probe.clock import Clock
from probe.host import is_name, is_nobody_elses
from probe.model import OWN_LAYERS, Hop, Layer
from probe.plan import Plan, Probe

SPACING_NS = 1_000_000_000


def is_own(hop: Hop) -> bool:
    """Tell whether a hop is the user's own: said to be, on this machine, or of a name that can be nobody else's."""
    # Whatever address it is given: nobody else's server answers to such a name.
    is_named_so = is_name(hop.host) and is_nobody_elses(hop.host)
    return hop.mine or is_named_so or is_nobody_elses(hop.address or hop.host)


def foreign_hosts(plan: Plan) -> frozenset[str]:
    """Return the hosts that deserve courtesy; what is said of a host at one hop holds for all hops on it."""
    return frozenset(hop.host for hop in plan.hops) - {hop.host for hop in plan.hops if is_own(hop)}


def asks_host(probe: Probe) -> bool:
    """Tell whether a probe sends anything to its hop's host; one that only resolves its name asks a resolver."""
    return bool(set(probe.prober.layers) - OWN_LAYERS - {Layer.DNS})


def is_asked_for(probe: Probe) -> bool:
    """Tell whether somebody wrote that the host be asked: nobody is refused for what is asked beside that."""
    return asks_host(probe) and not probe.check.is_twin


def demand(plan: Plan) -> dict[str, float]:
    """Return how often a second the schedule asks each foreign host."""
    foreign = foreign_hosts(plan)
    per_second: defaultdict[str, float] = defaultdict(float)
    for one in plan.probes:
        if one.hop.host in foreign and is_asked_for(one):
            per_second[one.hop.host] += 1 / one.check.interval_seconds
    return dict(per_second)


class _Queue:
    """Who waits for one host, first come, first served."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at_ns = 0


class Courtesy:
    """Hands out the turns at each foreign host, a second apart."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        """Know the hosts of `plan`."""
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._foreign: frozenset[str] = frozenset()
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Know the hosts of another plan; a host that was asked a moment ago is not asked sooner for that."""
        self._foreign = foreign_hosts(plan)
        now = self._clock.boot_ns()
        recent = {host for host, queue in self._queues.items() if queue.free_at_ns > now}
        self._queues = {host: self._queues.get(host) or _Queue() for host in self._foreign | recent}

    async def turn(self, probe: Probe) -> None:
        """Wait for the turn at the probe's host; the caller is to begin at once."""
        if probe.hop.host not in self._foreign or not asks_host(probe):
            return
        queue = self._queues[probe.hop.host]
        async with queue.lock:
            await self._clock.sleep_until(queue.free_at_ns)
            queue.free_at_ns = self._clock.boot_ns() + SPACING_NS
