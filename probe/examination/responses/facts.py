"""What a case tells of an answer that somebody made, or that never came: by whom, and how those behind him fare."""

from dataclasses import dataclass

from probe.cause.response.blame import by_place
from probe.cause.response.upstream import Facts, passes
from probe.examination.case import Case
from probe.model import Http, Observation, Outcome, Span

# The ids of the controls.
LOOK, NEXT, OTHER = "upstream-look", "next-direct", "same-leg"
_SILENT = ("http.timeout.first_byte", "http.closed", "http.reset")


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from the hop that is thought to have made the answer to the one behind it, which the question had to pass."""

    near: str
    far: str


def span(case: Case) -> Span | None:
    """Return the stretch that the question travelled; None when the route does not have it."""
    names = case.route.hops
    is_there = case.series.hop in names and case.seen.through in names
    return Span.of(case.route, case.seen) if is_there else None


def response(case: Case) -> Http | None:
    """Return the answer that was judged a failure, if one came."""
    http = case.seen.evidence.http
    return http if case.seen.failure is not None and http is not None and http.status is not None else None


def is_silent(case: Case) -> bool:
    """Tell whether the hop took the question and no answer came."""
    http = case.seen.evidence.http
    return case.is_of(*_SILENT) and (http is None or not http.redirects)


def leg(case: Case) -> Leg | None:
    """Return the leg that an answer complains of, or that no answer came over; None where there is none to look at."""
    way = span(case)
    if way is None:
        return None
    near = _maker(case, way) if response(case) is not None else way.asked
    far = way.behind(near) if near in way.hops else None
    return Leg(near, far) if near and far in way.hops else None


def _maker(case: Case, way: Span) -> str | None:
    http = response(case)
    made = http.made if http is not None else None
    return case.learnt.maker or by_place(case.cause, made, way)


def facts(case: Case) -> Facts:
    """Return what is known beside the answer."""
    about = leg(case)
    if about is None:
        return Facts()
    looked, direct = case.answers.get(LOOK), case.answers.get(NEXT)
    return Facts(
        looked=looked.evidence.http if looked is not None else None,
        next_direct=_came_to(direct),
        others_pass=passes(case.seen, others(case), about.near, about.far),
    )


def others(case: Case) -> tuple[Observation, ...]:
    """Return what else was asked lately from there: by the schedule, and by controls."""
    controls = tuple(seen for name, seen in case.answers.items() if name.startswith(OTHER))
    return (*case.known.siblings, *controls)


def is_asked_hop_well(case: Case) -> bool:
    """Tell whether the hop that was asked answers by itself, since the question failed."""
    return any(
        one.outcome is Outcome.OK
        and one.series.hop == case.hop.name
        and one.through == case.hop.name
        and one.ended_at_ns >= case.seen.started_at_ns
        for one in others(case)
    )


def is_taken(case: Case) -> bool:
    """Tell whether the machine that was to answer acknowledged the whole question and said nothing (TCP_INFO)."""
    tcp = case.seen.evidence.tcp
    info = tcp.info if tcp is not None else None
    if tcp is None or info is None or info.bytes_acked is None or case.seen.evidence.proxy is not None:
        return False
    # The SYN counts as one (RFC 4898, as Linux has it).
    return tcp.sent_bytes > 0 and info.bytes_acked >= 1 + tcp.sent_bytes and not info.unacked_segments


def used(case: Case) -> tuple[Observation, ...]:
    """Return the answers that the part asked for."""
    return tuple(
        seen for name, seen in case.answers.items() if name in (LOOK, NEXT) or name.startswith(OTHER)
    )


def _came_to(seen: Observation | None) -> str | None:
    """Return what a question to the next hop came to: a cause, empty when it answered, None when nobody can tell."""
    if seen is None or seen.outcome is Outcome.NOT_MEASURED:
        return None
    return seen.failure.cause if seen.failure else ""
