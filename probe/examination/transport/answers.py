"""What it means that a plain request was answered wrongly: by the hop, or by somebody on the way in its place; pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import way
from probe.examination.transport import controls
from probe.examination.transport.elsewhere import Blame
from probe.examination.transport.facts import is_sooner, round_trip
from probe.examination.transport.heard import other_ports, told
from probe.examination.transport.impostors import on_the_way
from probe.examination.transport.pace import fastest
from probe.examination.transport.said import concluded
from probe.examination.transport.subject import Subject, subject
from probe.model import Http, Layer, Observation, Outcome, Phase, Timing, Verdict

_REDIRECTS = range(300, 400)
# Somebody who looks at a success wants to be surer: this much, and by so much.
_ODDLY_SOON, _ODDLY_SECONDS = 0.5, 0.005


def concerns(about: Subject) -> bool:
    """Tell whether a request without TLS got an answer that is not as it should be, or one that came too soon."""
    seen, http = about.seen, about.seen.evidence.http
    if about.is_tls or http is None or http.status is None or http.redirects:
        return False
    return is_odd(seen) or (seen.failure is not None and seen.failure.layer in _ANSWERED_LAYERS)


_ANSWERED_LAYERS = frozenset({Layer.HTTP, Layer.RELAY, Layer.APP})


def is_odd(seen: Observation) -> bool:
    """Tell whether a good answer without TLS came much sooner than a packet can have been there and back."""
    http, reply, trip = seen.evidence.http, _reply(seen), _trip(seen)
    if seen.outcome is not Outcome.OK or http is None or seen.evidence.tls is not None:
        return False
    if reply is None or trip is None or http.redirects or seen.evidence.proxy is not None:
        return False
    return reply < _ODDLY_SOON * trip and trip - reply > _ODDLY_SECONDS


def wanted(case: Case, about: Subject) -> Iterator[Control]:
    """Ask how far away the address is, and what is said there to a request for nobody, and at an anchor to one for us."""
    yield from controls.ports(case, about)
    if controls.can_vary(case, about):
        yield controls.nameless(case, about)
        yield from controls.carried(case, about)


def _case(case: Case) -> Subject | None:
    about = subject(case)
    return about if about is not None and concerns(about) else None


def _too_soon(case: Case) -> Conclusion | None:
    about = _case(case)
    if about is None or not is_sooner(_reply(about.seen), _surest_trip(case, about)):
        return None
    return _injected(
        case,
        about,
        "answer.too-soon",
        "the answer came sooner than a packet can have been at the address and back",
        tuple(other_ports(case, about).values()),
    )


def _follows_the_name(case: Case) -> Conclusion | None:
    about = _case(case)
    http = about.seen.evidence.http if about is not None else None
    at_anchor = case.answers.get(controls.CARRIED)
    theirs = at_anchor.evidence.http if at_anchor is not None else None
    if (
        about is None
        or http is None
        or theirs is None
        or not about.seen.failure
        or not _is_same(http, theirs)
    ):
        return None
    return _injected(
        case,
        about,
        "answer.at-anchor",
        "an anchor that has nothing to do with the hop gives the same answer once our name is said to it",
        told(case, controls.CARRIED, controls.NAMELESS),
    )


def _is_same(one: Http, other: Http) -> bool:
    """Tell whether two answers are one forger's: the same redirect to somewhere else, or the same page."""
    if one.status != other.status or one.status is None:
        return False
    if one.status in _REDIRECTS:
        target = _target(one)
        return bool(target) and target == _target(other)
    return bool(one.excerpt) and one.excerpt == other.excerpt


def _target(http: Http) -> str:
    location = next((value for name, value in http.headers if name.lower() == "location"), "")
    host = urlsplit(location).hostname
    return location if host and host != urlsplit(http.url).hostname else ""


def _injected(
    case: Case, about: Subject, rule: str, detail: str, used: tuple[Observation, ...]
) -> Conclusion:
    http = about.seen.evidence.http
    is_redirect = http is not None and http.status in _REDIRECTS
    cause = "http.injected_redirect" if is_redirect else "http.blockpage"
    blamed: Blame = (
        on_the_way(case, _reply(about.seen)) if rule == "answer.too-soon" else (way(case), Verdict.BLOCKED)
    )
    return concluded(rule, cause, detail, blamed, used)


def _surest_trip(case: Case, about: Subject) -> float | None:
    """Return the shortest round trip known, of this connection and of several others."""
    here, others = _trip(about.seen), fastest(case, about)
    return min(here, others) if here is not None and others is not None else None


def _trip(seen: Observation) -> float | None:
    return round_trip(seen) if any(one.phase is Phase.CONNECT for one in seen.timings) else None


def _reply(seen: Observation) -> float | None:
    found: Timing | None = next((one for one in seen.timings if one.phase is Phase.PROCESSING), None)
    return found.seconds if found is not None else None


RULES: tuple[Rule, ...] = (
    Rule(
        id="answer.too-soon",
        says="An answer without TLS came in less than 0.8 of the round trip to the address, measured twice.",
        causes=("http.injected_redirect", "http.blockpage"),
        decide=_too_soon,
        settles=True,
    ),
    Rule(
        id="answer.at-anchor",
        says="An anchor gives the same redirect, or the same page, as soon as our name is said to it.",
        causes=("http.injected_redirect", "http.blockpage"),
        decide=_follows_the_name,
        settles=True,
    ),
)
