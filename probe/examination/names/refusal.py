"""Rules for answers that say that none can be given: by whose fault, and whether anybody knows better; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.names import ids
from probe.examination.names.doubt import is_refused_edns
from probe.examination.names.facts import Facts
from probe.examination.names.said import EMPTY, NXDOMAIN, RECORDS, REFUSED, SERVFAIL
from probe.examination.names.telling import at_fault, at_resolver, at_zone, masking, on_the_way, rule, weight
from probe.model import Level, Outcome, Verdict

# RFC 8914: what a resolver says that could not verify a name's signatures, or may not answer.
_BOGUS_SIGNATURES = frozenset({6, 7, 8, 9})
_POLICIES = frozenset({15, 16, 17, 18})
_DENIED = ("dns.nxdomain", "dns.no_data")
_ITS_OWN = ("dns.resolver_unreachable", "dns.protocol", "dns.truncated_no_tcp")


def _agreed(case: Case, facts: Facts) -> Conclusion | None:
    """Blame the zone where the trusted resolver is denied the name as well: what fails was to be expected."""
    used, trusted = facts.used, facts.trusted
    if not case.is_of(*_DENIED) or used is None or trusted is None or trusted.word not in (NXDOMAIN, EMPTY):
        return None
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=("dns.nxdomain" if used.word == NXDOMAIN else "dns.no_data",),
        rule="",
        detail=f"a trusted resolver says the same of {facts.doubt.query.name}: {trusted.word.upper()}",
        element=at_zone(facts),
    )


def _servfail(case: Case, facts: Facts) -> Conclusion | None:
    """Tell whether a resolver could not find out, or found signatures that do not verify."""
    used = facts.used
    if used is None or used.word != SERVFAIL:
        return None
    is_by_check = _is_by_check(facts)
    is_bogus = bool(_BOGUS_SIGNATURES & set(used.extended)) or is_by_check
    if not is_bogus and facts.trusted is None:
        return None
    how = "only without verifying the name's signatures can it be told" if is_by_check else "SERVFAIL"
    return Conclusion(
        verdict=weight(case),
        causes=("dns.servfail.dnssec" if is_bogus else "dns.servfail",),
        rule="",
        detail=f"the resolver answers SERVFAIL; {how}{_others(facts)}",
        element=at_fault(facts),
    )


def _is_by_check(facts: Facts) -> bool:
    """Tell whether the resolver answers when it need not verify, and before and after that does not.

    One that answered lately, after it had failed, comes and goes by itself.
    """
    unchecked, again = facts.unchecked, facts.checked_again
    if unchecked is None or not unchecked.is_answer or again is None or again.word != SERVFAIL:
        return False
    words = [one.word for one in facts.lately]
    return RECORDS not in words[words.index(SERVFAIL) :] if SERVFAIL in words else True


def _refused(case: Case, facts: Facts) -> Conclusion | None:
    """Tell whether a resolver that refuses says that policy is the reason."""
    used = facts.used
    if used is None or used.word != REFUSED or facts.clash:
        return None
    is_policy = bool(_POLICIES & set(used.extended))
    return Conclusion(
        verdict=weight(case, blocked=is_policy),
        causes=("dns.refused.policy" if is_policy else "dns.refused",),
        rule="",
        detail=f"the resolver refuses to answer{_others(facts)}",
        element=at_resolver(facts),
    )


def _broken(case: Case, facts: Facts) -> Conclusion | None:
    """Blame a resolver that cannot be asked, or is not understood, where others know the name."""
    is_said_by_itself = any(one.sender == facts.doubt.place.address for one in facts.doubt.query.icmp)
    is_known = facts.trusted is not None and facts.trusted.is_answer
    # Who refuses datagrams says so once a second (RFC 1812, 4.3.2.8), and is silent otherwise.
    is_unreachable = case.is_of("dns.timeout") and facts.is_nobody_there
    if not (case.is_of(*_ITS_OWN) or is_unreachable) or not (is_known or is_said_by_itself):
        return None
    return Conclusion(
        verdict=weight(case),
        causes=("dns.resolver_unreachable" if is_unreachable else case.cause,),
        rule="",
        detail=f"{case.seen.failure.detail if case.seen.failure else ''}{_others(facts)}",
        element=at_resolver(facts),
    )


def _refuses_edns(case: Case, facts: Facts) -> Conclusion | None:
    if case.seen.outcome is not Outcome.OK or not is_refused_edns(facts.doubt.query):
        return None
    return Conclusion(
        verdict=Verdict.OK,
        causes=("dns.protocol",),
        rule="",
        detail="the resolver cannot read questions with EDNS, and answers those without",
        element=at_resolver(facts),
    )


def _intercepted(case: Case, facts: Facts) -> Conclusion | None:
    """Tell that somebody answers in everybody's place, although what they say is no lie."""
    is_about_names = case.seen.outcome is Outcome.OK or case.is_of("dns")
    if facts.dead_neutral is None or not is_about_names:
        return None
    is_failed = case.seen.outcome is Outcome.FAILED
    return Conclusion(
        verdict=Verdict.DOWN if is_failed else Verdict.OK,
        causes=(case.cause, "dns.intercepted") if is_failed else ("dns.intercepted",),
        rule="",
        detail="an address where no resolver is answers questions, so somebody answers them on the way",
        element=on_the_way(case),
    )


def _uncontrolled(case: Case, facts: Facts) -> Conclusion | None:
    """Admit that nobody could be asked whether what the resolver says is true."""
    asked = [case.answers[one] for one in ids.TRUSTED if one in case.answers]
    if not case.is_of(*_DENIED, "dns.bogon") or not asked or facts.trusted is not None:
        return None
    return Conclusion(
        verdict=Verdict.INSUFFICIENT,
        causes=(case.cause, "meta.control_unreachable"),
        rule="",
        detail="no trusted resolver could be asked, so nobody knows whether that is true",
        level=Level.DISCARDED,
    )


def _others(facts: Facts) -> str:
    trusted = facts.trusted
    if trusted is None:
        return ""
    return (
        "; a trusted resolver knows the name" if trusted.is_answer else "; a trusted resolver fares no better"
    )


REFUSALS = (
    rule(
        "names.agreed",
        "A trusted resolver says of the name what the vantage's says: there is no such address.",
        _DENIED,
        _agreed,
        settles=True,
    ),
    *masking(
        "names.servfail",
        "The resolver answers SERVFAIL: by its own word, or because it answers once it need not verify, for the name's"
        " signatures.",
        ("dns.servfail", "dns.servfail.dnssec"),
        _servfail,
    ),
    *masking(
        "names.refused",
        "The resolver refuses, by its own word (RFC 8914, codes 15 to 18) for a policy.",
        ("dns.refused", "dns.refused.policy"),
        _refused,
    ),
    *masking(
        "names.broken",
        "The resolver cannot be asked or understood, and others know the name.",
        _ITS_OWN,
        _broken,
    ),
    rule(
        "names.refuses-edns",
        "The resolver answers only questions without EDNS.",
        ("dns.protocol",),
        _refuses_edns,
    ),
    rule(
        "names.intercepted",
        "An address where no resolver is answers for a neutral name.",
        ("dns.intercepted",),
        _intercepted,
    ),
    rule(
        "names.uncontrolled",
        "No trusted resolver could be asked whether the answer is true.",
        ("meta.control_unreachable",),
        _uncontrolled,
    ),
)
