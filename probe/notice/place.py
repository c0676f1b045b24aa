"""Where on its way a series fails, where it tells that by itself; pure."""

import re

from probe.model import Layer, Level
from probe.notice.watched import Watched

# What can be blamed of a chain, as docs/vocabulary.md spells it: a hop itself, or the leg between two.
_ELEMENT = re.compile(r"(?:host\[(?P<hop>[^\]>]+)\]|seg\[(?P<near>[^\]>]+)>(?P<far>[^\]>]+)\])")
_BEFORE_AN_ANSWER = frozenset(map(str, (Layer.DNS, Layer.TCP, Layer.TLS, Layer.QUIC, Layer.ICMP)))


def place_of(watched: Watched) -> tuple[str, str] | None:
    """Return the hop, or the two that it lies between; None where other checks are to tell that."""
    return _blamed(watched) or _unreached(watched)


def _blamed(watched: Watched) -> tuple[str, str] | None:
    """Return the place on the route that an examination blames, where it does."""
    found = watched.finding
    said = (
        _ELEMENT.fullmatch(found.element or "") if found is not None and found.level is Level.SCORED else None
    )
    if said is None:
        return None
    near, far = said["hop"] or said["near"], said["hop"] or said["far"]
    return (near, far) if {near, far} <= set(watched.probe.route.hops) else None


def _unreached(watched: Watched) -> tuple[str, str] | None:
    """Return the hop that is asked, where no connection to it came about: nothing behind it was in play yet."""
    failure = watched.last.failure if watched.last is not None else None
    if failure is None or failure.cause.partition(".")[0] not in _BEFORE_AN_ANSWER:
        return None
    return watched.probe.check.hop, watched.probe.check.hop
