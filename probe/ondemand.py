"""Run chosen probes of a plan once, now, outside any schedule."""

import asyncio
import itertools
import re
import secrets
import string
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pydantic import TypeAdapter

from probe.clock import SystemClock
from probe.config.fields import parse_origin
from probe.family import Families
from probe.measure import Instruments
from probe.model import Budget, Check, Hop, Identity, Observation, Purpose, Request, Route, Series, Vantage
from probe.model.element import crossed
from probe.plan import Looking, Plan, Probe
from probe.prober.http import Http
from probe.pulse import Pulse
from probe.resolver import SYSTEM
from probe.runner import Runner
from probe.text import clean
from probe.vantage.dialer import dialers
from probe.vantage.system import System
from probe.wire.network import SocketNetwork

_AD_HOC_SECONDS = 10.0
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
    route = Route(name="url", hops=(host,))
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


async def run_once(plan: Plan, probes: Iterable[Probe], agent: str = "local") -> list[Observation]:
    """Run each of the plan's `probes` once, at the same time within the vantages' bounds; in the order given."""
    clock = SystemClock()
    pulse = Pulse(clock)
    epoch, numbers = secrets.token_hex(8), itertools.count(1)
    tools = Instruments(clock, pulse, lambda: Identity(agent=agent, epoch=epoch, seq=next(numbers)))
    network = SocketNetwork(clock)

    def request(one: Probe) -> Request:
        budget = Budget(seconds=one.check.timeout_seconds)
        return Request(purpose=Purpose.ON_DEMAND, budget=budget, intended_at_ns=clock.wall_ns())

    try:
        runner = Runner(plan, dialers(plan, network), tools)
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.run())
            async with asyncio.TaskGroup() as asking:
                tasks = [asking.create_task(runner.once(one, request(one))) for one in probes]
            beating.cancel()
    finally:
        network.close()
    return _in_the_light_of_all(plan, [task.result() for task in tasks])


def _in_the_light_of_all(plan: Plan, made: Sequence[Observation]) -> list[Observation]:
    """Return the observations as they are to be told: what fails by IPv6 from a vantage without is no hop's failure."""
    families = Families(plan.vantages, plan.hops, confirmations=1)
    for one in made:
        families.note(one)
    return [families.told(one) for one in made]
