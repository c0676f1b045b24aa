"""List what is asked on a route: the checks that are written, and those that are asked unsaid."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from probe import model
from probe.attempt import Prober
from probe.config import effective
from probe.config.anchor import anchor
from probe.config.fields import parse_origin
from probe.config.models import Check, Hop, Written
from probe.host import is_name
from probe.model import AddressFamily, Layer
from probe.prober import PROBERS

# What is asked of every hop of a route without checks: whether it can be reached at all.
_REACH = "reach"
_REACH_KINDS = {"https": "tls", "http": "tcp"}
# What is asked beside the user's checks, so that IPv6 is seen apart where a hop has it.
_TWIN = "ipv6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A check to plan, whatever the vantage, and what is to be known for that."""

    check: model.Check
    prober: Prober
    is_enabled: bool
    metered_interval_seconds: float


def questions(written: Written, name: str, folder: Path) -> Iterator[Question]:
    """Yield what is asked on a route: the user's checks in their order, and what belongs to them unsaid."""
    route = written.routes[name]
    if not route.checks:
        yield from (_reach(written, name, hop) for hop in route.hops)
    yield from _asked(written, name, folder)
    yield from _twins(written, name)


def _asked(written: Written, name: str, folder: Path) -> Iterator[Question]:
    route = written.routes[name]
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
            family=effective.family(written, route, check),
        )
        yield Question(
            check=planned,
            prober=anchor(prober, folder),
            is_enabled=check.enabled,
            metered_interval_seconds=effective.metered_interval(written, check),
        )


def _reach(written: Written, route: str, hop: str) -> Question:
    return _own_question(written, route, hop, _REACH)


def _twins(written: Written, name: str) -> Iterator[Question]:
    """Ask each hop that checks connect to by IPv6 too, where nobody else does, and no more often than they do."""
    route = written.routes[name]
    shown = {effective.hop(route, one) for word, one in route.checks.items() if _shows_ipv6(word, one)}
    for hop in route.hops:
        beside = [one for one in route.checks.values() if _connects(one) and effective.hop(route, one) == hop]
        if (beside or not route.checks) and hop not in shown and _may_have_both(written.hops[hop]):
            often = min((effective.interval(written, one) for one in beside), default=0.0)
            yield _twin(written, name, hop, often)


def _twin(written: Written, route: str, hop: str, often: float) -> Question:
    asked = _own_question(written, route, hop, _TWIN, AddressFamily.IPV6)
    return replace(
        asked,
        check=replace(asked.check, interval_seconds=max(often, asked.check.interval_seconds)),
        metered_interval_seconds=max(often, asked.metered_interval_seconds),
    )


def _shows_ipv6(name: str, check: Check) -> bool:
    return name == _TWIN or check.family == "ipv6"


def _connects(check: Check) -> bool:
    return check.enabled and Layer.TCP in check.prober()[1].layers


def _may_have_both(hop: Hop) -> bool:
    host = parse_origin(hop.url).host
    # RFC 6761, 6.3: names under localhost are nobody's but this machine's.
    is_resolved = is_name(host) and host.rpartition(".")[2] != "localhost"
    return hop.address is None and is_resolved and len(set(hop.families)) == 2


def _own_question(
    written: Written, route: str, hop: str, name: str, family: AddressFamily | None = None
) -> Question:
    """Ask by ourselves whether a hop can be reached; with a family, beside what the user asks."""
    kind = _REACH_KINDS[parse_origin(written.hops[hop].url).scheme]
    check = Check.model_validate({"hop": hop, kind: PROBERS[kind]()})
    planned = model.Check(
        name=name,
        route=route,
        hop=hop,
        through=hop,
        kind=kind,
        interval_seconds=effective.interval(written, check),
        timeout_seconds=effective.timeout(written, check),
        family=family or effective.family(written, written.routes[route], check),
        is_twin=family is not None,
    )
    return Question(
        check=planned,
        prober=PROBERS[kind](),
        is_enabled=True,
        metered_interval_seconds=effective.metered_interval(written, check),
    )
