"""What it means that an open connection does not survive its first bytes: the name, the bytes, their size, or the peer; pure."""

from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import way
from probe.examination.transport import controls
from probe.examination.transport.elsewhere import Blame, blame, works_elsewhere
from probe.examination.transport.facts import CUT_OFF, Met, is_through, met
from probe.examination.transport.heard import (
    Heard,
    again,
    comes_and_goes,
    heard,
    is_at_the_door,
    is_for_the_name,
    told,
)
from probe.examination.transport.kinds import (
    BY_NAME,
    WHATEVER_THE_BYTES,
    WHATEVER_THE_NAME,
    filtered_at_anchor,
)
from probe.examination.transport.pace import is_by_peer, is_ended_too_soon, is_forged
from probe.examination.transport.said import concluded, kept, passed
from probe.examination.transport.subject import Subject, subject
from probe.examination.transport.vouching import is_vouched
from probe.model import Phase, Verdict
from probe.model.element import host


def concerns(about: Subject) -> bool:
    """Tell whether the connection was open, and its first words got no answer."""
    failure = about.seen.failure
    if failure is None or is_at_the_door(about.seen) or (about.is_tls and failure.phase is not Phase.TLS):
        return False
    return met(about.seen) in {*CUT_OFF, Met.SILENT, Met.UNREACHABLE} or is_stuck(about)


def is_stuck(about: Subject) -> bool:
    """Tell whether our words arrived, and what should answer them did not, or not as a whole."""
    return met(about.seen) is Met.SILENT or (about.cause == "tls.timeout" and met(about.seen) is Met.ANSWERED)


def wanted(case: Case, about: Subject) -> Iterator[Control]:
    """Ask without our name first, because after our name everything may be punished for a while."""
    if not controls.can_vary(case, about) or met(about.seen) is Met.UNREACHABLE:
        return
    facts = heard(case, about)
    yield controls.nameless(case, about)
    if is_stuck(about):
        yield controls.target(case, about)
        yield controls.small(case, about)
        yield from controls.at_anchor(case, about)
        yield from controls.near_anchor(case, about)
    elif facts.nameless is Met.ANSWERED:
        yield from _for_our_name(case, about, facts)
    elif facts.nameless is not None or facts.seen is Met.UNACKED:
        # What vanishes is waited for, so that as much as possible is asked at once.
        yield from _closer(case, about, facts)


def _for_our_name(case: Case, about: Subject, facts: Heard) -> Iterator[Control]:
    """Ask whether it is our name, any name, or chance, now that nobody's name has passed."""
    if (other := controls.foreign(case, about)) is not None:
        yield other
    yield controls.target(case, about)
    # What ended too soon is nobody's chance when it ends so again.
    is_open = controls.TARGET in case.answers or not is_ended_too_soon(case, about)
    if is_open and _may_be_chance(case, about):
        yield from controls.at_anchor(case, about)
        if facts.neutral is Met.ANSWERED:
            yield from controls.carried(case, about)


def _closer(case: Case, about: Subject, facts: Heard) -> Iterator[Control]:
    """Ask what remains when nobody gets through there, by whatever name."""
    yield from controls.at_anchor(case, about)
    if facts.neutral is Met.ANSWERED and facts.nameless is not None:
        yield from controls.carried(case, about)
    if facts.nameless in CUT_OFF:
        yield controls.other_bytes(case, about)
        if facts.nameless is Met.UNACKED:
            # A hello with a key for quantum computers' sake fills more than one segment.
            yield controls.small(case, about)


def _may_be_chance(case: Case, about: Subject) -> bool:
    """Tell whether the peer itself can have ended the connection: it did not vanish, nor was it ended too soon for that."""
    return met(about.seen) in (Met.RESET, Met.CLOSED) and not is_forged(case, about)


def cut_short(case: Case) -> Subject | None:
    """Return the connection that was open and whose first words got no answer; None where that is not so."""
    about = subject(case)
    return about if about is not None and concerns(about) else None


def _cut_off(case: Case) -> tuple[Subject, Met, Heard] | None:
    about = cut_short(case)
    kind = met(about.seen) if about is not None else None
    if about is None or kind not in CUT_OFF:
        return None
    return about, kind, heard(case, about)


def _passed(case: Case) -> Conclusion | None:
    about = cut_short(case)
    repeated = again(case, about) if about is not None else None
    if about is None or repeated is None or met(repeated) is not Met.ANSWERED or not is_through(repeated):
        return None
    return passed("bytes.passed", about.cause, (repeated,))


def _filtered(case: Case) -> Conclusion | None:
    cut = _cut_off(case)
    if cut is None:
        return None
    about, kind, facts = cut
    if facts.again is Met.ANSWERED or facts.foreign in CUT_OFF or not is_for_the_name(case):
        return None
    # A peer that ends some connections does so by chance; and nobody knows what a stranger's server does with our name.
    if _may_be_chance(case, about) or not (is_forged(case, about) or is_vouched(case, about)):
        return None
    return concluded(
        "name.filtered",
        BY_NAME[about.is_tls, kind],
        f"the same without the name {about.name} is answered at the same address and port, and with it not",
        (way(case), Verdict.BLOCKED),
        told(case, controls.NAMELESS, controls.TARGET),
    )


