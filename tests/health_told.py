"""The health of one vantage as events tell it, with a clock that is the test's own."""

from dataclasses import replace

from probe.health import Healths
from probe.model import (
    Evidence,
    Failure,
    Finding,
    Identity,
    Level,
    Observation,
    Phase,
    Series,
    Verdict,
)
from tests.cases import NOW_NS
from tests.virtual import VirtualClock

GATEWAY, CUT_OFF, PORTAL = "local.gateway_unreachable", "local.cut_off", "local.captive_portal"
SKEW, PROXY, RESOLVER, BROKEN = (
    "local.clock_skew",
    "local.proxy_broken",
    "local.resolver_down",
    "local.ipv6_broken",
)
SILENT = Failure(cause="tcp.timeout", detail="no answer", phase=Phase.CONNECT, after_seconds=2.0)
NOTHING = Evidence()


class Watched:
    """The health of one vantage, told by what a test makes up; time is the test's own."""

    def __init__(self) -> None:
        self.clock = VirtualClock(wall_ns=NOW_NS)
        self.healths = Healths(["wifi", "wired"], self.clock)
        self.seq = 0

    def finds(
        self,
        *causes: str,
        rule: str = "local.made-up",
        element: str = "access[wifi]",
        hop: str = "hk",
        of: Identity | None = None,
    ) -> str | None:
        """Have an examination come to this."""
        self.seq += 1
        found = Finding(
            identity=Identity(agent="a", epoch="e", seq=self.seq),
            series=Series(vantage="wifi", route="chat", hop=hop, check="http"),
            verdict=Verdict.DOWN,
            causes=causes,
            rule=rule,
            level=Level.SCORED,
            element=element,
            detail="so it was found",
            parents=() if of is None else (of,),
            recorded_at_ns=self.clock.wall_ns(),
        )
        return self.healths.take(found)

    def sees(self, one: Observation, vantage: str = "wifi") -> str | None:
        """Have a probe come to this now."""
        now = replace(
            one,
            started_at_ns=self.clock.wall_ns(),
            series=replace(one.series, vantage=vantage),
            elapsed_seconds=0.01,
        )
        return self.healths.take(now)

    def excuse(self, cause: str = "tcp.timeout", evidence: Evidence = NOTHING, vantage: str = "wifi") -> str:
        """What a failure is told as."""
        failure = replace(SILENT, cause=cause, after_seconds=0.0)
        return self.healths.excused(vantage, failure, evidence).cause

    @property
    def ails(self) -> list[str]:
        """What is wrong, as far as is known."""
        return [one.cause for one in self.healths.ailments("wifi")]
