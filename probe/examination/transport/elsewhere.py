"""Compare with what other vantages met with at the same time, and say whom that leaves to blame; pure."""

from collections.abc import Iterator

from probe.examination.case import Case
from probe.examination.element import way
from probe.examination.transport.facts import Met, met
from probe.examination.transport.heard import is_at_the_door
from probe.examination.transport.pace import is_by_peer, is_forged
from probe.examination.transport.subject import Subject
from probe.model import Observation, Verdict
from probe.model.element import host

Blame = tuple[str | None, Verdict]


def works_elsewhere(case: Case, about: Subject) -> tuple[Observation, ...]:
    """Return what other vantages got further with, asked since ours failed: what they saw before says nothing of now."""
    return tuple(one for one in _same_since(case, about) if _got_further(one, about))


def works_for_neighbours(case: Case, about: Subject) -> tuple[Observation, ...]:
    """Return what vantages of the same provider got further with meanwhile."""
    return tuple(one for one in works_elsewhere(case, about) if way(case) in one.crossed)


def fails_elsewhere(case: Case, about: Subject) -> tuple[Observation, ...]:
    """Return what failed in the same way from other networks, unless it works from one of them."""
    if works_elsewhere(case, about):
        return ()
    wanted = met(about.seen)
    return tuple(
        one for one in _same_since(case, about) if met(one) is wanted and way(case) not in one.crossed
    )


def works_by_ipv4(case: Case, about: Subject) -> tuple[Observation, ...]:
    """Return what went well at the hop by IPv4 since it failed by IPv6; nobody filters the lesser used family alone."""
    if ":" not in about.address:
        return ()
    return tuple(
        one
        for one in (*case.known.lately, *case.known.good)
        if one.failure is None
        and one.series.hop == case.hop.name
        and one.started_at_ns >= about.seen.started_at_ns
        if one.evidence.tcp is not None and ":" not in one.evidence.tcp.address
    )


def blame(case: Case, about: Subject, otherwise: Blame) -> Blame:
    """Return whom other vantages' view leaves to blame, else who ended the connection, and `otherwise` if nothing tells."""
    if not about.is_hop:
        return way(case), otherwise[
            1
        ]  # a place that a redirect led to has no name in the chain but the way to it
    if works_elsewhere(case, about) or is_forged(case, about):
        return way(case), Verdict.BLOCKED
    is_own = is_at_the_door(about.seen) and bool(works_by_ipv4(case, about))
    if is_own or fails_elsewhere(case, about) or is_by_peer(case, about):
        return host(case.hop.name), Verdict.DOWN
    return otherwise


def _same_since(case: Case, about: Subject) -> Iterator[Observation]:
    for one in case.known.elsewhere:
        tcp = one.evidence.tcp
        if tcp is None or one.evidence.proxy is not None or one.started_at_ns < about.seen.started_at_ns:
            continue
        if (tcp.address, tcp.port) == (about.address, about.port):
            yield one


def _got_further(seen: Observation, about: Subject) -> bool:
    found = met(seen)
    if found is Met.ANSWERED:
        return True
    return found is not None and is_at_the_door(about.seen) and not is_at_the_door(seen)
