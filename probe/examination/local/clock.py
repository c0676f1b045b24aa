"""A clock of this machine that is wrong: certificates seem out of their time, and several servers agree on another one; pure."""

import itertools
from collections.abc import Iterator, Mapping
from statistics import median

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import answers
from probe.examination.local.explains import DATES, SKEW
from probe.examination.local.immediate import of_agent
from probe.examination.local.reach import ended_as
from probe.model import Certificate, Evidence, Observation, Verdict
from probe.steps.freshness import made_at

# What nobody's clock is wrong by who has ever set it, and how far apart two that are right may be.
_WRONG_SECONDS, _APART_SECONDS = 300.0, 120.0
_ENOUGH = 2


def ahead_seconds(seen: Observation) -> float | None:
    """Return how far the server's clock is ahead of this machine's, by the date of its answer (RFC 9110, 6.6.1)."""
    headers = (
        {name.lower(): value for name, value in seen.evidence.http.headers} if seen.evidence.http else {}
    )
    made = made_at(headers.get("date"))
    if made is None or "age" in headers:
        return None  # what comes from a cache bears an old date
    return made - seen.ended_at_ns / 1e9


def is_fine_then(evidence: Evidence, at_seconds: float) -> bool:
    """Tell whether every certificate of the chain would be within its time at that one."""
    chain = evidence.tls.chain if evidence.tls is not None else ()
    return bool(chain) and all(_is_valid(one, at_seconds) for one in chain)


def is_wrong(ahead: float) -> bool:
    """Tell whether a clock that far off is wrong."""
    return abs(ahead) > _WRONG_SECONDS


def _decide(case: Case) -> Conclusion | None:
    if ended_as(case.seen) not in DATES:
        return None
    told = _told(case)
    ahead = _agreed(told)
    is_enough = len(told) >= _ENOUGH or _has_company(case)
    if (
        ahead is None
        or not is_enough
        or not is_fine_then(case.seen.evidence, case.seen.ended_at_ns / 1e9 + ahead)
    ):
        return None
    word = "behind" if ahead > 0 else "ahead of"
    hosts = " and ".join(sorted(told)[:3])
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(SKEW,),
        rule="local.clock",
        detail=f"this machine's clock is {_worded(abs(ahead))} {word} that of {hosts}, and by theirs the certificate is in its time",
        element=of_agent(case),
        used=tuple(one for one in case.answers.values() if ahead_seconds(one) is not None),
    )


def _told(case: Case) -> Mapping[str, float]:
    """Return how far ahead each host says that its clock is, by its latest answer."""
    return {host: ahead for host, one in _dated(case) if (ahead := ahead_seconds(one)) is not None}


def _dated(case: Case) -> Iterator[tuple[str, Observation]]:
    """Go through what was seen since: a clock may have been set wrong only now."""
    for one in answers(case):
        yield one.series.hop, one


def _agreed(told: Mapping[str, float]) -> float | None:
    """Return how far behind this machine is if all who say anything say the same, and None otherwise."""
    pairs = itertools.pairwise(sorted(told.values()))
    if not told or any(later - earlier > _APART_SECONDS for earlier, later in pairs):
        return None
    middle = median(told.values())
    return middle if is_wrong(middle) else None


def _has_company(case: Case) -> bool:
    """Tell whether another host's certificate seems out of its time too."""
    others = (
        one for one in (*case.known.siblings, *case.answers.values()) if one.series.hop != case.series.hop
    )
    return any(ended_as(one) in DATES for one in others)


def _is_valid(one: Certificate, at_seconds: float) -> bool:
    return (one.not_before or 0) <= at_seconds and (one.not_after is None or at_seconds <= one.not_after)


def _worded(seconds: float) -> str:
    for unit, length in (("years", 31_557_600.0), ("days", 86_400.0), ("hours", 3600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"


WRONG = Rule(
    id="local.clock",
    says="Servers agree on a time that is more than five minutes from ours, and by it the certificate is in its time; two of"
    " them say so, or two hosts' certificates are concerned.",
    causes=(SKEW,),
    decide=_decide,
    settles=True,
)
