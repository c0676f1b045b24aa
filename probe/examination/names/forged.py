"""Rules for answers that are false, or have been: who gave them, and what they amount to; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.names.facts import Facts, all_bogons
from probe.examination.names.judging import Author, author, falsity, is_clash_sure, is_teredo
from probe.examination.names.said import EMPTY, NXDOMAIN, RECORDS, Said
from probe.examination.names.telling import BOGON, blamed_for_lie, bogon_of, masking, on_the_way, rule
from probe.model import Outcome, Verdict

_CONTRADICTED = "dns.nxdomain.contradicted"
_INTERCEPTED = "dns.intercepted"
_INJECTED = ("dns.injected", "dns.injected.bogon", "dns.injected.aaaa", "dns.injected.blockpage")
_LIES = "dns.resolver_lies"


def _contradicted(case: Case, facts: Facts) -> Conclusion | None:
    why = falsity(case, facts)
    if why is None or facts.used is None or facts.used.word != NXDOMAIN:
        return None
    return _told(case, facts, why, (_CONTRADICTED,), author(case, facts))


def _injected(case: Case, facts: Facts) -> Conclusion | None:
    why, who = falsity(case, facts), author(case, facts)
    if why is None or facts.used is None or who not in (Author.WAY, Author.INTERCEPTOR):
        return None
    return _told(case, facts, why, (_way_of(case, facts, facts.used),), who)


def _bogus(case: Case, facts: Facts) -> Conclusion | None:
    why = falsity(case, facts)
    if why is None or facts.used is None or not all_bogons(case, facts.used):
        return None
    return _told(case, facts, why, (bogon_of(facts.used),), author(case, facts))


def _lies(case: Case, facts: Facts) -> Conclusion | None:
    why = falsity(case, facts)
    if why is None or author(case, facts) is not Author.RESOLVER:
        return None
    return _told(case, facts, why, (_LIES,), Author.RESOLVER)


def _false(case: Case, facts: Facts) -> Conclusion | None:
    """Name no more than the layer, or the failure itself, where nobody can tell who gave the answer."""
    why = falsity(case, facts)
    if why is None or facts.used is None:
        return None
    return _told(case, facts, why, ("dns.no_data" if facts.used.word == EMPTY else "dns",), Author.UNKNOWN)


def _beside(case: Case, facts: Facts) -> Conclusion | None:
    """Tell of a forged answer that did no harm: it came second, or the true one was taken."""
    if facts.used is None or not is_clash_sure(case, facts) or falsity(case, facts) is not None:
        return None
    forged = next((one for one in facts.clash if one.contradicts(facts.used)), facts.used)
    harmless = _way_of(case, facts, forged)
    is_ok = case.seen.outcome is Outcome.OK
    return Conclusion(
        verdict=Verdict.OK if is_ok else Verdict.DOWN,
        causes=(harmless,) if is_ok else (case.cause, harmless),
        rule="",
        detail=f"another answer came to the same question, {forged}, and was not used",
        element=on_the_way(case),
    )


def _told(case: Case, facts: Facts, why: str, causes: tuple[str, ...], who: Author) -> Conclusion:
    return Conclusion(
        verdict=_verdict(case, facts),
        causes=(*causes, _INTERCEPTED) if who is Author.INTERCEPTOR else causes,
        rule="",
        detail=why,
        element=blamed_for_lie(case, facts, who),
    )


def _verdict(case: Case, facts: Facts) -> Verdict:
    """Judge a false answer by what came of it: a probe that only asks for the name has used it no further."""
    is_through = case.seen.outcome is Outcome.OK and case.seen.kind != "dns"
    return Verdict.OK if is_through or facts.is_answered_ours else Verdict.BLOCKED


def _way_of(case: Case, facts: Facts, forged: Said) -> str:
    """Say what kind of lie a forged answer is."""
    if forged.word == NXDOMAIN:
        return _CONTRADICTED
    if forged.word != RECORDS or not facts.is_about_addresses:
        return "dns.injected"
    if is_teredo(forged):
        return "dns.injected.aaaa"
    if all_bogons(case, forged):
        return "dns.injected.bogon"
    is_page = case.is_of("http.blockpage") and not facts.is_true_ill
    return "dns.injected.blockpage" if is_page else "dns.injected"


FORGED = (
    *masking(
        "names.contradicted",
        "The resolver denies a name that others know an address of.",
        (_CONTRADICTED, _INTERCEPTED),
        _contradicted,
    ),
    *masking(
        "names.injected",
        "The answer is false and not the resolver's: another one came to the same question, the resolver says otherwise by"
        " TCP, or the same comes from where no resolver is.",
        (*_INJECTED, _INTERCEPTED),
        _injected,
    ),
    *masking(
        "names.bogus",
        "The answer is an address that nobody is reached at, and others are told a true one.",
        BOGON,
        _bogus,
    ),
    *masking(
        "names.lies",
        "The answer is false, and the resolver gives it by UDP and by TCP.",
        (_LIES,),
        _lies,
    ),
    *masking(
        "names.false",
        "The answer is false, and nobody can tell who gave it.",
        ("dns", "dns.no_data"),
        _false,
    ),
    rule(
        "names.beside",
        "A forged answer came to the question as well, and the true one was used.",
        (*_INJECTED, _CONTRADICTED),
        _beside,
    ),
)
