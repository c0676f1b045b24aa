"""What a failed answer means by all that is known: its own marks, the hop that made it, and the facts beside it; pure."""

from dataclasses import dataclass

from probe.cause.response.blame import KEY, made_element
from probe.cause.response.upstream import NOTHING_KNOWN, Facts, deeper
from probe.model import Http, Made, Span

_GATEWAY = frozenset({502, 504})
_TOO_MANY = 429
_UNAVAILABLE = 503
_BLOCKED, _GEO = "api.edge.blocked", "api.edge.blocked.geo"
_UPSTREAM = "relay.upstream"
MARKS, REGION = "response.marks", "response.function-region"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The cause, the rule that decided, whom it blames, and one sentence."""

    cause: str
    rule: str
    element: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What earlier answers taught of this one.

    `maker` is the hop that made it; `region` where the platform's code ran, `regions` where it did when all was well;
    `own_seconds` how long the maker's own answers take at least, `behind_seconds` those of the hop behind it.
    """

    maker: str | None = None
    region: str | None = None
    regions: frozenset[str] = frozenset()
    own_seconds: float | None = None
    behind_seconds: float | None = None


NOTHING_LEARNT = Learnt()


def read(
    http: Http,
    span: Span,
    *,
    learnt: Learnt = NOTHING_LEARNT,
    facts: Facts = NOTHING_KNOWN,
    waited_seconds: float | None = None,
    key: str = KEY,
) -> Reading | None:
    """Return what a failed answer means, as deep as this supports; None where nothing tells who made it."""
    status = http.status or 0
    found = _begun(http, span, learnt)
    if found is None:
        return None
    cause, rule, because = found
    if cause.startswith(_UPSTREAM) and (more := deeper(cause, status, facts)) is not None:
        cause, rule, because = more.cause, more.rule, more.because
    if cause == _BLOCKED and learnt.regions and learnt.region not in {None, *learnt.regions}:
        usual = ", ".join(sorted(learnt.regions))
        cause, rule = _GEO, REGION
        because = f"the code ran in {learnt.region}, and in {usual} while it was well"
    element = made_element(cause, span, made=http.made, maker=learnt.maker, facts=facts, key=key)
    if http.redirects:  # whoever answered in the end need not be on the route
        element = None
    pace = _pace(status, waited_seconds, learnt) if cause == _UPSTREAM else ""
    detail = _sentence(http, learnt.maker, waited_seconds, because) + pace
    return Reading(cause=cause, rule=rule, element=element, detail=detail)


def _begun(http: Http, span: Span, learnt: Learnt) -> tuple[str, str, str] | None:
    """Return what the answer means by itself: cause, rule and why."""
    made = http.made
    if made is not None:
        return made.cause, made.rule, _says(made)
    if learnt.maker is None or http.status is None or http.status < 400:
        return None
    cause = "http.status" if learnt.maker == span.through else _of_a_proxy(http)
    return cause, MARKS, "it bears the marks of answers from there, and none from behind"


def _of_a_proxy(http: Http) -> str:
    """Return what a proxy means whose program nobody knows: a 503 is its upstream's more often than its own limit."""
    status = http.status
    if status in _GATEWAY:
        return _UPSTREAM
    has_hint = any(name.lower() == "retry-after" for name, _ in http.headers)
    if status == _TOO_MANY or (status == _UNAVAILABLE and has_hint):
        return "relay.limited"
    return _UPSTREAM if status == _UNAVAILABLE else "relay.misconfig"


def _says(made: Made) -> str:
    if made.maker == "proxy":
        return f"{made.name} says so by Proxy-Status"
    return f"the answer bears the mark of {made.maker}"


def _pace(status: int, waited_seconds: float | None, learnt: Learnt) -> str:
    """Say what the time tells where the answer does not say which step failed; it decides nothing."""
    own, behind = learnt.own_seconds, learnt.behind_seconds
    if status != 502 or waited_seconds is None or own is None or behind is None or behind <= own:
        return ""
    # A new connection with TLS and a request take the leg's round trip three times at least.
    if waited_seconds - own < (behind - own) / 6:
        return "; too soon for the next hop to have been heard: no address, nobody to ask, or refused on the spot"
    return "; late enough for the next hop to have refused"


def _sentence(http: Http, maker: str | None, waited_seconds: float | None, because: str) -> str:
    who = f"{maker} answered" if maker else "the answer is"
    when = "" if waited_seconds is None else f" after {waited_seconds:.3g} s"
    return f"{who} {http.status}{when}: {because}"
