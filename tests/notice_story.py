"""A chain watched from three networks, and what happens on it by the second, for the tests of notices."""

from dataclasses import replace

from probe.model import (
    Ailment,
    Failure,
    Finding,
    Health,
    Identity,
    Level,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Series,
    UplinkState,
    Verdict,
)
from probe.model.record import Uplink
from probe.notice import Follow, Maintenance, Moment, Notice, Status
from probe.plan import Plan
from tests.web_chain import NOW_NS, check, plan

SECOND = 10**9
BOOT_NS = 1000 * SECOND
CHECKS = (
    check("chat", "hk-vps", "alive"),
    check("chat", "hk-vps", "chain", through="direct"),
    check("chat", "vercel", "edge"),
    check("chat", "vercel", "function", through="direct"),
    check("chat", "direct", "reach"),
    check("page", "static", "site"),
)
WAYS = (*CHECKS, check("chat", "hk-vps", "preflight", through="vercel"))
VANTAGES = ("wifi", "mobile", "wired")


def chain(names: tuple[str, ...] = (), checks=CHECKS) -> Plan:
    """Make a plan of these checks, or of all."""
    return plan([one for one in checks if not names or one.name in names])


class Story:
    """Follows a plan, told of events second by second; `told` is all that came of it."""

    def __init__(self, of: Plan | None = None, maintenance: tuple[Maintenance, ...] = ()) -> None:
        self.plan = of or chain()
        self.follow = Follow(self.plan, maintenance)
        self.second = 0.0
        self.seq = 0
        self.told: list[Notice] = []
        self.records: list[Observation | Finding] = []

    @property
    def now(self) -> Moment:
        return Moment(
            boot_ns=BOOT_NS + round(self.second * SECOND), wall_ns=NOW_NS + round(self.second * SECOND)
        )

    def identity(self) -> Identity:
        self.seq += 1
        return Identity(agent="local", epoch="e1", seq=self.seq)

    def series(self, vantage: str, name: str) -> Series:
        return next(
            one.series for one in self.plan.probes if one.series.vantage == vantage and one.check.name == name
        )

    def see(self, vantage: str, name: str, cause: str = "", found: str = "", **more: object) -> Observation:
        """Let one probe come to something, and be looked into where `found` says what came of that."""
        series = self.series(vantage, name)
        seen = observation(series, self.identity(), self.now.wall_ns, cause)
        self.follow.write(seen, self.now.boot_ns)
        self.records.append(seen)
        if found:
            finding = finding_about(seen, self.identity(), found, **more)
            self.follow.write(finding, self.now.boot_ns)
            self.records.append(finding)
        return seen

    def round(
        self, failing: dict[str, str] | None = None, vantages=VANTAGES, seconds: float = 5.0
    ) -> list[Notice]:
        """Let every check run once from everywhere, those named failing from these vantages; then decide."""
        for probe in self.plan.probes:
            name, vantage = probe.check.name, probe.series.vantage
            self.see(vantage, name, (failing or {}).get(name, "") if vantage in vantages else "")
        return self.wait(seconds)

    def wait(self, seconds: float) -> list[Notice]:
        """Let time pass, and return what was told in it."""
        told: list[Notice] = []
        for _ in range(max(1, round(seconds))):
            self.second += min(seconds, 1.0)
            told += self.follow.decide(self.now)
        self.told += told
        return told

    def health(self, vantage: str, *causes: str) -> None:
        """Tell what ails a vantage."""
        at = self.now.wall_ns
        ailments = tuple(Ailment(cause=one, element="", detail="", since_ns=at) for one in causes)
        told = Health(identity=self.identity(), vantage=vantage, ailments=ailments, recorded_at_ns=at)
        self.follow.write(told, self.now.boot_ns)

    def uplink(self, vantage: str, *, is_up: bool | None) -> None:
        """Tell whether a vantage's network is there."""
        state = UplinkState(vantage=vantage, is_up=is_up, since_ns=self.now.wall_ns, uplink=Uplink())
        self.follow.write(state, self.now.boot_ns)


def observation(series: Series, identity: Identity, at_ns: int, cause: str) -> Observation:
    """Make a probe of the schedule that answered, or failed of `cause`."""
    failure = Failure(cause=cause, detail="made up", phase=Phase.CONNECT) if cause else None
    outcome = Outcome.OK
    if failure is not None:
        outcome = Outcome.NOT_MEASURED if cause.startswith(("local.", "meta.")) else Outcome.FAILED
    return Observation(
        identity=identity,
        series=series,
        kind="http",
        through=series.hop,
        crossed=(),
        purpose=Purpose.ROUTINE,
        slot=identity.seq,
        parent=None,
        intended_at_ns=at_ns,
        started_at_ns=at_ns,
        outcome=outcome,
        timings=(),
        failure=failure,
    )


def finding_about(seen: Observation, identity: Identity, cause: str, **more: object) -> Finding:
    """Make what was found about an observation."""
    found = Finding(
        identity=identity,
        series=seen.series,
        verdict=Verdict.DOWN,
        causes=(cause,),
        rule="made.up",
        level=Level.SCORED,
        element=None,
        detail="",
        # The observation, and a control.
        parents=(seen.identity, replace(seen.identity, seq=seen.identity.seq + 100_000)),
        recorded_at_ns=seen.started_at_ns + 1,
    )
    return replace(found, **more)  # type: ignore[arg-type]  # a test's own words


def broken_law(told: list[Notice]) -> tuple[Notice | None, Notice] | None:
    """Return the first two in a row that one channel may not be told of one subject: severity only rises until it is over."""
    before: Notice | None = None
    for one in told:
        is_on = before is not None and before.status is Status.FIRING
        if one.status is Status.RESOLVED:
            is_lawful = is_on and one.raised_from is None
        elif is_on:
            is_lawful = one.severity.rank > before.severity.rank and one.raised_from is before.severity
        else:
            is_lawful = one.raised_from is None
        if not is_lawful:
            return before, one
        before = one
    return None


def said(notices: list[Notice]) -> list[tuple[str, str, str]]:
    """Return the least that tells notices apart."""
    return [(one.subject.key, one.status.value, one.severity.value) for one in notices]
