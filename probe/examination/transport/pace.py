"""Tell by how long things take who did them: nobody can answer in the peer's place and take as long as its packets do; pure.

A round trip may be long for reasons of its own, such as a radio that has to wake up or a machine that is busy, so what comes
too soon has to be too soon by the shortest of several that were not measured at one moment.
"""

from collections.abc import Iterator, Sequence

from probe.examination.case import Case
from probe.examination.transport import controls
from probe.examination.transport.facts import (
    Met,
    end_seconds,
    is_ended_by_peer,
    is_sooner,
    met,
    round_trip,
)
from probe.examination.transport.heard import (
    again,
    is_at_the_door,
    is_same_place,
    last_good_ns,
    other_ports,
)
from probe.examination.transport.subject import Subject
from probe.model import Observation

_LATELY_NS, _APART_NS = 300 * 10**9, 10**9
# When it was measured, and how long it took.
Trip = tuple[int, float]


def fastest(case: Case, about: Subject) -> float | None:
    """Return the shortest time in which the address is known to answer, by several round trips of other connections.

    A refusal is one only where nobody has seen the address answer sooner than that before.
    """
    before = list(_of_before(case, about))
    ports = [
        (seen.started_at_ns, trip)
        for seen in other_ports(case, about).values()
        if met(seen) is Met.ANSWERED or (met(seen) is Met.REFUSED and not before)
        if (trip := round_trip(seen)) is not None
    ]
    return _surest([*before, *ports])


def _surest(trips: Sequence[Trip]) -> float | None:
    times = [at_ns for at_ns, _ in trips]
    is_sure = bool(times) and max(times) - min(times) >= _APART_NS
    return min(seconds for _, seconds in trips) if is_sure else None


def is_alive(case: Case, about: Subject) -> bool:
    """Tell whether the address answers on another port, itself: nobody nearer speaks for it."""
    usual = _surest(list(_of_before(case, about)))
    return any(
        met(seen) in (Met.ANSWERED, Met.REFUSED) and not is_sooner(round_trip(seen), usual)
        for seen in other_ports(case, about).values()
    )


def is_refused_by_another(case: Case, about: Subject) -> bool:
    """Tell whether the port was refused sooner than the address itself can answer, now or since it was last well.

    Once is enough: a refusal can be late because we were, and never too soon.
    """
    if met(about.seen) is not Met.REFUSED:
        return False
    usual, every = fastest(case, about), _lately_there(case, about)
    return any(is_sooner(end_seconds(one), usual) for one in every if met(one) is Met.REFUSED)


def is_forged(case: Case, about: Subject) -> bool:
    """Tell whether somebody nearer than the peer ended the connection, although it had been open: now, or lately there.

    A server that is just being stopped ends what is open without waiting for our words, and nobody new gets in then.
    """
    ends = _ends(case, about)
    comes_again = any(one.started_at_ns >= other.ended_at_ns for one in ends for other in ends)
    return comes_again and is_ended_too_soon(case, about)


def is_ended_too_soon(case: Case, about: Subject) -> bool:
    """Tell whether the connection, or another one there lately, ended sooner than the peer can have heard our words."""
    trips = [*_of_other_ports(case, about), *_of_before(case, about), *_of_this_port(case, about)]
    usual = _surest(trips)
    return any(is_sooner(end_seconds(one), usual) for one in _ends(case, about))


def _ends(case: Case, about: Subject) -> Sequence[Observation]:
    """Return the connections to the place that were open and ended as this one, since it was last well."""
    kind = met(about.seen)
    if kind not in (Met.RESET, Met.CLOSED):
        return ()
    return [one for one in _lately_there(case, about) if met(one) is kind]


def _lately_there(case: Case, about: Subject) -> Iterator[Observation]:
    """Go through what became of the same place since it was last well."""
    since = last_good_ns(case, about)
    yield about.seen
    for one in (again(case, about), *(one for one in case.known.lately if one.started_at_ns > since)):
        if one is not None and is_same_place(one, about):
            yield one


def is_by_peer(case: Case, about: Subject) -> bool:
    """Tell whether the peer itself ended the connection."""
    return is_ended_by_peer(about.seen) and not is_forged(case, about)


def _of_other_ports(case: Case, about: Subject) -> Iterator[Trip]:
    for seen in other_ports(case, about).values():
        trip = round_trip(seen) if met(seen) is not Met.UNANSWERED else None
        if trip is not None:
            yield seen.started_at_ns, trip


def _of_before(case: Case, about: Subject) -> Iterator[Trip]:
    """Go through the round trips of what went well by the same way a moment ago."""
    since = about.seen.started_at_ns - _LATELY_NS
    every = (*case.known.lately, *case.known.good, *((case.known.before,) if case.known.before else ()))
    for one in {one.identity: one for one in every}.values():
        trip = round_trip(one) if one.failure is None and one.started_at_ns >= since else None
        if trip is not None and _is_same_way(one, about):
            yield one.started_at_ns, trip


def _of_this_port(case: Case, about: Subject) -> Iterator[Trip]:
    """Go through the round trips of connections that opened there, whatever became of them."""
    here = [case.answers.get(one) for one in (controls.NAMELESS, controls.TARGET, controls.SMALL)]
    every = (about.seen, *case.known.lately, *(seen for seen in here if seen is not None))
    for one in {one.identity: one for one in every if one.failure is not None}.values():
        trip = round_trip(one) if is_same_place(one, about) and not is_at_the_door(one) else None
        if trip is not None:
            yield one.started_at_ns, trip


def _is_same_way(seen: Observation, about: Subject) -> bool:
    one, other = seen.evidence.tcp, about.seen.evidence.tcp
    if one is None or other is None or seen.evidence.proxy is not None:
        return False
    return one.address == other.address and one.source == other.source
