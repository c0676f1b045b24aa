"""Look into failures at a node of the test internet with the real examiner, from here: the vantage is its namespace."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probe.clock import Clock, SystemClock
from probe.config import parse
from probe.examiner import Examiner
from probe.measure import Instruments
from probe.model import Budget, Event, Finding, Identity, Observation, Purpose, Request
from probe.plan import Plan, Probe
from probe.pulse import Pulse
from probe.runner import Runner
from probe.vantage.dialer import dialers
from probe.wire.network import SocketNetwork
from tests.internet.net import Internet

_CONFIG = """
version: 1
agent: test
defaults: {{interval: 30s, timeout: 2s}}
fake_ips: []
bogons: ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "240.0.0.0/4", "::/127", "2001::/32", "fc00::/7"]
anchors:
  near: {{url: "http://cn.lab.test/", where: domestic}}
  far: {{url: "http://abroad.lab.test/", where: abroad}}
controls:
  resolvers: ["https://dns.lab.test/dns-query#203.0.113.82"]
  dead_resolvers: [203.0.113.200]
  server_names: [neutral.lab.test]
resolver_ca_file: {ca}
vantages: {{wifi: {{netns: {{name: {place}}}, resolvers: [198.51.100.53], allow: [dead_resolver, foreign_sni]}}}}
hops:
  page: {{url: "https://page.lab.test", ca_file: {ca}, families: [ipv4]}}
routes:
  page: {{hops: [page], checks: {{page: {{http: {{}}}}}}}}
"""


class Examining:
    """An examiner at work, with all that it told."""

    def __init__(self, plan: Plan, clock: Clock, pulse: Pulse, network: SocketNetwork) -> None:
        self.told: list[Event] = []
        self._identities = itertools.count(1)
        self._plan = plan
        self._clock = clock
        self._runner = Runner(plan, dialers(plan, network), Instruments(clock, pulse, self._identity))
        self._examiner = Examiner(plan, self._runner, self.told.append, self._identity)

    async def look(self, hop: str, check: str) -> Finding | None:
        """Run one check as the schedule does, look into what it saw, and return what was found."""
        probe = self.probe(hop, check)
        seen = await self.ask(probe)
        self._examiner.history.note(seen)
        await self._examiner.examine(probe, seen)
        return next((one for one in self.told if isinstance(one, Finding)), None)

    async def ask(self, probe: Probe) -> Observation:
        """Run one check as the schedule does."""
        budget = Budget(seconds=probe.check.timeout_seconds)
        request = Request(
            purpose=Purpose.ROUTINE, budget=budget, intended_at_ns=self._clock.wall_ns(), slot=0
        )
        return await self._runner.once(probe, request)

    def probe(self, hop: str, check: str) -> Probe:
        """Return one of the plan's probes."""
        return next(one for one in self._plan.probes if (one.series.hop, one.series.check) == (hop, check))

    def _identity(self) -> Identity:
        return Identity(agent="test", epoch="e", seq=next(self._identities))


@asynccontextmanager
async def examining(net: Internet, node: str = "v-wifi", config: str = _CONFIG) -> AsyncIterator[Examining]:
    """Have an examiner that has seen nothing yet, at a node."""
    text = config.format(ca=net.ca_file, place=net.place(node))
    clock = SystemClock()
    pulse, network = Pulse(clock), SocketNetwork(clock)
    beating = asyncio.create_task(pulse.run())
    try:
        yield Examining(parse(text, where="test", folder=net.home).plan(), clock, pulse, network)
    finally:
        beating.cancel()
        network.close()
