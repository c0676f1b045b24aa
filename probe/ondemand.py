"""Run chosen probes of a plan once, now, outside any schedule."""

import asyncio
import itertools
import re
import secrets
import string
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from urllib.parse import quote

from pydantic import TypeAdapter

from probe.clock import SystemClock
from probe.config.fields import parse_origin
from probe.examination import is_odd
from probe.examiner import Examiner
from probe.family import Families
from probe.found import is_own_trouble
from probe.measure import Instruments
from probe.model import (
    Budget,
    Check,
    Event,
    Finding,
    Hop,
    Identity,
    Observation,
    Outcome,
    Purpose,
    Request,
    Route,
    Series,
    Vantage,
)
from probe.model.element import crossed
from probe.plan import Looking, Plan, Probe
from probe.prober.http import Http
from probe.pulse import Pulse
from probe.resolver import SYSTEM
from probe.runner import Runner
from probe.text import clean
from probe.uplink.gateways import gateways
from probe.vantage.dialer import dialers
from probe.vantage.system import System
from probe.wire.network import SocketNetwork

# The route of an address that was only typed; a configured one of this name is told alike.
AD_HOC = "url"
_AD_HOC_SECONDS = 10.0
# One case has 12 s at most; those of one hop go one after the other, the later ones with the answers of the earlier.
_EXAMINING_SECONDS = 15.0
# A page that says no still proves the way to it; only the server's own failures are failures of an address alone.
_ANSWERS = tuple(range(200, 500))


def select(plan: Plan, names: Sequence[str], vantages: Sequence[str]) -> tuple[Probe, ...]:
    """Choose the probes whose route, hop or check is named, from the named vantages; all when nothing is named."""
    return tuple(
        one
        for one in plan.probes
        if (not names or {one.series.route, one.series.hop, one.series.check} & set(names))
        and (not vantages or one.series.vantage in vantages)
    )


def here() -> Looking:
    """Return the vantage that needs no configuration: this machine's own network."""
    vantage = Vantage(name="system", kind="system")
    return Looking(vantage=vantage, way=System(), resolvers=(SYSTEM,), concurrency=8)


def ad_hoc(url: str, lookings: Sequence[Looking]) -> Plan:
    """Plan one HTTP check of one address from each of the vantages. Raises ValueError, which never repeats a password."""
    scheme, _, rest = url.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    # An @ of another width is one after normalisation (UTS 46): before it stands a password, which no message may repeat.
    if "@" in unicodedata.normalize("NFKC", authority):
        raise ValueError(
            "an address holds no user name or password; a check of a configuration may have them"
        )
    origin = parse_origin(f"{scheme.lower()}://{authority}")
    host = origin.host
    hop = Hop(name=host, scheme=origin.scheme, host=host, port=origin.port)
    path = _path(rest[len(authority) :])
    prober = TypeAdapter(Http).validate_python({"path": path, "status": _ANSWERS})
    route = Route(name=AD_HOC, hops=(host,))
    check = Check(
        name="http",
        route=route.name,
        hop=host,
        through=host,
        kind="http",
        interval_seconds=_AD_HOC_SECONDS,
        timeout_seconds=_AD_HOC_SECONDS,
    )
    probes = tuple(
        Probe(
            series=Series(vantage=one.vantage.name, route=route.name, hop=host, check=check.name),
            looking=one,
            route=route,
            hop=hop,
            check=check,
            prober=prober,
            crossed=crossed(one.vantage, route, check),
        )
        for one in lookings
    )
    return Plan(vantages=tuple(one.vantage for one in lookings), hops=(hop,), routes=(route,), probes=probes)


