"""Rules for answers that did not come, or came late: for which names, from whom, and whose fault that is; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.names import ids
from probe.examination.names.doubt import is_slow
from probe.examination.names.facts import Facts
from probe.examination.names.said import RECORDS, SERVFAIL, SILENT, told
from probe.examination.names.telling import at_fault, at_resolver, at_zone, masking, on_the_way, rule, weight
from probe.model import Level, Outcome, Verdict


def _passed(case: Case, facts: Facts) -> Conclusion | None:
    """Tell of a question that was answered when it was asked again, on a connection or port of its own."""
    is_unanswered = facts.used is None or not facts.used.is_answer
    is_told = any(one is not None and one.word == RECORDS for one in (facts.same, facts.checked_again))
    # Who is silent for a name is so for everybody who asks for it.
    is_told_others = facts.used is None and facts.is_told_since
    if case.seen.outcome is not Outcome.FAILED or not is_unanswered or not (is_told or is_told_others):
        return None
    return Conclusion(
        verdict=Verdict.DEGRADED,
        causes=(case.cause,),
        rule="",
        detail="the same question was answered a moment later",
        element=at_resolver(facts),
        level=Level.DISCARDED,
    )


def _no_ipv6(case: Case, facts: Facts) -> Conclusion | None:
    """Tell of a question for AAAA that nobody answers, while the one for A is answered at once."""
    if facts.doubt.query.type != "AAAA" or not _is_silent(facts):
        return None
    if facts.a_record is None or not facts.a_record.is_answer:
        return None
    return Conclusion(
        verdict=Verdict.OK,
        causes=("dns.slow.aaaa_drop",),
        rule="",
        detail="the question for A is answered, and the one for AAAA never",
        element=_silencer(case, facts),
    )


def _silent(case: Case, facts: Facts) -> Conclusion | None:
    """Tell whether a resolver is silent for this name or for all."""
    if not _is_silent(facts) or facts.neutral is None:
        return None
    is_for_all = facts.neutral.word == SILENT
    cause = "dns.timeout.all" if is_for_all else "dns.timeout.name"
    others = "for a neutral name too" if is_for_all else "and answers for a neutral one"
    return Conclusion(
        verdict=weight(case, blocked=not is_for_all and not _is_expected(facts)),
        causes=(cause,),
        rule="",
        detail=f"the resolver is silent for {facts.doubt.query.name}, {others}",
        element=_silencer(case, facts),
    )


def _slow(case: Case, facts: Facts) -> Conclusion | None:
    """Tell of a resolver that is slow once more, when it should remember the answer."""
    again = case.answers.get(ids.SAME)
    if case.seen.outcome is not Outcome.OK or facts.used is None or again is None:
        return None
    is_again = told(again) is not None and again.evidence.dns and is_slow(again.evidence.dns[-1])
    if not is_slow(facts.doubt.query) or not is_again:
        return None
    return Conclusion(
        verdict=Verdict.OK,
        causes=("dns.slow",),
        rule="",
        detail=f"the resolver took {facts.used.seconds:.1f} s, and as long once more",
        element=at_fault(facts) or at_resolver(facts),
    )


def _is_silent(facts: Facts) -> bool:
    """Tell whether the resolver said nothing, whenever and from whatever port it was asked."""
    is_never = not facts.doubt.query.responses and not facts.is_nobody_there
    return is_never and facts.same is not None and facts.same.word == SILENT


def _is_expected(facts: Facts) -> bool:
    """Tell whether a trusted resolver cannot find out either: the zone's own servers do not answer."""
    return facts.trusted is not None and facts.trusted.word in (SILENT, SERVFAIL)


def _silencer(case: Case, facts: Facts) -> str | None:
    if _is_expected(facts):
        return at_zone(facts)
    if facts.by_tcp is not None and facts.by_tcp.is_answer:
        return on_the_way(case)
    is_known = facts.trusted is not None and facts.trusted.is_answer
    return at_resolver(facts) if is_known else None


PASSED = rule(
    "names.passed",
    "The question was answered when it was asked again, or to another check meanwhile: it lasted a moment, or comes and goes.",
    (),
    _passed,
    settles=True,
)
SILENCE = (
    rule(
        "names.no-ipv6",
        "Questions for A are answered, and those for AAAA never.",
        ("dns.slow.aaaa_drop",),
        _no_ipv6,
    ),
    *masking(
        "names.silent",
        "The resolver never answers, for this name alone or for a neutral one too.",
        ("dns.timeout.name", "dns.timeout.all"),
        _silent,
    ),
    rule("names.slow", "The resolver took more than a second, twice.", ("dns.slow",), _slow),
)
