"""Everything that the page and the API's state say, as of one instant; pure, and the one place where both begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probe.exporter.recent import Recent
from probe.model import Change, Health, MissReason, Taint, UplinkState
from probe.plan import LeftOut, Plan
from probe.web.chain import Chain, chains
from probe.web.day import ShownDay, shown_day
from probe.web.finding import ShownFinding, findings
from probe.web.headline import Headline, headline
from probe.web.line import Line
from probe.web.matrix import Matrix, matrix
from probe.web.outage import Outage, outages
from probe.web.paths import ShownPath, paths
from probe.web.vantages import ShownVantage, shown_vantages
from probe.web.waterfall import Waterfall, waterfall

_OUTAGES = 12
_CHANGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What there is to see at `at_ns`."""

    at_ns: int
    headline: Headline
    chains: tuple[Chain, ...]
    matrix: Matrix
    waterfall: Waterfall
    paths: tuple[ShownPath, ...]
    outages: tuple[Outage, ...]
    findings: tuple[ShownFinding, ...]
    lines: tuple[Line, ...]
    misses: Mapping[MissReason, int]
    taints: Mapping[Taint, int]
    tainted: int
    began_at_ns: int | None
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    uplinks: tuple[UplinkState, ...]
    changes: tuple[Change, ...]
    healths: tuple[Health, ...]
    day: ShownDay
    vantages: tuple[ShownVantage, ...]


def look(plan: Plan, recent: Recent, *, at_ns: int, notes: Sequence[str] = ()) -> View:
    """See what the plan's series have come to."""
    lines = tuple(Line(probe, recent.standing(probe.series)) for probe in plan.probes)
    known, healths = recent.uplinks, recent.healths
    return View(
        at_ns=at_ns,
        headline=headline(lines),
        chains=chains(plan, lines),
        matrix=matrix(plan, lines),
        waterfall=waterfall(lines),
        paths=paths(lines),
        outages=outages(lines, recent.findings, _OUTAGES),
        findings=findings(lines, recent.kept),
        lines=lines,
        misses=recent.misses,
        taints=recent.taints,
        tainted=recent.tainted,
        began_at_ns=recent.began_at_ns,
        notes=tuple(notes),
        left_out=plan.left_out,
        uplinks=tuple(known[one.name] for one in plan.vantages if one.name in known),
        changes=tuple(recent.changes[:_CHANGES]),
        healths=tuple(healths[one.name] for one in plan.vantages if one.name in healths),
        day=shown_day(plan, recent.day, at_ns),
        vantages=shown_vantages(plan, lines, known, healths, recent.changes),
    )