def _filtered_elsewhere(case: Case) -> Conclusion | None:
    cut = _cut_off(case)
    if cut is None:
        return None
    about, _, facts = cut
    cause = filtered_at_anchor(case, about, facts)
    if cause is None:
        return None
    return concluded(
        "name.filtered-at-anchor",
        cause,
        f"an anchor that answers others meets with the same as the hop once the name {about.name} is said to it",
        (way(case), Verdict.BLOCKED),
        told(case, controls.NAMELESS, controls.NEUTRAL, controls.CARRIED),
    )


def _whatever_the_bytes(case: Case) -> Conclusion | None:
    cut = _cut_off(case)
    if cut is None:
        return None
    about, kind, facts = cut
    cause = WHATEVER_THE_BYTES.get(kind)
    if cause is None or facts.nameless is not kind or facts.bytes is not kind or comes_and_goes(case, about):
        return None
    # After a filter has struck, all that is said to the port may be punished: then only the peer's own hand, or our name
    # getting through somewhere else, tells that it is not for the name.
    if not is_by_peer(case, about) and facts.carried is not Met.ANSWERED:
        return None
    return concluded(
        "bytes.any",
        cause,
        "the connection opens, and whatever the first bytes are meets with the same: our name, none, and another protocol",
        blame(case, about, (way(case), Verdict.BLOCKED)),
        told(case, controls.NAMELESS, controls.BYTES, controls.CARRIED),
    )


def _whatever_the_name(case: Case) -> Conclusion | None:
    cut = _cut_off(case)
    if cut is None:
        return None
    about, kind, facts = cut
    takes_others = (Met.ANSWERED, Met.CLOSED) if kind is not Met.CLOSED else (Met.ANSWERED,)
    if facts.nameless is not kind or facts.bytes not in takes_others or comes_and_goes(case, about):
        return None
    return concluded(
        "name.any",
        WHATEVER_THE_NAME[about.is_tls, kind],
        "the same without our name meets with the same, and bytes of another protocol do not",
        blame(case, about, _usual(case, kind)),
        told(case, controls.NAMELESS, controls.BYTES, controls.CARRIED),
    )


def is_last(case: Case, about: Subject) -> bool:
    """Tell whether whoever is spoken to answers himself; a request may wait for those behind him."""
    return about.is_tls or case.seen.through == case.hop.name


def _unanswered(case: Case) -> Conclusion | None:
    about = cut_short(case)
    if about is None:
        return None
    is_taken = met(about.seen) is Met.SILENT or is_by_peer(case, about)
    if is_taken and not is_last(case, about):
        return None
    elsewhere = works_elsewhere(case, about)
    blamed = blame(case, about, _usual(case, met(about.seen)))
    return kept(case, "bytes.unanswered", about.cause, blamed, elsewhere)


def _usual(case: Case, kind: Met | None) -> Blame:
    """Return whom such an end points at when nothing else tells."""
    if kind in (Met.CLOSED, Met.SILENT, Met.ANSWERED):
        return host(case.hop.name), Verdict.DOWN
    return way(case), Verdict.DOWN


RULES: tuple[Rule, ...] = (
    Rule(
        id="bytes.passed",
        says="What was not answered was answered a moment later.",
        causes=("tcp", "tls", "http"),
        decide=_passed,
    ),
    Rule(
        id="name.filtered",
        says="Without our name the same place answers, and with it again not: the words vanish, or the end comes too soon to"
        " be the peer's.",
        causes=tuple(BY_NAME.values()),
        decide=_filtered,
        settles=True,
    ),
    Rule(
        id="name.filtered-at-anchor",
        says="An anchor answers, and once our name is said to it meets us with what the hop did.",
        causes=tuple(BY_NAME.values()),
        decide=_filtered_elsewhere,
        settles=True,
    ),
    Rule(
        id="bytes.any",
        says="Without our name the same, with other bytes the same; and our name passes at an anchor, or the peer itself had"
        " acknowledged the bytes.",
        causes=tuple(WHATEVER_THE_BYTES.values()),
        decide=_whatever_the_bytes,
        settles=True,
    ),
    Rule(
        id="name.any",
        says="Without our name the same, with other bytes not.",
        causes=tuple(WHATEVER_THE_NAME.values()),
        decide=_whatever_the_name,
        settles=True,
    ),
)
# When all else is known.
UNANSWERED = Rule(
    id="bytes.unanswered",
    says="An open connection did not survive its first bytes, and no comparison tells more.",
    causes=("tcp", "tls", "http"),
    decide=_unanswered,
)
