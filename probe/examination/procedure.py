"""The procedure: part after part of the table, what to ask next, and what it all amounts to; pure."""

from collections.abc import Sequence
from dataclasses import replace

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Part, Rule
from probe.examination.element import blamed
from probe.model import AddressFamily, Level, Outcome, Phase, Verdict


def next_round(parts: Sequence[Part], case: Case, asked: frozenset[str]) -> tuple[Control, ...]:
    """Return the controls to ask now, all at once; none when there is nothing left to learn."""
    for part in parts:
        if not part.concerns(case):
            continue
        if wanted := tuple(one for one in part.wanted(case) if one.id not in asked):
            return wanted
        if (found := _decided(part, case)) is not None and found[0].settles:
            return ()
    return ()


def conclude(parts: Sequence[Part], case: Case) -> tuple[Conclusion, ...]:
    """Return what the case amounts to: of each part one conclusion at most, and where no rule fits the immediate cause."""
    found: list[Conclusion] = []
    for part in parts:
        decided = _decided(part, case) if part.concerns(case) else None
        if decided is None:
            continue
        rule, conclusion = decided
        found.append(conclusion)
        if rule.settles:
            break
    if not found and (immediate := IMMEDIATE.decide(case)) is not None:
        found.append(immediate)
    return tuple(_weighed(case, one) for one in found)


def _weighed(case: Case, found: Conclusion) -> Conclusion:
    """Take a hop for well that by IPv6 alone opens no connection: programs go on by IPv4 then (RFC 8305), and only then."""
    failure = case.seen.failure
    is_unopened = failure is not None and failure.phase in (Phase.RESOLVE, Phase.CONNECT)
    if found.verdict is Verdict.INSUFFICIENT or not is_unopened:
        return found
    if case.family is AddressFamily.IPV6 and _answers_by_ipv4(case):
        return replace(found, verdict=Verdict.OK)
    return found


def _answers_by_ipv4(case: Case) -> bool:
    """Tell whether the last that was seen of the hop by IPv4 was well."""
    known = (*case.known.lately, *case.known.good, *case.known.siblings)
    by_ipv4 = [
        one
        for one in known
        if one.series.hop == case.hop.name
        and (tcp := one.evidence.tcp) is not None
        and AddressFamily.of(tcp.address) is AddressFamily.IPV4
    ]
    last = max(by_ipv4, key=lambda one: one.started_at_ns, default=None)
    return last is not None and last.outcome is Outcome.OK


def _decided(part: Part, case: Case) -> tuple[Rule, Conclusion] | None:
    for rule in part.rules:
        if (conclusion := rule.decide(case)) is not None:
            return rule, conclusion
    return None


def _immediate(case: Case) -> Conclusion | None:
    failure = case.seen.failure
    if failure is None:
        return None
    own = case.seen.outcome is Outcome.NOT_MEASURED
    return Conclusion(
        verdict=Verdict.INSUFFICIENT if own else Verdict.DOWN,
        causes=(failure.cause,),
        rule=IMMEDIATE.id,
        detail=failure.detail,
        element=blamed(case, failure.cause),
        level=Level.SCORED,
    )


IMMEDIATE = Rule(
    id="seen",
    says="What the probe itself saw, where no control could tell more.",
    causes=(),
    decide=_immediate,
)
