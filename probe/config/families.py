"""Refuse what cannot be: a check about one family of addresses where only the other one is or can be dialled."""

from collections.abc import Iterable, Iterator

from probe.config import effective
from probe.config.document import Complaint, Document, KeyPath
from probe.config.models import Check, Route, Written
from probe.host import is_name
from probe.model import AddressFamily
from probe.plan import Plan, Probe
from probe.vantage.source import Source


def complaints(document: Document, written: Written, plan: Plan) -> Iterator[Complaint]:
    """Yield a complaint per check that could never be asked as it is written."""
    found = [*_of_checks(document, written), *_of_probes(document, plan)]
    yield from dict.fromkeys(found)


def _of_checks(document: Document, written: Written) -> Iterator[Complaint]:
    for name, route in written.routes.items():
        for check_name, check in route.checks.items():
            path = ("routes", name, "checks", check_name, "family")
            if check.family != "any" and (why := _never(written, route, check)):
                yield document.at_value(path, why)


def _never(written: Written, route: Route, check: Check) -> str | None:
    if check.prober()[0] == "dns":
        return "a dns check dials nothing; which records it asks for is said by its own key, as dns: {type: AAAA}"
    hop = effective.hop(route, check)
    families = written.hops[hop].families
    if check.family not in families:
        return f"{hop!r} is probed by {families[0]} only, as its `families` say"
    return None


def _of_probes(document: Document, plan: Plan) -> Iterator[Complaint]:
    for probe in plan.probes:
        if not probe.check.is_twin and probe.check.kind != "dns" and (why := _mismatch(probe)):
            yield document.at_key(_place(document, probe), why)


def _mismatch(probe: Probe) -> str | None:
    """Say which two of hop, check and vantage do not fit each other."""
    wanted, literal = probe.check.family, _literal(probe)
    if literal is not None and not wanted.holds(literal):
        return f"family mismatch: the hop's address {literal} is no {wanted.word} address"
    if not isinstance(probe.looking.way, Source):
        return None
    own = probe.looking.way.address
    from_there = f"the vantage {probe.series.vantage!r} has the address {own}"
    advice = "leave it out of the route's `vantages`"
    if literal is not None and not AddressFamily.of(own).holds(literal):
        return f"family mismatch: {from_there}, from which the hop's {literal} cannot be reached; {advice}"
    if not wanted.holds(own):
        return f"family mismatch: {from_there} and no {wanted.word}; {advice}"
    return None


def _literal(probe: Probe) -> str | None:
    hop = probe.hop
    return hop.address or (None if is_name(hop.host) else hop.host)


def _place(document: Document, probe: Probe) -> KeyPath:
    route = ("routes", probe.series.route)
    written: Iterable[str] = _keys(document, (*route, "checks"))
    if probe.series.check in written:
        return (*route, "checks", probe.series.check)
    return (*route, "hops")


def _keys(document: Document, path: KeyPath) -> Iterable[str]:
    tree = document.tree
    for part in path:
        tree = tree.get(str(part)) if isinstance(tree, dict) else None
    return tree if isinstance(tree, dict) else ()
