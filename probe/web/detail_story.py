"""Gather what is known around one observation, from memory and from the store; pure.

Memory has the newest, which may not be stored yet; the store has the rest. What both have is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probe.exporter.recent import Recent
from probe.model import Finding, Identity, Observation, Purpose, Series
from probe.plan import Plan
from probe.store.lookup import Surroundings

_MOST_LINKED, _MOST_UNSHOWN, _MOST_BESIDE, _MOST_FINDINGS, _MOST_BASIS = 400, 10, 10, 2, 10
# At about the same time: so many intervals of the check, and this long at least.
_INTERVALS, _AT_LEAST_SECONDS, _UNKNOWN_SECONDS = 1.5, 30.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding, and the observations it rests on as far as they are known; it `is_own` when it is about the very one."""

    finding: Finding
    basis: tuple[Observation, ...]
    missing: int
    is_own: bool
    # The observation that it is about, where that is another one.
    about: Observation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One observation, and everything that has to do with it."""

    seen: Observation
    parent: Observation | None
    earlier: Observation | None
    later: Observation | None
    # Asked because of it, the oldest first.
    children: tuple[Observation, ...]
    # Those of them that no finding here rests on.
    unshown: tuple[Observation, ...]
    # About it, or, where it is a control, resting on it.
    findings: tuple[Told, ...]
    # The same question from elsewhere at about the same time.
    beside: tuple[Observation, ...]


def others(plan: Plan, seen: Observation) -> Sequence[Series]:
    """List the series that ask the same from other vantages."""
    own = seen.series
    return [
        one.series
        for one in plan.probes
        if (one.series.route, one.series.hop, one.series.check) == (own.route, own.hop, own.check)
        and one.series.vantage != own.vantage
    ]


def within_seconds(plan: Plan, seen: Observation) -> float:
    """Return how far from it an observation is still of about the same time."""
    checks = [one.check for one in plan.probes if one.series == seen.series]
    return (
        max(_AT_LEAST_SECONDS, *(_INTERVALS * one.interval_seconds for one in checks))
        if checks
        else _UNKNOWN_SECONDS
    )


def story(plan: Plan, recent: Recent, seen: Observation, kept: Surroundings) -> Story:
    """Put together what memory and store know."""
    line = _merged(recent.observations(series=seen.series), (kept.earlier, kept.later))
    resting = [one for one in kept.resting if isinstance(one, Observation)]
    findings = _findings(recent, seen, kept)
    shown = {one.identity for told in findings for one in told.basis}
    linked = _merged((*recent.linked(seen.identity), *resting))
    return Story(
        seen=seen,
        parent=kept.parent or (recent.kept([seen.parent]).get(seen.parent) if seen.parent else None),
        earlier=max(_before(line, seen), key=_when, default=None),
        later=min(_after(line, seen), key=_when, default=None),
        children=tuple(sorted(linked, key=_when))[:_MOST_LINKED],
        unshown=tuple(one for one in sorted(linked, key=_when) if one.identity not in shown)[:_MOST_UNSHOWN],
        findings=findings,
        beside=_beside(plan, recent, seen, kept.beside),
    )


def _findings(recent: Recent, seen: Observation, kept: Surroundings) -> tuple[Told, ...]:
    resting = [one for one in kept.resting if isinstance(one, Finding)]
    here = [one for one in recent.findings if seen.identity in one.parents]
    found = {one.identity: one for one in (*resting, *here)}
    if not found and (standing := kept.standing or _standing(recent, seen)) is not None:
        found[standing.identity] = standing
    parents = [parent for one in found.values() for parent in one.parents]
    known = {one.identity: one for one in kept.basis} | dict(recent.kept(parents)) | {seen.identity: seen}
    told = [_told(one, seen, known) for one in found.values()]
    return tuple(sorted(told, key=lambda one: (not one.is_own, -one.finding.recorded_at_ns)))[:_MOST_FINDINGS]


def _told(finding: Finding, seen: Observation, known: dict[Identity, Observation]) -> Told:
    about, rest = finding.parents[:1], finding.parents[1:]
    basis = tuple(known[one] for one in rest if one in known)
    is_own = about == (seen.identity,)
    other = None if is_own or not about else known.get(about[0])
    shown = basis[:_MOST_BASIS]
    return Told(finding=finding, basis=shown, missing=len(rest) - len(shown), is_own=is_own, about=other)


def _standing(recent: Recent, seen: Observation) -> Finding | None:
    """Return the finding that stands about a series, when this is its newest observation."""
    standing = recent.standing(seen.series)
    is_newest = standing.last is not None and standing.last.identity == seen.identity
    return standing.finding if is_newest and seen.failure is not None else None


def _beside(
    plan: Plan, recent: Recent, seen: Observation, stored: Iterable[Observation]
) -> tuple[Observation, ...]:
    far_ns = within_seconds(plan, seen) * 1e9
    nearest: list[Observation] = []
    by_series: dict[Series, list[Observation]] = {}
    for one in stored:
        by_series.setdefault(one.series, []).append(one)
    for series in others(plan, seen):
        candidates = [*by_series.get(series, ()), *recent.observations(series=series)]
        close = [one for one in candidates if _distance(one, seen) <= far_ns]
        nearest += [min(close, key=lambda one: _distance(one, seen))] if close else []
    return tuple(nearest[:_MOST_BESIDE])


def _merged(*groups: Iterable[Observation | None]) -> list[Observation]:
    return list({one.identity: one for group in groups for one in group if one is not None}.values())


def _before(line: Iterable[Observation], seen: Observation) -> list[Observation]:
    return [one for one in line if _is_of(one, seen) and _when(one) < _when(seen)]


def _after(line: Iterable[Observation], seen: Observation) -> list[Observation]:
    return [one for one in line if _is_of(one, seen) and _when(one) > _when(seen)]


def _is_of(one: Observation, seen: Observation) -> bool:
    return one.identity != seen.identity and (one.purpose is Purpose.ROUTINE) == (
        seen.purpose is Purpose.ROUTINE
    )


def _when(one: Observation) -> tuple[int, int]:
    return one.started_at_ns, one.identity.seq


def _distance(one: Observation, seen: Observation) -> int:
    return abs(one.started_at_ns - seen.started_at_ns)
