"""What a check expects of an answer, and which of it was not met; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probe.model import Observation
from probe.plan import Plan, Probe
from probe.prober.cors import Cors
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.page import Page
from probe.text import clean

_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One rule of a check, in an English sentence of ours with its content, and whether the answer broke it."""

    says: str
    content: str
    is_broken: bool


def expectations(plan: Plan, seen: Observation) -> tuple[Expectation, ...]:
    """Return the rules that the check has now; none when it is no longer in the configuration."""
    probe = next(
        (one for one in plan.probes if one.series == seen.series and one.check.kind == seen.kind), None
    )
    return () if probe is None else tuple(_rules(probe, seen))


def _rules(probe: Probe, seen: Observation) -> Iterator[Expectation]:
    failure = seen.failure
    detail, cause = ("", "") if failure is None else (failure.detail, failure.cause)
    status = None if seen.evidence.http is None else seen.evidence.http.status
    for says, content, mark in _patterns(probe):
        if says.startswith("the status"):
            is_broken = failure is not None and status is not None and f"status {status}, expected" in detail
        else:
            # The detail of a failure quotes the rule that it broke.
            is_broken = (
                cause.startswith(("http.", "app.", "dns.")) and repr(mark) in detail and _fits(says, detail)
            )
        yield Expectation(says=says, content=clean(content, _LONGEST), is_broken=is_broken)


def _fits(says: str, detail: str) -> bool:
    """Tell whether a broken rule is the one that wants, or the one that forbids."""
    is_missing = " not match " in detail or detail.startswith("no ") or "expected" in detail
    return ("not" not in says.split()) == is_missing


def _patterns(probe: Probe) -> Iterator[tuple[str, str, str]]:
    match probe.prober:
        case Http() as prober:
            yield from _status(prober.status)
            for name, pattern in prober.header_matches.items():
                yield "the header matches", f"{name}: {pattern}", pattern
            for name, pattern in prober.header_not_matches.items():
                yield "the header does not match", f"{name}: {pattern}", pattern
            yield from _body(prober)
        case Page() as prober:
            yield from _status(())
            yield from _body(prober)
            if prober.build is not None and prober.build.expected is not None:
                yield "the build matches", prober.build.expected, prober.build.expected
        case Cors(error=False):
            yield from _status(())
        case Dns(answer=str(pattern)):
            yield "a record matches", pattern, pattern
        case _:
            return


def _status(wanted: Sequence[int]) -> Iterator[tuple[str, str, str]]:
    listed = ", ".join(map(str, wanted)) or "2xx"
    yield "the status is one of", listed, listed


def _body(prober: Http | Page) -> Iterator[tuple[str, str, str]]:
    for pattern in prober.body_matches:
        yield "the body matches", pattern, pattern
    for pattern in prober.body_not_matches:
        yield "the body does not match", pattern, pattern
