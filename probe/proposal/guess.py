"""Guess from hops' answers which checks tell something; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from probe.model import Outcome
from probe.proposal.look import HEALTH, MODELS, Answer, Seen, Sight

# An API that wants a key says so, which proves that it was reached.
_API_STATUSES = (200, 401)
_REDIRECTS = (301, 302, 303, 307, 308)
_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One check: its name, the hop asked and the one that answers, its kind with keys, and why it is there."""

    name: str
    hop: str
    kind: str
    why: str
    keys: Mapping[str, object]
    through: str | None = None


def checks(sight: Sight) -> Iterator[Asked]:
    """Yield the checks of the route, nearest hop first."""
    last = sight.route[-1]
    for index, seen in enumerate(sight.route):
        if seen is last:
            yield _last(seen)
        else:
            yield _alone(seen)
            yield from _through(seen, last.hop.name, index)
    yield from _of_first(sight)


def _of_first(sight: Sight) -> Iterator[Asked]:
    first = sight.route[0].hop.name
    preflight, answer = sight.preflight, sight.preflight_answer
    if preflight is not None and answer is not None and answer.outcome is Outcome.OK:
        yield Asked(
            name=f"preflight-{first}",
            hop=first,
            kind="cors",
            why="Whether it lets the page call it, as the browser asks before each request; POST and these headers are a"
            " chat's usual ones.",
            keys={
                "origin": preflight.origin,
                "path": preflight.path,
                "method": preflight.method,
                "headers": list(preflight.headers),
            },
        )
    if sight.pings:
        why = "Five pings to the first hop: what is lost on the way, and how the round trip varies."
        yield Asked(name="loss", hop=first, kind="icmp", why=why, keys={})
    why = "Every router on the way to the first hop, every ten minutes, and at once when something changes."
    yield Asked(name="path", hop=first, kind="trace", why=why, keys={})


def _last(seen: Seen) -> Asked:
    own, models = seen.at(seen.hop.path), seen.at(MODELS[1])
    name = f"reach-{seen.hop.name}"
    if models is not None and models.status in _API_STATUSES and own is None:
        why = "The API itself, without any relay and without a key."
        return _http(name, seen, models, why)
    for answer in (own, seen.at("/")):
        if answer is not None and _is_lasting(answer):
            return _http(
                name, seen, answer, "The API itself, with the answer that it gave when `init` looked."
            )
    return _plain(seen)


def _http(name: str, seen: Seen, answer: Answer, why: str) -> Asked:
    keys: dict[str, object] = {"path": answer.path, "status": [answer.status]}
    return Asked(name=name, hop=seen.hop.name, kind="http", why=why, keys=keys)


def _is_lasting(answer: Answer) -> bool:
    """Tell whether an answer is what the hop says every time, and no complaint about this hour."""
    status = answer.status
    return status is not None and 200 <= status < _SERVER_ERROR and status != _TOO_MANY_REQUESTS


def _alone(seen: Seen) -> Asked:
    """Ask a hop for what it answers by itself."""
    name, health, front = seen.hop.name, seen.at(HEALTH), seen.at("/")
    if health is not None and health.status == 200 and not _is_page(health, front):
        why = "The relay by itself: it answers this path and forwards nothing."
        return _http(f"alive-{name}", seen, health, why)
    if front is not None and is_edge(front) and _is_lasting(front):
        keys: dict[str, object] = {
            "method": "HEAD",
            "path": "/",
            "status": [front.status],
            "header_matches": {"x-vercel-id": "."},
        }
        why = "The platform's edge by itself; every edge sets the header, so nobody else can answer for it."
        return Asked(name=f"edge-{name}", hop=name, kind="http", why=why, keys=keys)
    return _plain(seen)


def is_edge(answer: Answer) -> bool:
    """Tell whether Vercel's edge itself answered: a relay before it passes the header on, under a name of its own."""
    return answer.header("x-vercel-id") is not None and (answer.header("server") or "").lower() == "vercel"


def _plain(seen: Seen) -> Asked:
    is_https = seen.hop.url.startswith("https")
    return Asked(
        name=f"reach-{seen.hop.name}",
        hop=seen.hop.name,
        kind="tls" if is_https else "tcp",
        why="Whether it can be reached at all" + (", with its certificate." if is_https else "."),
        keys={},
    )


def through_name(seen: Seen, index: int) -> str:
    """Return the name of the check that asks the end of the chain by this hop."""
    return "chain" if index == 0 else f"through-{seen.hop.name}"


def _through(seen: Seen, last: str, index: int) -> Iterator[Asked]:
    if (answer := _passed_on(seen)) is not None:
        why = "The whole chain." if index == 0 else "From here on, without the hops before."
        keys: dict[str, object] = {"path": answer.path, "status": [answer.status]}
        yield Asked(
            name=through_name(seen, index), hop=seen.hop.name, through=last, kind="http", why=why, keys=keys
        )


def _passed_on(seen: Seen) -> Answer | None:
    """Return the answer that came from the API: by the path that the user named, or JSON, which neither relay nor platform writes."""
    own = seen.at(seen.hop.path)
    if own is not None and _is_lasting(own):
        return own
    for path in MODELS:
        answer = seen.at(path)
        if answer and answer.status in _API_STATUSES and "json" in (answer.header("content-type") or ""):
            return answer
    return None


def _is_page(answer: Answer, front: Answer | None) -> bool:
    """Tell whether a path was answered with the front page, as single-page hosts do with whatever is asked."""
    if front is None or answer.heard is None or front.heard is None:
        return False
    return answer.heard.body_bytes == front.heard.body_bytes > 0


def page_check(page: Seen) -> Asked:
    """Return the check of the page: as a browser loads it, or its redirect to a host that nobody named."""
    path = page.hop.path or "/"
    front = page.at(path)
    keys: dict[str, object] = {"path": path}
    why = "The page as a browser loads it."
    if front is not None and front.status in _REDIRECTS:
        if not leads_elsewhere(page):
            return Asked(name="page", hop=page.hop.name, kind="page", why=why, keys={**keys, "redirects": 3})
        why = "It sends browsers to another host, which is not followed; name that one to see the page."
        return _http("page", page, front, why)
    if (
        front is not None
        and front.status is not None
        and not 200 <= front.status < 300
        and _is_lasting(front)
    ):
        return _http("page", page, front, "The answer that it gave when `init` looked, which is no page.")
    return Asked(name="page", hop=page.hop.name, kind="page", why=why, keys=keys)


def leads_elsewhere(page: Seen) -> bool:
    """Tell whether the page's host answers with a redirect to another host."""
    front = page.at(page.hop.path or "/")
    if front is None or front.status not in _REDIRECTS:
        return False
    try:
        host = urlsplit(urljoin(f"{page.hop.url}/", front.header("location") or "")).hostname
    except ValueError:
        return True
    return host != page.hop.origin.host
