"""A chain like the lab's, and hand-made events on it, for tests and for the picture of the page."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from probe.model import (
    Check,
    Evidence,
    Failure,
    Finding,
    Hop,
    Identity,
    Level,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Route,
    Series,
    Stamp,
    Taint,
    Timing,
    Vantage,
    Verdict,
)
from probe.model.element import crossed
from probe.plan import Looking, Plan, Probe
from probe.prober.http import Http
from probe.prober.tls import Tls
from probe.vantage.source import Source

SECOND = 10**9
# 2026-11-22 12:03:40 UTC
NOW_NS = 1_795_349_020 * SECOND
INTERVAL = 5.0


@dataclass
class HandClock:
    """A clock that stands still until it is turned."""

    now_ns: int = NOW_NS
    boot: int = 1000 * SECOND

    def monotonic_ns(self) -> int:
        return self.boot

    def boot_ns(self) -> int:
        return self.boot

    def wall_ns(self) -> int:
        return self.now_ns

    async def sleep_until(self, boot_ns: int) -> None:
        self.turn((boot_ns - self.boot) / SECOND)

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += round(seconds * SECOND)
        self.boot += round(seconds * SECOND)


VANTAGES = tuple(
    Vantage(name=name, kind="source", metered=name == "mobile") for name in ("wifi", "mobile", "wired")
)
HOPS = tuple(
    Hop(name=name, scheme="https", host=f"{name}.lab.test", port=8443)
    for name in ("hk-vps", "vercel", "direct", "static")
)
CHAT = Route(name="chat", hops=("hk-vps", "vercel", "direct"))
PAGE = Route(name="page", hops=("static",))


def check(route: str, hop: str, name: str, through: str | None = None, kind: str = "http") -> Check:
    """Make a check as the lab's configuration has them."""
    return Check(
        name=name,
        route=route,
        hop=hop,
        through=through or hop,
        kind=kind,
        interval_seconds=INTERVAL,
        timeout_seconds=4.0,
    )


CHECKS = (
    check("chat", "hk-vps", "alive"),
    check("chat", "hk-vps", "chain", through="direct"),
    check("chat", "vercel", "function"),
    check("chat", "vercel", "answer", through="direct"),
    check("chat", "direct", "handshake", kind="tls"),
    check("chat", "direct", "models"),
    check("page", "static", "site"),
)


def plan(
    checks: Iterable[Check] = CHECKS,
    vantages: Sequence[Vantage] = VANTAGES,
    routes: Sequence[Route] = (CHAT, PAGE),
    hops: Sequence[Hop] = HOPS,
) -> Plan:
    """Make a plan in which every vantage asks every check."""
    by_name, by_hop = {route.name: route for route in routes}, {hop.name: hop for hop in hops}
    probes = [
        probe(vantage, by_name[one.route], by_hop[one.hop], one) for one in checks for vantage in vantages
    ]
    return Plan(vantages=tuple(vantages), hops=tuple(hops), routes=tuple(routes), probes=tuple(probes))


def probe(vantage: Vantage, route: Route, hop: Hop, asked: Check) -> Probe:
    """Make a planned probe."""
    return Probe(
        series=Series(vantage=vantage.name, route=route.name, hop=hop.name, check=asked.name),
        looking=Looking(vantage=vantage, way=Source(address="127.0.2.1"), resolvers=(), concurrency=4),
        route=route,
        hop=hop,
        check=asked,
        prober=Tls() if asked.kind == "tls" else Http(),
        crossed=crossed(vantage, route, asked),
    )


def series(vantage: str, hop: str, name: str, route: str = "chat") -> Series:
    """Name a series."""
    return Series(vantage=vantage, route=route, hop=hop, check=name)


