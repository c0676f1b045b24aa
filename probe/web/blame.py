"""Tell what of a route a failing check is due to, by the element that is blamed for it; pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from probe.found import is_borne_out
from probe.model import Verdict
from probe.web.line import Line

_ELEMENT: Final = re.compile(r"([a-z]+)\[(.+)\]", re.DOTALL)
_HOPS: Final = {"host": "", "edge": "@", "quota": ",", "auth": ","}
# What a hop says when the one behind it is at fault.
_SYMPTOM: Final = re.compile(r"relay\.upstream.*|app\.upstream|vercel\.function\.timeout")
_WAYS: Final = frozenset({"access", "proxy", "isp", "exit", "resolver", "zone"})


class Kind(StrEnum):
    """What of a route can be to blame: a hop, the leg between two, or the way from the vantage to a hop."""

    HOP = "hop"
    LEG = "leg"
    WAY = "way"


@dataclass(frozen=True, slots=True)
class Blame:
    """What is to blame; `near` and `far` are the same hop unless it is a leg."""

    kind: Kind
    near: str
    far: str


def blamed(line: Line) -> Blame | None:
    """Return what was found to be at fault; None where nothing was found, or nothing that is of the check's route."""
    found = line.finding
    if found is None or found.element is None or found.verdict is Verdict.OK or not is_borne_out(found):
        return None
    spelled = _ELEMENT.fullmatch(found.element)
    return None if spelled is None else _blame(line, spelled[1], spelled[2])


def is_symptom(line: Line, failing: Iterable[Line]) -> bool:
    """Tell whether a failure only says that what is behind it failed, and that is a failing check of the same vantage."""
    if not _SYMPTOM.fullmatch(line.cause or ""):
        return False
    hops, vantage = line.probe.route.hops, line.series.vantage
    behind = hops[hops.index(_at(line)) + 1 :]
    return any(
        (one.series.route, one.series.vantage) == (line.series.route, vantage)
        and _at(one) in behind
        and not one.is_apart
        and not _SYMPTOM.fullmatch(one.cause or "")
        for one in failing
    )


def _at(line: Line) -> str:
    blame = blamed(line)
    return line.series.hop if blame is None else blame.near


def _blame(line: Line, kind: str, names: str) -> Blame | None:
    hops = line.probe.route.hops
    if kind in _WAYS:
        return Blame(Kind.WAY, line.series.hop, line.series.hop)
    if kind == "path":
        hop = names.rpartition(">")[2]
        return Blame(Kind.WAY, hop, hop) if hop in hops else None
    if kind == "seg":
        near, _, far = names.partition(">")
        return Blame(Kind.LEG, near, far) if (near, far) in pairwise(hops) else None
    hop = names.partition(_HOPS.get(kind) or "\0")[0]
    return Blame(Kind.HOP, hop, hop) if kind in _HOPS and hop in hops else None
