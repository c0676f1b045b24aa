"""Decide whether an answer is false, and who gave it: each ground for it is a rule of its own, and a mere difference is none; pure."""

import ipaddress
from collections.abc import Callable
from enum import StrEnum

from probe.examination.case import Case
from probe.examination.names.doubt import has_handshake, is_private
from probe.examination.names.facts import Facts, all_bogons
from probe.examination.names.said import EMPTY, NXDOMAIN, RECORDS, Said
from probe.machine.bogon import is_bogon
from probe.model import Outcome

_TEREDO = ("2001::/32",)
# The peer at the address is somebody else, or nobody who knows the name.
_SOMEBODY_ELSE = ("tls.cert", "tls.not_tls", "tls.alert", "tls.interception")


class Author(StrEnum):
    """Who gave a false answer."""

    WAY = "way"
    INTERCEPTOR = "interceptor"
    RESOLVER = "resolver"
    UNKNOWN = "unknown"


def author(case: Case, facts: Facts) -> Author:
    """Tell who said what the probe went by, given that it is false."""
    used, by_tcp = facts.used, facts.by_tcp
    if not facts.doubt.is_open:
        return Author.RESOLVER
    if facts.dead_neutral is not None:
        return Author.INTERCEPTOR
    if facts.dead is not None or is_clash_sure(case, facts):
        return Author.WAY
    if used is None or by_tcp is None or not by_tcp.is_answer:
        return Author.UNKNOWN
    if by_tcp.agrees(used):
        return Author.RESOLVER
    is_true_by_tcp = facts.trusted is None or by_tcp.agrees(facts.trusted)
    return Author.WAY if is_true_by_tcp or _is_of_another_hand(facts) else Author.UNKNOWN


def is_clash_sure(case: Case, facts: Facts) -> bool:
    """Tell whether two answers to one question are of two authors.

    A network that doubles a packet makes a resolver answer twice, and one that gives each asker another address then differs.
    """
    if not facts.clash:
        return False
    first, *others = facts.clash
    is_odd = any(
        one.is_of_another_hand(first) or all_bogons(case, one) != all_bogons(case, first) for one in others
    )
    if is_odd or facts.clashes_again:
        return True
    # Who proved to be the service was reached by a true answer, so the other one may be true as well.
    if has_handshake(case.seen):
        return False
    reference = facts.reference
    is_confirmed = reference is not None and any(reference.agrees(one) for one in facts.clash)
    return is_confirmed or any(one.word != first.word for one in others)


def falsity(case: Case, facts: Facts) -> str | None:
    """Say why the answer that the probe went by is false; None when nothing proves it."""
    used = facts.used
    if used is None or _is_vouched(case, facts):
        return None
    if facts.reference is not None and facts.reference.agrees(used):
        return None
    if used.word != RECORDS:
        return _denial(facts, used)
    return next((why for ground in _GROUNDS if (why := ground(case, facts, used)) is not None), None)


def is_teredo(said: Said) -> bool:
    """Tell whether all addresses lie where forgers are known to point, and nobody else is."""
    return all(is_bogon(one, _TEREDO) for one in said.records)


def is_loopback(said: Said) -> bool:
    """Tell whether all addresses are the asking machine's own."""
    return all(ipaddress.ip_address(one).is_loopback for one in said.records)


def _is_vouched(case: Case, facts: Facts) -> bool:
    """Tell whether somebody with our certificate answers at the address given, or did; no difference outweighs that."""
    return facts.doubt.is_vouched or (
        not facts.clash and (facts.is_answered_ours or has_handshake(case.seen))
    )


def _denial(facts: Facts, used: Said) -> str | None:
    """Say who knows of records although the answer holds none."""
    if any(one.word == RECORDS for one in facts.clash):
        return "another answer to the same question has an address"
    if not used.is_answer:
        return None
    # That a name has no IPv6 address here and has one elsewhere is what many gateways see to.
    if used.word == EMPTY and facts.doubt.query.type == "AAAA":
        return None
    if facts.trusted is not None and facts.trusted.word == RECORDS:
        return "a trusted resolver knows an address"
    if facts.trusted is None and facts.by_tcp is not None and facts.by_tcp.word == RECORDS:
        return "the same resolver knows an address when it is asked by TCP"
    return None


def _clashing(case: Case, facts: Facts, used: Said) -> str | None:
    other = _other(facts, used)
    if not is_clash_sure(case, facts) or (all_bogons(case, other) and not all_bogons(case, used)):
        return None
    return f"the same question got two answers, {used} and {other}"


def _bogus(case: Case, facts: Facts, used: Said) -> str | None:
    reference = facts.reference
    if not all_bogons(case, used) or reference is None or reference.word != RECORDS:
        return None
    # A private address may be right where it was given; only that the public one works says that it is not.
    if any(is_private(one) for one in used.records) and not facts.is_true_well:
        return None
    return f"nobody can be reached at {used}, and others are told {reference}"


def _from_nobody(case: Case, facts: Facts, used: Said) -> str | None:  # noqa: ARG001 - a ground
    if facts.dead is None or facts.dead_neutral is not None or facts.dead.contradicts(used):
        return None
    return "the same answer comes from an address where no resolver is"


def _denied(case: Case, facts: Facts, used: Said) -> str | None:  # noqa: ARG001 - a ground
    """Say that there is no such name by TCP either; names that only the own resolver knows are the user's business."""
    by_tcp, trusted = facts.by_tcp, facts.trusted
    if trusted is None or trusted.word not in (NXDOMAIN, EMPTY) or by_tcp != trusted:
        return None
    return "there is no such address, as the same resolver says by TCP"


def _somebody_else(case: Case, facts: Facts, used: Said) -> str | None:
    """Say that the true address works, and the one given does not."""
    if not facts.is_true_well or not _is_steady(facts, used):
        return None
    is_other = facts.is_answered_wrong or case.is_of(*_SOMEBODY_ELSE)
    # A service that has many addresses may have lost one, or move to one that is not there yet: then nobody lies.
    is_alone = len(used.records) == 1 and facts.reference is not None
    if not is_other and not (is_alone and case.seen.outcome is Outcome.FAILED):
        return None
    where = facts.reference if facts.reference is not None else "the address that it had before"
    return f"the service answers at {where} and not at {used}"


def _otherwise_by_tcp(case: Case, facts: Facts, used: Said) -> str | None:  # noqa: ARG001 - a ground
    by_tcp, trusted = facts.by_tcp, facts.trusted
    if by_tcp is None or trusted is None or by_tcp.contradicts(trusted) or not _is_steady(facts, used):
        return None
    if not _is_of_another_hand(facts):
        return None
    return (
        f"by UDP the resolver says {used}, in another hand than for other names, and by TCP what others say"
    )


_GROUNDS: tuple[Callable[[Case, Facts, Said], str | None], ...] = (
    _clashing,
    _bogus,
    _from_nobody,
    _denied,
    _somebody_else,
    _otherwise_by_tcp,
)


def _is_steady(facts: Facts, used: Said) -> bool:
    """Tell whether the resolver gave the same once more: one that gives each time another address only takes turns."""
    return facts.same is not None and facts.same.agrees(used)


def _is_of_another_hand(facts: Facts) -> bool:
    """Tell whether the answer was not sent by who answers for a neutral name."""
    return (
        facts.used is not None and facts.neutral is not None and facts.used.is_of_another_hand(facts.neutral)
    )


def _other(facts: Facts, used: Said) -> Said:
    return next((one for one in facts.clash if one.contradicts(used)), used)
