"""Build the plan: every probe that a configuration asks for, in the order in which it is written."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from probe import model
from probe.abc import Interceptor, ProxyServer, Way
from probe.config import effective
from probe.config.anchor import anchor
from probe.config.fields import parse_origin, parse_page
from probe.config.models import Anchor, Hop, Relay, Vantage, Written
from probe.config.questions import Question, questions
from probe.host import is_name
from probe.model import AddressFamily
from probe.model.element import between, crossed
from probe.plan import LeftOut, Looking, Plan, Probe, Promise
from probe.vantage.source import Source


def plan(written: Written, folder: Path) -> Plan:
    """Return the plan of a configuration whose relative paths begin at `folder`."""
    hops = {name: _hop(name, hop, folder) for name, hop in written.hops.items()}
    lookings = {name: _looking(written, name, one, folder) for name, one in written.vantages.items()}
    routes = {name: model.Route(name=name, hops=route.hops) for name, route in written.routes.items()}
    probes = [
        _probe(lookings[vantage], routes[route], hops[question.check.hop], question)
        for route in routes
        for question in questions(written, route, folder)
        if question.is_enabled
        and all(written.hops[hop].enabled for hop in between(routes[route], question.check))
        for vantage in effective.vantages(written, written.routes[route])
    ]
    return Plan(
        vantages=tuple(one.vantage for one in lookings.values()),
        hops=tuple(hops.values()),
        routes=tuple(routes.values()),
        probes=tuple(one for one in probes if _why_not(one) is None),
        left_out=tuple(
            LeftOut(series=one.series, reason=reason)
            for one in probes
            if not one.check.is_twin and (reason := _why_not(one)) is not None
        ),
        means=_means(written, folder),
        promises=tuple(_promises(written)),
    )


def _promises(written: Written) -> Iterator[Promise]:
    for name, route in written.routes.items():
        if route.slo is not None and route.slo.availability is not None:
            # 55.1 / 100 is 0.5509999999999999.
            yield Promise(route=name, availability_ratio=round(route.slo.availability / 100, 12))


def _why_not(probe: Probe) -> str | None:
    """Return why a check cannot be asked from a vantage; None when it can."""
    is_bound = probe.check.family is not AddressFamily.ANY and probe.hop.address is None
    if probe.check.is_twin and _shows_no_ipv6(probe.looking.way):
        return "it could show nothing of the hop's IPv6 from there"
    match probe.looking.way.proxy:
        case ProxyServer() if not probe.prober.by_proxy:
            return "it sends packets of its own, and a proxy carries only connections"
        case ProxyServer(resolves=True) if is_bound and is_name(probe.hop.host):
            return "the proxy resolves the hop's name, so the family of its address is the proxy's own choice"
        case Interceptor() if not probe.prober.by_proxy:
            return "it sends packets of its own, which the proxy would answer itself"
        case _:
            return None


def _shows_no_ipv6(way: Way) -> bool:
    # Behind a proxy it is the proxy's; an address of IPv4 stays one, while an interface may yet get one of IPv6.
    return way.proxy is not None or (isinstance(way, Source) and "AAAA" not in way.record_types)


def _probe(looking: Looking, route: model.Route, hop: model.Hop, question: Question) -> Probe:
    check = question.check
    if looking.vantage.metered:
        check = replace(check, interval_seconds=question.metered_interval_seconds)
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
        mine=hop.mine,
        relay=None if hop.relay is None else _relay(hop.relay, origin.host, folder),
    )


def _relay(relay: Relay, host: str, folder: Path) -> model.Relay:
    secret = None if relay.secret is None else anchor(relay.secret, folder)
    return model.Relay(
        name=relay.name,
        audience=relay.audience or host,
        secret_file=None if secret is None else secret.file,
        secret_env=None if secret is None else secret.env,
    )


def _means(written: Written, folder: Path) -> model.Means:
    return model.Means(
        anchors=tuple(_anchor(name, one, folder) for name, one in written.anchors.items()),
        resolvers=written.controls.resolvers,
        dead_resolvers=written.controls.dead_resolvers,
        server_names=written.controls.server_names,
        bogons=written.bogons,
    )


def _anchor(name: str, anchor: Anchor, folder: Path) -> model.Anchor:
    origin, path = parse_page(anchor.url)
    hop = model.Hop(
        name=name,
        scheme=origin.scheme,
        host=origin.host,
        port=origin.port,
        address=anchor.address,
        ca_file=None if anchor.ca_file is None else str(folder / anchor.ca_file),
    )
    return model.Anchor(hop=hop, path=path, where=anchor.where)


def _looking(written: Written, name: str, vantage: Vantage, folder: Path) -> Looking:
    kind, way = vantage.way()
    seen_from = model.Vantage(
        name=name,
        kind=kind,
        site=vantage.site,
        region=vantage.region,
        provider=vantage.provider,
        metered=vantage.metered,
        proxied=way.proxy is not None,
    )
    return Looking(
        vantage=seen_from,
        way=anchor(way, folder),
        resolvers=effective.resolvers(written, vantage),
        resolver_ca_file=effective.resolver_ca_file(written, vantage, folder),
        concurrency=vantage.concurrency,
        fake_ips=written.fake_ips,
        allow=frozenset(vantage.allow),
    )
