"""Which element a response blames, once it is known who made it; pure, and by no hop's name."""

from collections.abc import Callable
from dataclasses import dataclass

from probe.cause.response.upstream import NOTHING_KNOWN, Facts
from probe.model import Made, Span
from probe.model.element import auth, edge, host, quota, seg

# How a credential is called that the configuration does not name: the function's own.
KEY = "key"


@dataclass(frozen=True, slots=True)
class _Charge:
    """A cause, and the hop that answered so on its stretch."""

    span: Span
    hop: str
    made: Made | None
    facts: Facts
    key: str

    @property
    def leg(self) -> str:
        """The way to the next hop, where there is one."""
        behind = self.span.behind(self.hop)
        return seg(self.hop, behind) if behind else host(self.hop)


def made_element(
    cause: str,
    span: Span,
    *,
    made: Made | None = None,
    maker: str | None = None,
    facts: Facts = NOTHING_KNOWN,
    key: str = KEY,
) -> str | None:
    """Return the element that a response of that cause blames, made by the hop `maker`; None where nobody can tell.

    Where the maker is not known, its place is guessed as far as the kind of author leaves one: `by_place`.
    """
    hop = maker or by_place(cause, made, span)
    if hop is None:
        return None
    charge = _Charge(span, hop, made, facts, key)
    return next((blame(charge) for word, blame in _TABLE if f"{cause}.".startswith(f"{word}.")), None)


def by_place(cause: str, made: Made | None, span: Span) -> str | None:
    """Return the hop that such an author stands at, by its place alone: a proxy's own page comes from the hop that was asked,
    what an API says from the one that was to answer, and what a platform says too unless that is the end of the route, which
    the platform's code may stand before.
    """
    layer = cause.partition(".")[0]
    if len(span.hops) == 1 or layer == "api":
        return span.through
    if layer in ("vercel", "app"):
        return span.through if span.behind(span.through) else None
    if made is None or layer != "relay":
        return None
    # A report by a name that nobody knows may be any hop's, unless only one stands before the last.
    return span.asked if made.maker != "proxy" or len(span.hops) == 2 else None


def _host(charge: _Charge) -> str:
    return host(charge.hop)


def _leg(charge: _Charge) -> str:
    """Blame the leg, unless the next hop fails for everybody."""
    behind = charge.span.behind(charge.hop)
    return host(behind) if behind and charge.facts.is_next_ill else charge.leg


def _tls(charge: _Charge) -> str:
    """Blame the hop itself where the next one shakes hands with others, as when it is not told its name."""
    return host(charge.hop) if charge.facts.is_next_well else _leg(charge)


def _patience(charge: _Charge) -> str:
    """Blame the hop that gave up, where the leg carries other answers: those behind it report sooner when they are well set."""
    return host(charge.hop) if charge.facts.others_pass else _leg(charge)


def _auth(charge: _Charge) -> str:
    # What the function lacks is the key of the API behind it.
    is_behind = charge.made is not None and charge.made.maker in ("function", "proxy")
    return auth((is_behind and charge.span.behind(charge.hop)) or charge.hop, charge.key)


def _quota(charge: _Charge) -> str:
    return quota(charge.hop, charge.key)


def _edge(charge: _Charge) -> str:
    pop = charge.made.pop if charge.made else None
    return edge(charge.hop, pop) if pop else host(charge.hop)


def _geo(charge: _Charge) -> str:
    """Blame whoever asks from a place that is not served, where that is a hop."""
    before = charge.span.before(charge.hop) if charge.hop in charge.span.hops else None
    return host(before) if before else _edge(charge)


def _request(charge: _Charge) -> str | None:
    """Blame the code before the API, which makes the requests; a question that goes there directly is our own."""
    before = charge.span.before(charge.hop) if charge.hop in charge.span.hops else None
    return host(before) if before else None


_TABLE: tuple[tuple[str, Callable[[_Charge], str | None]], ...] = (
    ("relay.upstream.dns", _host),
    ("relay.upstream.tls", _tls),
    ("relay.upstream.read_timeout", _patience),
    ("relay.upstream", _leg),
    ("relay", _host),
    ("vercel.routing.external", _leg),
    ("vercel.routing.dns", _leg),
    ("vercel", _host),
    ("app.upstream", _leg),
    ("app", _host),
    ("api.auth", _auth),
    ("api.billing", _quota),
    ("api.quota", _quota),
    ("api.request", _request),
    ("api.edge.blocked.geo", _geo),
    ("api.edge.origin", _host),
    ("api.edge", _edge),
    ("api", _host),
    ("http.challenge", _edge),
    ("http.status", _host),
)
