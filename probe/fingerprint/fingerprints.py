"""Learn what each hop's answers look like, and tell by it which hop made a response; pure, and bounded by the plan."""

from collections.abc import Iterable, Mapping

from probe.cause.response.reading import Learnt
from probe.cause.response.vercel import regions
from probe.fingerprint import bounds
from probe.fingerprint.bounds import Stretches
from probe.fingerprint.marks import RECEIVED, REPORTS, Mark, marks, reports
from probe.fingerprint.profile import Profile
from probe.model import Hop, Http, Made, Observation, Outcome, Phase, Purpose, Route, Span

# Unmistakable, so one answer is enough: the platforms' own ids, by what they are the mark of.
_IDS: Mapping[str, Mark] = {
    "vercel-platform": Mark("x-vercel-id"),
    "vercel-firewall": Mark("x-vercel-id"),
    "function": Mark("x-vercel-id"),
    "cloudflare": Mark("cf-ray"),
}
_GATEWAY = frozenset({502, 504})
_MOST_REGIONS = 16
_Key = tuple[str, str, str]


class Fingerprints:
    """What the answers of every stretch of every route have in common."""

    def __init__(
        self, routes: Iterable[Route] = (), hops: Iterable[Hop] = (), *, fewest_answers: int = 2
    ) -> None:
        """Learn of these; what fewer healthy answers than that have in common may be chance."""
        self._fewest = fewest_answers
        self._profiles: dict[_Key, Profile] = {}
        self._regions: dict[_Key, set[str]] = {}
        self._routes: dict[str, Route] = {}
        self._names: dict[str, str] = {}
        self.adopt(routes, hops)

    def adopt(self, routes: Iterable[Route], hops: Iterable[Hop]) -> None:
        """Go on with other routes and hops; what was learnt of a route that has changed is forgotten."""
        wanted = {one.name: one for one in routes}
        same = {name for name, one in wanted.items() if self._routes.get(name) == one}
        self._routes = wanted
        self._profiles = {key: one for key, one in self._profiles.items() if key[0] in same}
        self._regions = {key: one for key, one in self._regions.items() if key[0] in same}
        self._names = {one.name: (one.relay and one.relay.name) or one.name for one in hops}

    def note(self, seen: Observation) -> None:
        """Learn from an observation of a check; a control is none, because another hop may answer it."""
        http, route = seen.evidence.http, self._routes.get(seen.series.route)
        if http is None or not http.status or http.redirects or seen.purpose is Purpose.CONTROL:
            return
        if route is None or not {seen.series.hop, seen.through} <= set(route.hops):
            return
        key = (route.name, seen.series.hop, seen.through)
        profile, borne = self._profiles.setdefault(key, Profile()), marks(http)
        profile.show((borne & frozenset(_IDS.values())) | reports(http))
        # A hop that answers in the place of the one behind it may look healthy.
        if seen.outcome is Outcome.OK and not any(one.error for one in http.proxy_status):
            profile.note(borne, _waited(seen))
            self._note_region(key, http)

    def _note_region(self, key: _Key, http: Http) -> None:
        known = self._regions.setdefault(key, set())
        ran = region(http)
        if ran is not None and len(known) < _MOST_REGIONS:
            known.add(ran)

    def maker(self, http: Http, span: Span) -> str | None:
        """Return the hop that made a response to a question over that stretch; None where nothing tells it for sure."""
        if http.redirects:
            return None
        if len(span.hops) == 1:
            return span.asked
        made = http.made
        if made is not None and (hop := self._by_name(made, http, span)) is not None:
            return hop
        hop = self._by_marks(http, span)
        if made is not None and made.maker == "api":
            # An API's errors need not bear what its successes do.
            return hop if hop == span.through else None
        if hop is None and made is not None and made.maker in _IDS:
            return self._by_id(_IDS[made.maker], span)
        return hop

    def learnt(self, http: Http, span: Span) -> Learnt:
        """Return all that earlier answers tell of a response to a question over that stretch."""
        maker = self.maker(http, span)
        behind = span.behind(maker) if maker is not None else None
        return Learnt(
            maker=maker,
            region=region(http),
            regions=frozenset(self._regions.get((span.route.name, span.asked, span.through), ())),
            own_seconds=self._quickest(span, maker),
            behind_seconds=self._quickest(span, behind),
        )

    def _quickest(self, span: Span, through: str | None) -> float | None:
        profile = self._profiles.get((span.route.name, span.asked, through or ""))
        return profile.quickest if profile is not None else None

    def _by_name(self, made: Made, http: Http, span: Span) -> str | None:
        if made.name is None:
            return None
        called = [hop for hop in span.hops if self._names.get(hop) == made.name]
        if len(called) == 1:
            return called[0]
        name = made.name.lower()
        place = bounds.reporter(Mark(REPORTS, name), Mark(RECEIVED, name), span, *self._known(span))
        return _by_order(made.name, http, span) if place is None else span.route.hops[place]

    def _by_id(self, mark: Mark, span: Span) -> str | None:
        place = bounds.bearer(mark, span, *self._known(span))
        return span.route.hops[place] if place is not None else None

    def _by_marks(self, http: Http, span: Span) -> str | None:
        known = self._stretches(span, self._fewest)
        first = span.route.hops.index(span.asked)
        is_compared = any(near == first and span.route.hops[far] != span.through for near, far in known)
        if not is_compared and http.status not in _GATEWAY:
            # Of an answer that bears less than usual nobody knows whether it is an error of the same hop.
            return None
        place = bounds.maker(marks(http), span, known)
        return span.route.hops[place] if place is not None else None

    def _known(self, span: Span) -> tuple[Stretches, Stretches]:
        """Return the stretches of which any answer was seen, and those with a healthy one."""
        return self._stretches(span, 0), self._stretches(span, 1)

    def _stretches(self, span: Span, fewest: int) -> Stretches:
        """Return what is known of each stretch of a route from so many healthy answers."""
        name, hops = span.route.name, span.route.hops
        return {
            (hops.index(near), hops.index(far)): profile
            for (route, near, far), profile in self._profiles.items()
            if route == name and profile.count >= fewest
        }


def region(http: Http) -> str | None:
    """Return where code ran on the platform, as far as the answer says so."""
    listed = next((value for name, value in http.headers if name.lower() == "x-vercel-id"), "")
    passed = regions(listed)
    return passed[-1] if passed else None


def _by_order(name: str, http: Http, span: Span) -> str | None:
    """Find a name that nobody knows by its place among those who report, where every hop does that could."""
    reporting = [one.hop for one in reversed(http.proxy_status)]
    is_complete = len(reporting) in (len(span.hops) - 1, len(span.hops))
    if not is_complete or reporting.count(name) != 1:
        return None
    return span.hops[reporting.index(name)]


def _waited(seen: Observation) -> float | None:
    return next((one.seconds for one in seen.timings if one.phase is Phase.PROCESSING), None)