@dataclass
class Recorder:
    """Makes observations of one plan, each with its own identity."""

    plan: Plan = field(default_factory=plan)
    seq: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def identity(self) -> Identity:
        """Take the next identity."""
        self.seq += 1
        return Identity(agent="local", epoch="e1", seq=self.seq)

    def observe(
        self,
        of: Series,
        *,
        at_ns: int = NOW_NS,
        failure: Failure | None = None,
        phases: Mapping[Phase, float] | None = None,
        taints: tuple[Taint, ...] = (),
        purpose: Purpose = Purpose.ROUTINE,
        parent: Identity | None = None,
        evidence: Evidence | None = None,
    ) -> Observation:
        """Make an observation; without a failure it is ok, and own trouble makes it not measured."""
        planned = next(one for one in self.plan.probes if one.series == of)
        shown = self.usual(planned, failure) if phases is None else phases
        return Observation(
            identity=self.identity(),
            series=of,
            kind=planned.check.kind,
            through=planned.check.through,
            crossed=planned.crossed,
            purpose=purpose,
            slot=at_ns // round(INTERVAL * SECOND) if purpose is Purpose.ROUTINE else None,
            parent=parent,
            intended_at_ns=at_ns,
            started_at_ns=at_ns,
            outcome=_outcome(failure),
            timings=tuple(
                Timing(phase=phase, seconds=seconds, stamp=Stamp.USER if phase is Phase.TLS else Stamp.KERNEL)
                for phase, seconds in shown.items()
            ),
            failure=failure,
            taints=taints,
            elapsed_seconds=sum(shown.values()),
            evidence=evidence or Evidence(),
        )

    def control(
        self,
        of: Observation,
        name: str,
        kind: str,
        evidence: Evidence,
        *,
        failure: Failure | None = None,
        hop: str | None = None,
    ) -> Observation:
        """Make what was asked because of a failure, and what came of it."""
        asked = replace(of.series, hop=hop or of.series.hop, check=f"control:{name}")
        return replace(
            of,
            identity=self.identity(),
            series=asked,
            kind=kind,
            purpose=Purpose.CONTROL,
            slot=None,
            parent=of.identity,
            started_at_ns=of.started_at_ns + SECOND // 10,
            outcome=_outcome(failure),
            timings=(),
            failure=failure,
            evidence=evidence,
        )

    def find(self, about: Observation, *basis: Observation, cause: str, **more: Any) -> Finding:
        """Make what was found about an observation, resting on these as well."""
        values: dict[str, Any] = {
            "identity": self.identity(),
            "series": about.series,
            "verdict": Verdict.BLOCKED,
            "causes": (cause,),
            "rule": "made.up",
            "level": Level.SCORED,
            "element": f"path[{about.series.vantage}>{about.series.hop}]",
            "detail": "",
            "parents": tuple(one.identity for one in (about, *basis)),
            "recorded_at_ns": about.started_at_ns + SECOND // 2,
        }
        return Finding(**values | more)

    def usual(self, planned: Probe, failure: Failure | None = None) -> dict[Phase, float]:
        """Make phases up, as far as the failure let them come."""
        depth = (
            1 + planned.route.hops.index(planned.check.through) - planned.route.hops.index(planned.check.hop)
        )
        far = {"wifi": 1.0, "mobile": 2.4, "wired": 0.8}.get(planned.series.vantage, 1.0)
        usual = {
            Phase.RESOLVE: 0.004 * far,
            Phase.CONNECT: 0.031 * far,
            Phase.TLS: 0.036 * far,
            Phase.PROCESSING: 0.036 * far + 0.085 * (depth - 1),
            Phase.TRANSFER: 0.002 * far,
        }
        order = list(usual)
        if planned.check.kind == "tls":
            order = order[:3]
        if failure is not None and failure.phase in order:
            order = order[: order.index(failure.phase)]
        if failure is not None and failure.phase is None:
            order = []
        return {phase: usual[phase] * self.chance.lognormvariate(0, 0.22) for phase in order}

    def history(
        self,
        of: Series,
        count: int = 40,
        *,
        until_ns: int = NOW_NS,
        failing: int = 0,
        failure: Failure | None = None,
    ) -> list[Observation]:
        """Make a series' last observations, of which the newest `failing` fail."""
        first = until_ns - round((count - 1) * INTERVAL * SECOND) - self.chance.randrange(SECOND)
        return [
            self.observe(
                of,
                at_ns=first + round(step * INTERVAL * SECOND),
                failure=failure if step >= count - failing else None,
            )
            for step in range(count)
        ]


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.OK
    return Outcome.NOT_MEASURED if failure.layer in ("local", "meta") else Outcome.FAILED


RESET = Failure(
    cause="tls.reset", detail="[Errno 104] Connection reset by peer", phase=Phase.TLS, after_seconds=0.0332
)
HUNG = Failure(
    cause="http.timeout.first_byte",
    detail="the deadline of 4 s passed in processing",
    phase=Phase.PROCESSING,
    after_seconds=3.87,
)
QUOTA = Failure(
    cause="api.quota.requests_minute",
    detail="status 429; x-ratelimit-remaining-requests-minute: 0",
    phase=Phase.TRANSFER,
    after_seconds=0.0011,
)
DOWN = Failure(cause="local.interface_down", detail="[Errno 99] Cannot assign requested address")
