"""Build the plan: every probe that a configuration asks for, in the order in which it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probe import model
from probe.attempt import Prober
from probe.config import effective
from probe.config.anchor import anchor
from probe.config.fields import parse_origin
from probe.config.models import Check, Hop, Vantage, Written
from probe.model.element import between, crossed
from probe.plan import Looking, Plan, Probe
from probe.prober import PROBERS

# What is asked of every hop of a route without checks: whether it can be reached at all.
_REACH = "reach"
_REACH_KINDS = {"https": "tls", "http": "tcp"}


def plan(written: Written, folder: Path) -> Plan:
    """Return the plan of a configuration whose relative paths begin at `folder`."""
    hops = {name: _hop(name, hop, folder) for name, hop in written.hops.items()}
    lookings = {name: _looking(written, name, one, folder) for name, one in written.vantages.items()}
    routes = {name: model.Route(name=name, hops=route.hops) for name, route in written.routes.items()}
    probes = tuple(
        _probe(lookings[vantage], routes[route], hops[question.check.hop], question)
        for route in routes
        for question in _questions(written, route, folder)
        if question.is_enabled
        and all(written.hops[hop].enabled for hop in between(routes[route], question.check))
        for vantage in effective.vantages(written, written.routes[route])
    )
    return Plan(
        vantages=tuple(one.vantage for one in lookings.values()),
        hops=tuple(hops.values()),
        routes=tuple(routes.values()),
        probes=probes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    check: model.Check
    prober: Prober
    is_enabled: bool


def _questions(written: Written, name: str, folder: Path) -> Iterator[_Question]:
    route = written.routes[name]
    if not route.checks:
        yield from (_reach(written, name, hop) for hop in route.hops)
    for check_name, check in route.checks.items():
        kind, prober = check.prober()
        planned = model.Check(
            name=check_name,
            route=name,
            hop=effective.hop(route, check),
            through=effective.through(route, check),
            kind=kind,
            interval_seconds=effective.interval(written, check),
            timeout_seconds=effective.timeout(written, check),
        )
        yield _Question(check=planned, prober=anchor(prober, folder), is_enabled=check.enabled)


def _reach(written: Written, route: str, hop: str) -> _Question:
    kind = _REACH_KINDS[parse_origin(written.hops[hop].url).scheme]
    check = Check.model_validate({kind: PROBERS[kind]()})
    planned = model.Check(
        name=_REACH,
        route=route,
        hop=hop,
        through=hop,
        kind=kind,
        interval_seconds=effective.interval(written, check),
        timeout_seconds=effective.timeout(written, check),
    )
    return _Question(check=planned, prober=PROBERS[kind](), is_enabled=True)


def _probe(looking: Looking, route: model.Route, hop: model.Hop, question: _Question) -> Probe:
    check = question.check
    return Probe(
        series=model.Series(vantage=looking.vantage.name, route=route.name, hop=hop.name, check=check.name),
        looking=looking,
        route=route,
        hop=hop,
        check=check,
        prober=question.prober,
        crossed=crossed(looking.vantage, route, check),
    )


def _hop(name: str, hop: Hop, folder: Path) -> model.Hop:
    origin = parse_origin(hop.url)
    return model.Hop(
        name=name,
        scheme=origin.scheme,
        host=origin.host,
        port=origin.port,
        region=hop.region,
        provider=hop.provider,
        agent=hop.agent,
        address=hop.address,
        ca_file=None if hop.ca_file is None else str(folder / hop.ca_file),
    )


def _looking(written: Written, name: str, vantage: Vantage, folder: Path) -> Looking:
    kind, way = vantage.way()
    seen_from = model.Vantage(
        name=name,
        kind=kind,
        site=vantage.site,
        region=vantage.region,
        provider=vantage.provider,
        metered=vantage.metered,
    )
    return Looking(
        vantage=seen_from,
        way=anchor(way, folder),
        resolvers=effective.resolvers(written, vantage),
        concurrency=vantage.concurrency,
    )
