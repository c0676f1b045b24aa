"""Gather what all connections of a case met with, side by side; pure, and None for whatever nobody asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from probe.examination.case import Case
from probe.examination.repeat import AGAIN
from probe.examination.transport import controls
from probe.examination.transport.facts import (
    AT_THE_DOOR,
    CUT_OFF,
    Met,
    is_ended_by_peer,
    met,
)
from probe.examination.transport.subject import Subject
from probe.model import Observation, Phase

_MINUTE_NS = 60 * 10**9
# As long as a filter has been seen to shut a port for what was said there.
_REMEMBERED_NS = 200 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the connection met with, and others that differ from it in one thing.

    `again`: in nothing; `nameless`: it names nobody; `foreign`: another name; `small`: small segments; `bytes`: other bytes;
    `neutral`: an anchor, naming nobody, and `near` one on this side of the border; `carried`: an anchor, but our name.
    """

    seen: Met | None
    again: Met | None
    nameless: Met | None
    foreign: Met | None
    small: Met | None
    bytes: Met | None
    neutral: Met | None
    near: Met | None
    carried: Met | None


def heard(case: Case, about: Subject) -> Heard:
    """Return it all; what an earlier repetition met with counts when it went to the same address."""
    return Heard(
        seen=met(about.seen),
        again=met(again(case, about)) or _another_check(case, about),
        nameless=_answer(case, controls.NAMELESS),
        foreign=_answer(case, controls.FOREIGN),
        small=_answer(case, controls.SMALL),
        bytes=_answer(case, controls.BYTES),
        neutral=_answer(case, controls.NEUTRAL),
        near=_answer(case, controls.NEAR),
        carried=_answer(case, controls.CARRIED),
    )


def _answer(case: Case, control: str) -> Met | None:
    return met(case.answers.get(control))


def again(case: Case, about: Subject) -> Observation | None:
    """Return the same, asked once more since it failed: by us, or by the part that repeats."""
    ours, earlier = case.answers.get(controls.TARGET), case.answers.get(AGAIN)
    if ours is not None and ours.ended_at_ns >= about.seen.started_at_ns:
        return ours
    tcp = earlier.evidence.tcp if earlier is not None else None
    return earlier if tcp is not None and tcp.address == about.address else None


def is_for_the_name(case: Case) -> bool:
    """Tell whether the same failed once more after it had been answered without our name, or to another one.

    Trouble that comes and goes by itself would have had to come back just then.
    """
    target = case.answers.get(controls.TARGET)
    if target is None or met(target) in (None, Met.ANSWERED):
        return False
    others = told(case, controls.NAMELESS, controls.FOREIGN)
    return any(met(one) is Met.ANSWERED and one.started_at_ns <= target.started_at_ns for one in others)


def _another_check(case: Case, about: Subject) -> Met | None:
    """Return what ours met with, if another check of the same place has met with it since it was last well."""
    since, kind = last_good_ns(case, about), met(about.seen)
    return next(
        (
            kind
            for one in case.known.siblings
            if one.started_at_ns > since and met(one) is kind and is_same_place(one, about)
        ),
        None,
    )


def other_ports(case: Case, about: Subject) -> Mapping[str, Observation]:
    """Return what connections to other ports of the address came to since it was last well, by their ids."""
    since = last_good_ns(case, about)
    return {
        key: seen
        for key, seen in case.answers.items()
        if key.startswith(controls.PORT) and seen.started_at_ns >= since
    }


def last_good_ns(case: Case, about: Subject) -> int:
    """Return when the place was last well, but no longer ago than a minute."""
    good = (*case.known.good, *((case.known.before,) if case.known.before else ()))
    latest = max((one.started_at_ns for one in good if is_same_place(one, about)), default=0)
    return max(about.seen.started_at_ns - _MINUTE_NS, latest)


def was_cut_off_lately(case: Case, about: Subject) -> bool:
    """Tell whether the same place lately opened to us, and then an answer to our words was prevented."""
    since = about.seen.started_at_ns - _REMEMBERED_NS
    return any(
        met(one) in CUT_OFF and not is_ended_by_peer(one) and is_same_place(one, about)
        for one in case.known.lately
        if one.identity != about.seen.identity and one.started_at_ns >= since
    )


def comes_and_goes(case: Case, about: Subject) -> bool:
    """Tell whether the same place failed in the same way and was well again in between, within a minute."""
    since, kind = about.seen.started_at_ns - _MINUTE_NS, met(about.seen)
    here = [one for one in case.known.lately if one.started_at_ns >= since and is_same_place(one, about)]
    failed = [one.started_at_ns for one in here if met(one) is kind]
    return any(one.failure is None and one.started_at_ns > min(failed) for one in here) if failed else False


def is_mute(case: Case, about: Subject) -> bool:
    """Tell whether other ports were tried, and none of them answered."""
    every = [met(seen) for seen in other_ports(case, about).values()]
    return bool(every) and all(one is Met.UNANSWERED for one in every)


def is_same_place(seen: Observation, about: Subject) -> bool:
    """Tell whether a connection went to the same address and port."""
    tcp = seen.evidence.tcp
    return (
        tcp is not None
        and seen.evidence.proxy is None
        and (tcp.address, tcp.port) == (about.address, about.port)
    )


def is_at_the_door(seen: Observation) -> bool:
    """Tell whether the connection was never open."""
    phase = seen.failure.phase if seen.failure else None
    return phase is Phase.CONNECT and met(seen) in AT_THE_DOOR


def told(case: Case, *ids: str) -> tuple[Observation, ...]:
    """Return those of the answers that there are."""
    return tuple(case.answers[one] for one in ids if one in case.answers)
