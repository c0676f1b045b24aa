"""Whom to compare a failure with, and what those say: neutral anchors first, and where there are none other hops; pure.

Only what ended after the failing probe began tells anything: a network dies between two probes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from probe.examination.case import Case, Control
from probe.examination.local.explains import DATES, NO_ANSWER
from probe.examination.local.reach import dialled, ended_as, has_answered, is_below, went_out
from probe.host import is_name
from probe.model import AddressFamily, Anchor, Hop, Observation, Overrides
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.resolver import place

SECONDS = 1.5
_BODY_BYTES = 4096
# A question, a connection and a short answer, both ways, with what is sent again in that time; TLS has its flights besides.
_PLAIN_PACKETS, _TLS_PACKETS, _CONNECT_PACKETS, _QUESTION_PACKETS = 14, 24, 5, 16
# Two of them in different networks do not fail by chance.
ENOUGH = 2
_MOST_OTHERS = 2
# No portal appears between the checks of one hop.
_LATELY_SECONDS = 5.0
_ANCHOR, _REACH = "anchor:", "reach:"
# The vantage's resolvers say nothing, so whoever is asked by a name cannot be reached either.
_UNRESOLVED = ("dns.timeout", "dns.resolver_unreachable", "dns.failed", "dns.tls", "dns.http", "dns.reset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody far away whose address is known, and the hop that it is."""

    hop: Hop
    address: str
    port: int


def is_comparison(control: str) -> bool:
    """Tell by its id whether a control asks somebody for comparison."""
    return control.startswith((_ANCHOR, _REACH))


def anchor_id(anchor: Anchor, family: AddressFamily = AddressFamily.ANY) -> str:
    """Name the control that asks an anchor: other parts of the table may read its answer."""
    return f"{_ANCHOR}{anchor.hop.name}" + (f":{family.value}" if family is not AddressFamily.ANY else "")


def anchors(case: Case, family: AddressFamily = AddressFamily.ANY) -> Iterator[Control]:
    """Ask every anchor for its page; whether anybody answers, and what time it is, has to be asked now."""
    is_urgent = is_below(ended_as(case.seen), (*NO_ANSWER, *DATES))
    for one in case.means.anchors:
        yield Control(
            id=anchor_id(one, family),
            kind="http",
            hop=one.hop,
            prober=Http(path=one.path, max_body=_BODY_BYTES),
            family=family,
            seconds=SECONDS,
            packets=_TLS_PACKETS if one.hop.scheme == "https" else _PLAIN_PACKETS,
            now=is_urgent,
            fresh_seconds=_LATELY_SECONDS,
        )


def comparisons(case: Case) -> Iterator[Control]:
    """Ask whoever tells whether the vantage reaches anybody at all; where names cannot be resolved, by address."""
    every = tuple(anchors(case))
    if not is_below(ended_as(case.seen), _UNRESOLVED):
        yield from every
        yield from () if len(every) >= ENOUGH else map(_connection, _places(case, with_own=False))
        return
    places = _places(case, with_own=True)
    yield from (one for one in every if not places or not is_name(_dialled_as(one.hop)))
    yield from map(_connection, places)
    yield from _trusted(case)


def _dialled_as(hop: Hop) -> str:
    return hop.address or hop.host


def _connection(where: Place) -> Control:
    return Control(
        id=f"{_REACH}{where.address}",
        kind="tcp",
        hop=where.hop,
        prober=Tcp(),
        overrides=Overrides(address=where.address, port=where.port),
        seconds=SECONDS,
        packets=_CONNECT_PACKETS,
        now=True,
    )


def _trusted(case: Case) -> Iterator[Control]:
    """Ask a resolver that is spoken to by its address, and that nobody can answer for."""
    if case.vantage.proxied:
        return
    encrypted = [one for one in map(place, case.means.resolvers) if one.is_encrypted]
    for one in encrypted[:1]:
        yield Control(
            id=f"{_REACH}resolver",
            kind="dns",
            hop=case.hop,
            prober=Dns(),
            overrides=replace(_name(case), resolver=str(one)),
            seconds=SECONDS,
            packets=_QUESTION_PACKETS,
            now=True,
        )


def _name(case: Case) -> Overrides:
    """Name somebody to ask for: whom the probe asked for, or an anchor, or else the root, which every resolver knows."""
    hosts = (case.hop.host, *(one.hop.host for one in case.means.anchors))
    name = next(filter(is_name, hosts), None)
    return Overrides(name=".", record_type="NS") if name is None else Overrides(name=name, record_type="A")


def _places(case: Case, *, with_own: bool) -> tuple[Place, ...]:
    """List addresses that probes of this vantage reached lately: the hop's own where that is wanted, and two of others."""
    hops = {one.name: one for one in case.everywhere}
    before = () if case.known.before is None else (case.known.before,)
    found: dict[str, Place] = {}
    # IPv4 first, whose being broken does not go unnoticed.
    for seen in sorted((*before, *case.known.good), key=lambda one: ":" in (dialled(one.evidence) or "")):
        hop, tcp = hops.get(seen.series.hop), seen.evidence.tcp
        if hop is None or tcp is None or (hop.host == case.hop.host and not with_own):
            continue
        found.setdefault(hop.host, Place(hop=hop, address=tcp.address, port=tcp.port))
    return tuple(found.values())[: _MOST_OTHERS + with_own]


def answers(case: Case) -> tuple[Observation, ...]:
    """Return all that was seen from this vantage since, but for the failing probe itself."""
    by_schedule = (one for one in case.known.siblings if one.ended_at_ns >= case.since_ns)
    asked = (one for one in case.answers.values() if one.ended_at_ns >= case.seen.started_at_ns)
    return (*by_schedule, *asked)


def answered(case: Case) -> tuple[Observation, ...]:
    """Return what shows that somebody far away is reached; empty where nothing does."""
    return tuple(one for one in answers(case) if has_answered(one))


def unreached(case: Case) -> Mapping[str, Observation]:
    """Return what was asked of others for comparison, sent to their addresses and never answered, by control."""
    own = own_addresses(case)
    found: dict[str, tuple[str, Observation]] = {}
    for name, one in case.answers.items():
        address = _address(one)
        if is_comparison(name) and went_out(one) and address is not None and address not in own:
            found.setdefault(address, (name, one))
    return dict(found.values())


def compared(case: Case) -> Mapping[str, Observation]:
    """Return what whoever was asked for comparison came to, by control."""
    return {name: one for name, one in case.answers.items() if is_comparison(name)}


def of_anchor(case: Case, anchor: Anchor) -> tuple[Observation, ...]:
    """Return what an anchor was asked, by whatever family."""
    ids = [anchor_id(anchor, family) for family in AddressFamily]
    return tuple(case.answers[one] for one in ids if one in case.answers)


def own_addresses(case: Case) -> frozenset[str]:
    """Return the addresses at which the hop itself was looked for, now or before."""
    seen = (case.seen, *(() if case.known.before is None else (case.known.before,)))
    dialled_so_far = (dialled(one.evidence) for one in seen)
    return frozenset({*case.known.vouched, *(one for one in dialled_so_far if one is not None)})


def _address(seen: Observation) -> str | None:
    """Return where it was sent to: the address that was dialled, or that of the resolver that was spoken to."""
    if (address := dialled(seen.evidence)) is not None:
        return address
    return place(seen.evidence.dns[-1].resolver).address if seen.evidence.dns else None