def _path(text: str) -> str:
    """Return the path and query as they are sent: from the root, without the fragment, other characters percent-encoded."""
    if clean(text, len(text)) != text:
        raise ValueError("an address holds no control characters")
    sent = text.partition("#")[0]
    return quote(sent if sent.startswith("/") else f"/{sent}", safe=string.punctuation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What probes came to, in the order of the questions; what was found about them, and what was asked to find it."""

    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...] = ()
    controls: tuple[Observation, ...] = ()

    def finding(self, about: Observation) -> Finding | None:
        """Return what was found about an observation."""
        return next((one for one in self.findings if one.parents[:1] == (about.identity,)), None)

    @property
    def judged(self) -> tuple[Observation, ...]:
        """The observations as they count: where the vantage itself is at fault, the hop could not be measured."""
        return tuple(
            replace(one, outcome=Outcome.NOT_MEASURED) if is_own_trouble(self.finding(one)) else one
            for one in self.observations
        )


async def run_once(plan: Plan, probes: Iterable[Probe], agent: str = "local") -> list[Observation]:
    """Run each of the plan's `probes` once, at the same time within the vantages' bounds; in the order given."""
    return list((await ask(plan, tuple(probes), agent)).observations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A runner outside any schedule, and who numbers what it comes to."""

    runner: Runner
    next_identity: Callable[[], Identity]


@asynccontextmanager
async def asking(plan: Plan, agent: str = "local") -> AsyncIterator[Asking]:
    """Have probes of the plan's vantages run by hand as long as the context lasts."""
    clock = SystemClock()
    pulse = Pulse(clock)
    epoch, numbers = secrets.token_hex(8), itertools.count(1)

    def next_identity() -> Identity:
        return Identity(agent=agent, epoch=epoch, seq=next(numbers))

    network = SocketNetwork(clock)
    try:
        runner = Runner(plan, dialers(plan, network), Instruments(clock, pulse, next_identity))
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.run())
            yield Asking(runner=runner, next_identity=next_identity)
            beating.cancel()
    finally:
        network.close()


def _unheard(_: Observation) -> None:
    """Tell nobody."""


async def ask(
    plan: Plan,
    probes: Sequence[Probe],
    agent: str = "local",
    *,
    examine: bool = False,
    on_answer: Callable[[Observation], None] = _unheard,
) -> Asked:
    """Run each of the plan's `probes` once, and with `examine` look into those that fail, for a bounded time."""
    told: list[Event] = []
    async with asking(plan, agent) as at:
        made = _in_the_light_of_all(plan, await all_of(at.runner, probes, on_answer))
        if examine:
            examiner = Examiner(plan, at.runner, told.append, at.next_identity, gateways=gateways)
            await _look_into(examiner, list(zip(probes, made, strict=True)))
    return Asked(
        observations=tuple(made),
        findings=tuple(one for one in told if isinstance(one, Finding)),
        controls=tuple(one for one in told if isinstance(one, Observation)),
    )


async def all_of(
    runner: Runner, probes: Sequence[Probe], on_answer: Callable[[Observation], None] = _unheard
) -> list[Observation]:
    """Run each probe once, at the same time within the vantages' bounds; in the order given."""

    async def answer(one: Probe) -> Observation:
        budget = Budget(seconds=one.check.timeout_seconds)
        request = Request(purpose=Purpose.ON_DEMAND, budget=budget, intended_at_ns=runner.clock.wall_ns())
        seen = await runner.once(one, request)
        on_answer(seen)
        return seen

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(answer(one)) for one in probes]
    return [task.result() for task in tasks]


async def _look_into(examiner: Examiner, made: Sequence[tuple[Probe, Observation]]) -> None:
    """Have all that failed examined at the same time; what is not found in time is not found."""
    for _, seen in made:
        examiner.note(seen)
    with suppress(TimeoutError):
        async with asyncio.timeout(_EXAMINING_SECONDS), asyncio.TaskGroup() as group:
            for probe, seen in made:
                if seen.outcome is Outcome.FAILED or (seen.outcome is Outcome.OK and is_odd(seen)):
                    group.create_task(examiner.examine(probe, seen))


def _in_the_light_of_all(plan: Plan, made: Sequence[Observation]) -> list[Observation]:
    """Return the observations as they are to be told: what fails by IPv6 from a vantage without is no hop's failure."""
    families = Families(plan.vantages, plan.hops, confirmations=1)
    for one in made:
        families.note(one)
    return [families.told(one) for one in made]
