"""Check what one part of a configuration says about another.

It reads the tree and not the models, and skips what it cannot read, so that a wrong word elsewhere hides nothing here.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probe.config import shape
from probe.config.document import Complaint, Document, Json, KeyPath
from probe.config.fields import SHORTEST_INTERVAL
from probe.config.models import Defaults
from probe.config.spelling import spell_duration
from probe.notifier import CHANNELS
from probe.prober import PROBERS
from probe.resolver import SYSTEM
from probe.text import clean
from probe.units import parse_duration
from probe.vantage import VANTAGES

_INTERVAL = spell_duration(Defaults().interval)
# Kinds that are `probe.attempt.Slow` have one.
_USUAL_INTERVALS: Mapping[str, float] = {
    kind: getattr(prober, "usual_interval", 0.0) for kind, prober in PROBERS.items()
}


def complaints(document: Document) -> Iterator[Complaint]:
    """Yield every complaint about a reference, a kind, or a time that does not fit another."""
    tree = _mapping(document.tree)
    yield from _default_times(document, _mapping(tree.get("defaults")))
    for name, vantage in _mapping(tree.get("vantages")).items():
        yield from _kinds(document, ("vantages", name), vantage, VANTAGES)
    for name, channel in _mapping(_mapping(tree.get("notify")).get("channels")).items():
        yield from _kinds(document, ("notify", "channels", name), channel, CHANNELS)
    for name, route in _mapping(tree.get("routes")).items():
        yield from _route(document, ("routes", name), _mapping(route))


def _route(document: Document, path: KeyPath, route: Mapping[str, Json]) -> Iterator[Complaint]:
    tree = _mapping(document.tree)
    hops, vantages = tree.get("hops"), tree.get("vantages", {SYSTEM: None})
    if isinstance(hops, dict):
        yield from _listed(document, (*path, "hops"), route.get("hops"), "hop", tuple(hops))
    if isinstance(vantages, dict):
        yield from _listed(document, (*path, "vantages"), route.get("vantages"), "vantage", tuple(vantages))
    asked = tuple(dict.fromkeys(one for _, one in _texts(route.get("hops"))))
    for name, check in _mapping(route.get("checks")).items():
        below = (*path, "checks", name)
        yield from _kinds(document, below, check, PROBERS)
        if isinstance(check, dict):
            yield from _way(_Asked(document, below, check, asked, _meant(asked, tuple(_mapping(hops)))))
            yield from _check_times(document, below, check)


def _listed(
    document: Document, path: KeyPath, value: Json, what: str, known: Sequence[str]
) -> Iterator[Complaint]:
    """Check a list of names: each is defined, and none is there twice."""
    seen: set[str] = set()
    for index, name in _texts(value):
        if name not in known:
            yield document.at_value(
                (*path, index), f"there is no {what} {_quoted(name)}; {_hint(name, known)}"
            )
        elif name in seen:
            yield document.at_value((*path, index), f"{_quoted(name)} is already in the list")
        seen.add(name)


def _kinds(
    document: Document, path: KeyPath, value: Json, registry: Mapping[str, object]
) -> Iterator[Complaint]:
    """Check that exactly one kind is given; a misspelt one is already an unknown key."""
    if not isinstance(value, dict):
        return
    given = [kind for kind in value if kind in registry]
    listed = ", ".join(registry)
    for kind in given[1:]:
        message = f"{given[0]!r} is already there, and only one of {listed} can be"
        yield document.at_key((*path, kind), message)
    if not given and set(value) <= set(shape.keys(path)):
        yield document.at_key(path, f"the kind is missing: add exactly one of {listed}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A check, the hops of its route, and those among them that nobody defined but somebody `meant`."""

    document: Document
    path: KeyPath
    check: Mapping[str, Json]
    hops: tuple[str, ...]
    meant: tuple[str, ...] = ()


def _way(asked: _Asked) -> Iterator[Complaint]:
    """Check that the hop is in the route, and that the answering one is not nearer."""
    hop, through = asked.check.get("hop"), asked.check.get("through")
    if not asked.hops:
        return
    if hop is None and len(asked.hops) > 1:
        hops = ", ".join(asked.hops)
        yield asked.document.missing(
            (*asked.path, "hop"), f"this key is required, because the route has several hops: {hops}"
        )
    yield from _is_in_route(asked, "hop", hop)
    yield from _is_in_route(asked, "through", through)
    near = hop if hop is not None else asked.hops[0]
    if near in asked.hops and through in asked.hops and isinstance(near, str):
        reachable = asked.hops[asked.hops.index(near) :]
        if through not in reachable:
            yield asked.document.at_value(
                (*asked.path, "through"),
                f"{_quoted(through)} comes before {_quoted(near)}, so it is never reached through it;"
                f" possible here: {', '.join(reachable)}",
            )


def _meant(named: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the defined hops that a route most likely means by names that nobody defined."""
    return tuple(near for one in named if one not in known and (near := shape.near(one, known)))


def _is_in_route(asked: _Asked, key: str, value: Json) -> Iterator[Complaint]:
    # The route misspells it, which is said there.
    if isinstance(value, str) and value not in (*asked.hops, *asked.meant):
        message = f"{_quoted(value)} is not a hop of this route; {_hint(value, asked.hops)}"
        yield asked.document.at_value((*asked.path, key), message)


def _check_times(document: Document, path: KeyPath, check: Mapping[str, Json]) -> Iterator[Complaint]:
    which, interval = "the interval", check.get("interval")
    if not interval:
        which, interval = _unsaid_interval(document, check)
    yield from _fits(document, (*path, "timeout"), check.get("timeout"), interval, which)


def _unsaid_interval(document: Document, check: Mapping[str, Json]) -> tuple[str, Json]:
    """Return how often a check asks that does not say it: by default, or more seldom where its kind does so by itself."""
    default = _mapping(_mapping(document.tree).get("defaults")).get("interval", _INTERVAL)
    usual = max((_USUAL_INTERVALS[kind] for kind in _USUAL_INTERVALS if kind in check), default=0.0)
    if usual > (_seconds(default) or 0.0):
        return "its usual interval", spell_duration(usual)
    return "the default interval", default


def _default_times(document: Document, defaults: Mapping[str, Json]) -> Iterator[Complaint]:
    path, interval = ("defaults", "timeout"), defaults.get("interval", _INTERVAL)
    yield from _fits(document, path, defaults.get("timeout"), interval, "the interval")


def _fits(document: Document, path: KeyPath, given: Json, limit: Json, which: str) -> Iterator[Complaint]:
    timeout, interval = _seconds(given), _seconds(limit)
    if timeout is not None and interval is not None and timeout > interval >= SHORTEST_INTERVAL:
        message = (
            f"{_quoted(given)} is longer than {which}, {_quoted(limit)}; a probe ends before the next begins"
        )
        yield document.at_value(path, message)


def _seconds(value: Json) -> float | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _texts(value: Json) -> Iterable[tuple[int, str]]:
    entries = enumerate(value) if isinstance(value, list) else ()
    return [(index, one) for index, one in entries if isinstance(one, str)]


def _hint(name: str, known: Sequence[str]) -> str:
    if near := shape.near(name, known):
        return f"did you mean {near!r}?"
    shown = [clean(one, 64) for one in itertools.islice(known, 12)]
    return f"there are: {', '.join(shown)}" if shown else "none is defined"


def _quoted(name: Json) -> str:
    return repr(clean(str(name), 64))
