"""Follow what is found about a series: which finding stands now, and under which cause a failure is told; pure.

A finding stands as long as its series comes to the same as the observation that was looked into, or until a newer one
comes. What could not be measured in between ends nothing.
"""

from dataclasses import dataclass

from probe.model import (
    OWN_LAYERS,
    Failure,
    Finding,
    Identity,
    Layer,
    Level,
    Observation,
    Outcome,
    Verdict,
)

_OWN = frozenset(map(str, OWN_LAYERS))


def main_cause(finding: Finding) -> str:
    """Return the first of a finding's causes; empty when it names none."""
    return finding.causes[0] if finding.causes else ""


def is_borne_out(finding: Finding) -> bool:
    """Tell whether a finding claims anything: one without evidence, or that calls it too little, does not."""
    return finding.level is not Level.NONE and finding.verdict is not Verdict.INSUFFICIENT


def is_own_trouble(finding: Finding | None) -> bool:
    """Tell whether a finding blames the vantage's own network or machine, and so no hop, of which nothing can be told."""
    if finding is None or finding.level is Level.NONE:
        return False
    return _layer(main_cause(finding)) == Layer.LOCAL


def deepest_cause(failure: Failure | None, finding: Finding | None) -> str:
    """Return what a failure that counts against the hop is due to, as deep as is known while `finding` stands.

    A finding that claims nothing, or that names own trouble, says nothing more about the hop than the failure itself; and
    one that names less than the probe saw by itself makes nobody forget that.
    """
    seen = failure.cause if failure is not None else ""
    if finding is None or not is_borne_out(finding):
        return seen
    found = main_cause(finding)
    is_less = seen.startswith(f"{found}.")
    return seen if not found or is_less or _layer(found) in _OWN else found


def _layer(cause: str) -> str:
    return cause.partition(".")[0]


@dataclass(slots=True)
class _Run:
    """Like results of a series one after the other, and what was found about them."""

    word: str
    first: Identity
    finding: Finding | None = None

    def has(self, identity: Identity) -> bool:
        """Tell whether an observation of the series came since the run began, in the same life of the store."""
        began = self.first
        return (identity.agent, identity.epoch) == (began.agent, began.epoch) and identity.seq >= began.seq


class Found:
    """Follows one series: the run of like results that goes on, and the finding about it that stands."""

    def __init__(self) -> None:
        """Start with no result."""
        self._run: _Run | None = None
        self._before: _Run | None = None

    @property
    def finding(self) -> Finding | None:
        """The finding that stands about what the series comes to now."""
        return None if self._run is None else self._run.finding

    def note(self, seen: Observation, *, is_odd: bool = False) -> None:
        """Take in the newest observation of the schedule; `is_odd` is a success with which somebody interfered."""
        word = seen.failure.cause if seen.failure is not None else "odd" * is_odd
        if self._run is not None and self._run.word == word:
            return
        ended, self._run = self._run, _Run(word, seen.identity)
        if seen.outcome is Outcome.NOT_MEASURED:
            self._before = self._before or ended
            return
        if self._before is not None and self._before.word == word:
            self._run = self._before
        self._before = None

    def take(self, finding: Finding) -> bool:
        """Take in a finding, and tell whether it is about anything that goes on."""
        about = next(iter(finding.parents), None)
        for run in (self._run, self._before):
            if run is not None and about is not None and run.has(about):
                run.finding = finding
                return True
        return False
