"""Rules for answers that others are not given, or are given as well, and that nobody forged; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.names.doubt import has_handshake, may_be_ours
from probe.examination.names.facts import Facts, all_bogons
from probe.examination.names.judging import falsity, is_loopback
from probe.examination.names.said import RECORDS
from probe.examination.names.telling import BOGON, at_resolver, at_zone, bogon_of, rule
from probe.model import Level, Outcome, Verdict


def _zone_bogus(case: Case, facts: Facts) -> Conclusion | None:
    """Blame the zone where the trusted resolver is given the same address of nobody, and nobody is there."""
    used, trusted = facts.used, facts.trusted
    if used is None or trusted is None or used.contradicts(trusted) or not all_bogons(case, used):
        return None
    if case.seen.outcome is not Outcome.FAILED or not (case.is_of("dns", "tcp") or is_loopback(used)):
        return None
    if any(may_be_ours(case.seen, one) for one in used.records):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(bogon_of(used),),
        rule="",
        detail=f"everybody is told {used}, where nobody can be reached",
        element=at_zone(facts),
    )


def _stale(case: Case, facts: Facts) -> Conclusion | None:
    used, trusted = facts.used, facts.trusted
    if not facts.doubt.is_vouched or used is None or trusted is None or not facts.is_true_well:
        return None
    is_moved = len(used.records) == len(trusted.records) == 1 and used.contradicts(trusted)
    # Who has been at both lately is at many places, and has lost one.
    if not is_moved or trusted.records & set(case.known.vouched):
        return None
    if facts.same is None or facts.same.contradicts(used):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=("dns.stale",),
        rule="",
        detail=f"the resolver still says {used}, where the service was; it is now at {trusted}",
        element=at_resolver(facts),
    )


def _unproven(case: Case, facts: Facts) -> Conclusion | None:
    """Admit that nothing can be told of an address that nobody vouches for, and that others are not given."""
    used, reference = facts.used, facts.reference
    if facts.doubt.is_vouched or case.seen.outcome is not Outcome.FAILED or case.is_of("dns"):
        return None
    if used is None or reference is None or reference.word != RECORDS or used.agrees(reference):
        return None
    if facts.true is not None:
        return None
    return Conclusion(
        verdict=Verdict.INSUFFICIENT,
        causes=("dns.answer_unmatched",),
        rule="",
        detail=f"{used} is not what others are told, so what was seen there may not be the service",
        level=Level.DISCARDED,
    )


def _unmatched(case: Case, facts: Facts) -> Conclusion | None:
    """Tell of a difference that proves nothing, where it is all there is to tell."""
    used, reference = facts.used, facts.reference
    if used is None or used.word != RECORDS or falsity(case, facts) is not None:
        return None
    is_asked = case.seen.kind == "dns" and (case.seen.outcome is Outcome.OK or case.is_of("dns.unexpected"))
    is_other = (
        is_asked and reference is not None and reference.word == RECORDS and reference.contradicts(used)
    )
    is_ok = case.seen.outcome is Outcome.OK
    # Whoever proved to be the service was reached, by whatever address.
    is_clash = bool(facts.clash) and is_ok and not has_handshake(case.seen)
    if not is_other and not is_clash:
        return None
    return Conclusion(
        verdict=Verdict.OK if is_ok else Verdict.INSUFFICIENT,
        causes=("dns.answer_unmatched",),
        rule="",
        detail=f"{used} has nothing in common with what others are told, which proves nothing",
        level=Level.DISCARDED,
    )


OUTDATED = (
    rule(
        "names.zone-bogus",
        "Trusted resolvers are told the same address of nobody: it is the zone that is wrong.",
        BOGON,
        _zone_bogus,
        settles=True,
    ),
    rule(
        "names.stale",
        "The service answers at the address that a trusted resolver is told, and no more at its old one, which the resolver"
        " still gives.",
        ("dns.stale",),
        _stale,
        settles=True,
    ),
)
UNPROVEN = rule(
    "names.unproven",
    "The address is none that others are told, nobody vouches for it, and the other one could not be tried.",
    ("dns.answer_unmatched",),
    _unproven,
    settles=True,
)
UNMATCHED = rule(
    "names.unmatched",
    "The answer is another one than others are told, and nothing says which is right.",
    ("dns.answer_unmatched",),
    _unmatched,
)
