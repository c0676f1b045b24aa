"""Make rules about the name in doubt: whom they blame, what they were decided by, and when they explain all that follows; pure."""

from collections.abc import Callable
from dataclasses import replace

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.names import ids
from probe.examination.names.facts import Facts, gathered
from probe.examination.names.judging import Author, is_loopback
from probe.examination.names.said import Said
from probe.model import Outcome, Verdict
from probe.model.element import access, resolver, zone

Decide = Callable[[Case, Facts], Conclusion | None]
ASIDE = ".aside"
BOGON = ("dns.bogon", "dns.bogon.loopback")
_ALL = (
    ids.SAME, ids.NEUTRAL, ids.BY_TCP, *ids.TRUSTED, ids.DEAD, ids.DEAD_NEUTRAL, ids.A_RECORD, ids.UNCHECKED,
    ids.CHECKED_AGAIN, ids.ANSWERED, ids.TRUE_UNNAMED, ids.TRUE,
)  # fmt: skip


def rule(
    id: str,  # noqa: A002 - the name of the field
    says: str,
    causes: tuple[str, ...],
    decide: Decide,
    *,
    settles: bool = False,
) -> Rule:
    """Make a rule that decides by the facts about the name in doubt."""

    def decided(case: Case) -> Conclusion | None:
        facts = gathered(case)
        found = None if facts is None else decide(case, facts)
        used = tuple(case.answers[one] for one in _ALL if one in case.answers)
        return None if found is None else replace(found, rule=id, used=used)

    return Rule(id=id, says=says, causes=causes, decide=decided, settles=settles)


def masking(id: str, says: str, causes: tuple[str, ...], decide: Decide) -> tuple[Rule, Rule]:  # noqa: A002
    """Make a rule for an answer that explains the whole failure, and its twin for one that does not.

    A probe that came through all the same, or a true address with trouble of its own, leaves the later layers something to
    explain.
    """

    def masks(case: Case, facts: Facts) -> Conclusion | None:
        is_all = case.seen.outcome is Outcome.FAILED and not facts.is_true_ill
        return decide(case, facts) if is_all else None

    return (
        rule(id, says, causes, masks, settles=True),
        rule(f"{id}{ASIDE}", f"{says} That does not explain all that was seen.", causes, decide),
    )


def at_resolver(facts: Facts) -> str:
    """Blame the resolver that was asked."""
    return resolver(facts.doubt.place.address)


def on_the_way(case: Case) -> str:
    """Blame the vantage's own network, which is as far as one vantage can see."""
    return access(case.vantage.name)


def at_zone(facts: Facts) -> str:
    """Blame our own names: the zone that its owner's record tells, or else the very name."""
    name = facts.doubt.query.name.lower().rstrip(".")
    answers = (facts.trusted, facts.used, facts.by_tcp)
    owners = (one.soa.lower().rstrip(".") for one in answers if one is not None and one.soa)
    # A zone of one label, or the root, is nobody's own: there the name's own zone is missing.
    return zone(next((one for one in owners if "." in one and f".{name}".endswith(f".{one}")), name))


def at_fault(facts: Facts) -> str | None:
    """Blame the resolver where a trusted one can answer, the zone where that fares no better; None where nobody knows."""
    if facts.trusted is None:
        return None
    return at_resolver(facts) if facts.trusted.is_answer else at_zone(facts)


def weight(case: Case, *, blocked: bool = False) -> Verdict:
    """Judge by what came of it: another resolver may have known the answer."""
    if case.seen.outcome is not Outcome.FAILED:
        return Verdict.OK
    return Verdict.BLOCKED if blocked else Verdict.DOWN


def blamed_for_lie(case: Case, facts: Facts, who: Author) -> str | None:
    """Blame whoever gave a false answer; None when nobody can tell who did."""
    match who:
        case Author.WAY | Author.INTERCEPTOR:
            return on_the_way(case)
        case Author.RESOLVER:
            return at_resolver(facts)
        case Author.UNKNOWN:
            return None


def bogon_of(said: Said) -> str:
    """Name an answer that leads nowhere, or to the asking machine itself."""
    return BOGON[is_loopback(said)]
