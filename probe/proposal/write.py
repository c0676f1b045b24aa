"""Write a proposed configuration as commented YAML; the configuration's own reader has the last word on it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import jinja2

from probe.config import to_flow
from probe.proposal.guess import Asked, checks, is_edge, page_check
from probe.proposal.look import AS_IT_IS, Answer, Seen, Sight
from probe.text import clean

# One that stays inside the border, and one outside that is reached from within.
ANCHORS = (
    ("domestic", "http://connect.rom.miui.com/generate_204", "domestic"),
    ("abroad", "http://cp.cloudflare.com/generate_204", "abroad"),
)
# Whom to ask when a name's answer is in doubt: encrypted, so that nobody on the way answers in their stead.
RESOLVERS = ("https://dns.alidns.com/dns-query#223.5.5.5", "https://cloudflare-dns.com/dns-query#1.1.1.1")
_ROUTE = "chat"
# Requests a day with the relay's key: two fifths of the smallest free plan's.
_KEYED_PER_DAY = 960


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """A vantage to propose: its name, its keys, and what it shows."""

    name: str
    keys: Mapping[str, object]
    why: str


def write(sight: Sight, vantages: Sequence[From], anchors: Sequence[tuple[str, str, str]]) -> str:
    """Return the configuration's text."""
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701 - this is YAML, whose values the filter quotes
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["y"] = to_flow
    template = environment.from_string((files("probe.proposal") / "hopwatch.yml.j2").read_text("utf-8"))
    asked = list(checks(sight))
    interval = _pace(sum(one.through is not None for one in asked) * len(vantages))
    everyone = (*sight.route, *((sight.page,) if sight.page is not None else ()))
    return template.render(
        anchors=anchors,
        resolvers=RESOLVERS,
        vantages=[{"name": one.name, "block": one.keys, "why": clean(one.why, 300)} for one in vantages],
        hops=_hops(everyone),
        route=_ROUTE,
        route_hops=[one.hop.name for one in sight.route],
        checks=[_check(one, interval) for one in asked],
        page=None if sight.page is None else _page(sight.page),
    )


def _hops(everyone: Sequence[Seen]) -> list[Mapping[str, object]]:
    """Return every hop once; what serves the page too was seen twice."""
    by_name: dict[str, list[Seen]] = {}
    for one in everyone:
        by_name.setdefault(one.hop.name, []).append(one)
    return [_hop(name, seen) for name, seen in by_name.items()]


def _hop(name: str, seen: Sequence[Seen]) -> Mapping[str, object]:
    return {
        "name": name,
        "url": seen[0].hop.url,
        "seen": list(dict.fromkeys(line for one in seen for line in _told(one))),
        "plan": _plan(seen),
    }


def _told(seen: Seen) -> Iterator[str]:
    by = "" if seen.vantage == AS_IT_IS else f", from {seen.vantage}"
    for answer in seen.answers:
        yield clean(f"{answer.path} {_outcome(answer)}{by}", 200)


def _outcome(answer: Answer) -> str:
    if answer.status is None:
        failure = answer.observation.failure
        return f"gave no answer: {failure.cause}" if failure is not None else "gave no answer"
    server, place = answer.header("server"), answer.header("location")
    return (
        f"answered {answer.status}"
        + (f", says it is {clean(server, 40)}" if server else "")
        + (f", leads to {clean(place, 80)}" if place else "")
    )


def _plan(seen: Sequence[Seen]) -> str | None:
    """Return the free plan that a hop of this kind usually runs on."""
    if any(is_edge(answer) for one in seen for answer in one.answers):
        return "vercel-hobby"
    return "cerebras-free" if seen[0].hop.origin.host == "api.cerebras.ai" else None


def _pace(series: int) -> str:
    """Return how often checks ask the API through others, so that all of them together leave most of a key's day to users."""
    seconds = max(60, math.ceil(series * 86_400 / _KEYED_PER_DAY / 10) * 10)
    return f"{seconds}s"


def _check(asked: Asked, interval: str) -> Mapping[str, object]:
    keys: dict[str, object] = {"hop": asked.hop}
    if asked.through is not None:
        keys |= {"through": asked.through, "interval": interval}
    return {"name": asked.name, "block": keys | {asked.kind: asked.keys}, "why": clean(asked.why, 300)}


def _page(page: Seen) -> Mapping[str, object]:
    asked = page_check(page)
    return {"hop": asked.hop, "block": {asked.kind: asked.keys}, "why": asked.why}
