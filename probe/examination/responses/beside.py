"""What else an answer comes to, by what was seen beside it: a root further on, a state of the relay, our own doing."""

from probe.examination.case import Case
from probe.examination.responses.facts import leg, others, response
from probe.model import Http, Observation, Outcome
from probe.plan import Probe
from probe.prober.cors import Cors

_MINUTE_NS = 60 * 10**9
# Of a day nobody knows how much of it was ours.
_LIMIT, _OF_A_MINUTE = "x-ratelimit-limit-requests-minute", "api.quota.requests_minute"


def is_slow_behind(case: Case) -> bool:
    """Tell whether a function that ran into its limit answers at once where it need not ask those behind it."""
    about = leg(case)
    if not case.is_of("vercel.function.timeout") or about is None:
        return False
    return any(
        one.outcome is Outcome.OK
        and one.through == about.near
        and one.series.route == case.series.route
        and one.ended_at_ns >= case.seen.started_at_ns - _MINUTE_NS
        and _has_run(one.evidence.http)
        for one in others(case)
    )


def _has_run(http: Http | None) -> bool:
    """Tell whether code ran for an answer: Vercel's id lists the edge first, and then the region of the code."""
    ids = [value for name, value in http.headers if name.lower() == "x-vercel-id"] if http else []
    return any(one.count("::") >= 2 for one in ids)


def is_masked(case: Case) -> bool:
    """Tell whether a browser would show a page none of this answer, because it does not let pages read it."""
    http = response(case)
    if http is None or not isinstance(case.prober, Cors):
        return case.is_of("app.cors_masked")
    return all(name.lower() != "access-control-allow-origin" for name, _ in http.headers)


def is_nobody_live(case: Case) -> bool:
    """Tell whether a relay says at once that it has no upstream, after it waited for it in vain a moment ago (nginx, max_fails)."""
    http, learnt = response(case), case.learnt
    waited = _waited(case.seen)
    if http is None or http.status != 502 or waited is None:
        return False
    if learnt.own_seconds is None or learnt.behind_seconds is None:
        return False
    is_at_once = waited - learnt.own_seconds < (learnt.behind_seconds - learnt.own_seconds) / 6
    return is_at_once and any(_waited_in_vain(case, one) for one in case.known.lately)


def _waited_in_vain(case: Case, seen: Observation) -> bool:
    now, before = response(case), seen.evidence.http
    if now is None or before is None or now.made is None or before.made is None or before.status != 504:
        return False
    is_by_same = (now.made.maker, now.made.name) == (before.made.maker, before.made.name)
    return is_by_same and case.seen.started_at_ns - seen.ended_at_ns < _MINUTE_NS


def _waited(seen: Observation) -> float | None:
    return next((one.seconds for one in seen.timings if one.phase == "processing"), None)


def is_own_doing(case: Case) -> bool:
    """Tell whether our own questions alone use up the requests that a quota allows, as its own headers say."""
    http = response(case)
    if http is None or not case.is_of(_OF_A_MINUTE):
        return False
    limit = next((value.strip() for name, value in http.headers if name.lower() == _LIMIT), "")
    return limit.isascii() and limit.isdigit() and len(limit) < 10 and _asked(case) >= int(limit)


def _asked(case: Case) -> float:
    """Count our own questions a minute to the hop that counts them."""
    through = case.seen.through
    return sum(60.0 / one.check.interval_seconds for one in case.checks if _is_counted(one, through))


def _is_counted(one: Probe, through: str) -> bool:
    return one.check.through == through and one.check.kind in ("http", "page", "cors")
