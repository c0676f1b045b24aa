"""Gather what was found for the page: one entry for all checks, whoever asks them, that are due to the same thing; pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from probe.found import is_own_trouble, main_cause
from probe.model import Finding, Identity, Observation
from probe.track import State
from probe.web.blame import is_symptom
from probe.web.line import Line, worst

# Returns those of these observations that are still in memory.
Kept = Callable[[Collection[Identity]], Mapping[Identity, Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFinding:
    """A finding, the checks that it holds for, and the answers that it rests on; some may be in the store alone."""

    finding: Finding
    lines: tuple[Line, ...]
    answers: tuple[Observation, ...]
    forgotten: int

    @property
    def state(self) -> State:
        """The worst state of its checks; where they answer, it is a note and no failure."""
        return worst(line.state for line in self.lines)

    @property
    def vantages(self) -> Sequence[str]:
        """The vantages that its checks ask from."""
        return list(dict.fromkeys(line.series.vantage for line in self.lines))

    @property
    def hops(self) -> Sequence[str]:
        """The hops that its checks ask."""
        return list(dict.fromkeys(line.series.hop for line in self.lines))

    @property
    def is_own(self) -> bool:
        """Whether the vantage itself is at fault."""
        return is_own_trouble(self.finding)

    @property
    def cause(self) -> str:
        """The main cause, or what the probe saw where none is named."""
        return main_cause(self.finding) or self.lines[0].cause or "unknown"

    @property
    def others(self) -> Sequence[str]:
        """The causes that come with the main one."""
        return self.finding.causes[1:]

    @property
    def since_ns(self) -> int | None:
        """Since when the first of its checks has failed; of one that answers nobody notes it."""
        if self.state is State.OK:
            return None
        return min((one.since_ns for one in self.lines if one.since_ns), default=None)

    @property
    def is_since_known(self) -> bool:
        """Whether the beginning was seen of all of them."""
        return all(line.is_since_known for line in self.lines)


def findings(lines: Sequence[Line], kept: Kept) -> tuple[ShownFinding, ...]:
    """Return what stands about these lines: failures first, and what only stands for another after it."""
    groups: dict[tuple[object, ...], list[tuple[Line, Finding]]] = {}
    for line in lines:
        if (found := line.finding) is not None and line.nothing is None:
            # Where nobody is blamed, it may be another thing at each hop.
            where = found.element or line.series.hop
            # What is a vantage's own is nobody else's.
            whose = line.series.vantage if is_own_trouble(found) else None
            key = (whose, where, found.element, found.verdict, found.causes, found.rule)
            groups.setdefault(key, []).append((line, found))
    # The one with the most to show stands for those that are due to the same.
    best = [max((one for _, one in group), key=lambda one: len(one.parents)) for group in groups.values()]
    here = kept([parent for one in best for parent in one.parents[1:]])
    shown = [_shown(one, group, here) for one, group in zip(best, groups.values(), strict=True)]
    failing = [line for line in lines if line.state is State.FAILED]
    return tuple(sorted(shown, key=lambda one: (one.state is State.OK, _is_symptom(one, failing))))


def _is_symptom(one: ShownFinding, failing: Sequence[Line]) -> bool:
    return all(is_symptom(line, failing) for line in one.lines)


def _shown(
    finding: Finding, group: Sequence[tuple[Line, Finding]], here: Mapping[Identity, Observation]
) -> ShownFinding:
    answers = tuple(here[parent] for parent in finding.parents[1:] if parent in here)
    return ShownFinding(
        finding=finding,
        lines=tuple(line for line, _ in group),
        answers=answers,
        forgotten=len(finding.parents[1:]) - len(answers),
    )
