"""What it means that a connection could not be opened: which port, which address, which network, and who said so; pure."""

from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import is_below, way
from probe.examination.transport import controls
from probe.examination.transport.elsewhere import Blame, blame, works_elsewhere
from probe.examination.transport.facts import Met, met
from probe.examination.transport.heard import (
    Heard,
    again,
    heard,
    is_at_the_door,
    other_ports,
    told,
    was_cut_off_lately,
)
from probe.examination.transport.kinds import BY_NAME, filtered_at_anchor
from probe.examination.transport.pace import is_alive, is_refused_by_another
from probe.examination.transport.said import concluded, kept, passed
from probe.examination.transport.subject import Subject, subject
from probe.model import Observation, Verdict
from probe.model.element import host


def concerns(about: Subject) -> bool:
    """Tell whether the connection was never open."""
    return is_at_the_door(about.seen)


def wanted(case: Case, about: Subject) -> Iterator[Control]:
    """Ask other ports first, and whom the address lies beside; then whether it is our name that closes the port.

    The name comes first where a filter has lately cut off what we said there.
    """
    facts = heard(case, about)
    if was_cut_off_lately(case, about):
        first = [one for one in _for_the_name(case, about, facts) if one.id not in case.answers]
        if first or filtered_at_anchor(case, about, facts):
            yield from first
            return
    if again(case, about) is None or controls.TARGET in case.answers:
        yield controls.connection(case, about)
    yield from controls.ports(case, about)
    if facts.seen is Met.UNANSWERED:
        yield from controls.neighbours(case, about)
    if facts.seen is Met.UNREACHABLE:
        return
    if about.is_tls:
        yield from _for_the_name(case, about, facts)
    else:
        yield from controls.at_anchor(case, about)


def _for_the_name(case: Case, about: Subject, facts: Heard) -> Iterator[Control]:
    yield from controls.at_anchor(case, about)
    if _may_be_for_the_name(case, about, facts):
        yield from controls.carried(case, about)


def _may_be_for_the_name(case: Case, about: Subject, facts: Heard) -> bool:
    """Tell whether the port can be shut to us for a name that we said there lately."""
    if facts.neutral is not Met.ANSWERED or facts.seen not in (Met.UNANSWERED, Met.REFUSED):
        return False
    if was_cut_off_lately(case, about):
        return True
    is_by_itself = facts.seen is Met.REFUSED and not is_refused_by_another(case, about)
    return is_alive(case, about) and not is_by_itself


def at_the_door(case: Case) -> Subject | None:
    """Return the connection that was never open; None where it was."""
    about = subject(case)
    return about if about is not None and concerns(about) else None


def _passed(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None or heard(case, about).again is not Met.ANSWERED:
        return None
    return passed("tcp.passed", about.cause, told(case, controls.TARGET))


def _shut_for_the_name(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None:
        return None
    facts = heard(case, about)
    cause = filtered_at_anchor(case, about, facts)
    if cause is None or not _may_be_for_the_name(case, about, facts):
        return None
    return concluded(
        "name.shut",
        cause,
        "an anchor that answers others is kept from us once our name is said to it, and the port that our name was said to"
        " is shut now, and it alone",
        (way(case), Verdict.BLOCKED),
        (*other_ports(case, about).values(), *told(case, controls.NEUTRAL, controls.CARRIED)),
    )


def _refused_by_another(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None or not is_refused_by_another(case, about):
        return None
    return concluded(
        "tcp.refused-too-soon",
        "tcp.refused.injected",
        "the refusal came sooner than the address itself can answer, by its other ports or an earlier connection",
        (way(case), Verdict.BLOCKED),
        (*other_ports(case, about).values(), *told(case, controls.TARGET)),
    )


def _refused(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None or met(about.seen) is not Met.REFUSED:
        return None
    elsewhere = works_elsewhere(case, about)
    # Where somebody has lately cut off what we said there, the port may as well be shut for that; a server that is stopped
    # cuts off too, and then an anchor hears our name undisturbed.
    is_doubtful = was_cut_off_lately(case, about) and heard(case, about).carried is not Met.ANSWERED
    blamed = blame(case, about, (way(case) if is_doubtful else host(case.hop.name), Verdict.DOWN))
    return kept(case, "tcp.refused", about.cause, blamed, (*other_ports(case, about).values(), *elsewhere))


def _unreachable(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None or met(about.seen) is not Met.UNREACHABLE:
        return None
    blamed = said_by(about, about.seen, case)
    return kept(case, "tcp.unreachable", about.cause, blamed, tuple(other_ports(case, about).values()))


def said_by(about: Subject, seen: Observation, case: Case) -> Blame:
    """Blame the hop for what its own address says, and the way for what a router says."""
    tcp, cause = seen.evidence.tcp, seen.failure.cause if seen.failure else ""
    said_by = {one.sender for one in tcp.icmp} if tcp else set()
    verdict = Verdict.BLOCKED if is_below(cause, ("tcp.unreachable.admin",)) else Verdict.DOWN
    is_own_word = said_by == {about.address} and about.is_hop
    return host(case.hop.name) if is_own_word else way(case), verdict


def _unopened(case: Case) -> Conclusion | None:
    about = at_the_door(case)
    if about is None:
        return None
    return kept(case, "tcp.unopened", about.cause, blame(case, about, (way(case), Verdict.DOWN)))


RULES: tuple[Rule, ...] = (
    Rule(
        id="tcp.passed",
        says="The connection that did not open opened a moment later.",
        causes=("tcp",),
        decide=_passed,
    ),
    Rule(
        id="name.shut",
        says="The port is shut while other ports answer, or opened a moment ago; and our name draws a filter at an anchor as"
        " well: it is shut for having been told that name.",
        causes=tuple(BY_NAME.values()),
        decide=_shut_for_the_name,
    ),
    Rule(
        id="tcp.refused-too-soon",
        says="The refusal came in less than 0.8 of the time in which the address answers otherwise: somebody nearer sent it.",
        causes=("tcp.refused.injected",),
        decide=_refused_by_another,
    ),
    Rule(
        id="tcp.refused",
        says="The refusal took as long as an answer of the address does: the port is closed there.",
        causes=("tcp.refused", "tcp.reset"),
        decide=_refused,
    ),
    Rule(
        id="tcp.unreachable",
        says="A router says that the address cannot be reached; when the address itself says so, the hop does.",
        causes=("tcp.unreachable",),
        decide=_unreachable,
    ),
)
# When all else is known.
UNOPENED = Rule(
    id="tcp.unopened",
    says="The connection did not open, and no comparison tells more.",
    causes=("tcp",),
    decide=_unopened,
)
