"""One series as far as messages go: what it came to, for how long, and what that says of its hop; pure."""

from enum import StrEnum
from functools import lru_cache

from probe.cause.taxonomy import Element, nearest
from probe.found import Found, deepest_cause, is_own_trouble
from probe.model import Finding, Identity, Level, Observation, Outcome, Verdict
from probe.notice.runs import Run, Runs, Trouble
from probe.plan import Probe
from probe.text import clean

# What examines a failure is done within 12 seconds; until then two failures may yet turn out to be the vantage's own.
_GRACE_NS = 13 * 10**9
_INTERVALS = 3
_KEYS = frozenset({Element.AUTH, Element.QUOTA})
# A key that we cannot read ourselves, which keeps the probe from asking at all.
_OWN_KEY = "local.secret"
_PROBE_AND_CONTROL = 2
_FAILS = frozenset({Verdict.DOWN, Verdict.BLOCKED, Verdict.DEGRADED})


class Vote(StrEnum):
    """What a series says of the stretch that it asks about."""

    FAILS = "fails"
    SUSPECT = "suspect"
    KEY = "key"
    ANSWERS = "answers"
    UNKNOWN = "unknown"


@lru_cache(maxsize=1024)
def is_of_key(cause: str) -> bool:
    """Tell whether a cause is trouble with a key or a quota, which is a matter of configuration and no outage."""
    known = nearest(cause)
    return cause == _OWN_KEY or (known is not None and bool(known.elements) and set(known.elements) <= _KEYS)


class Watched:
    """The run of like results that a series is in."""

    def __init__(self, probe: Probe) -> None:
        """Begin knowing nothing, which is neither up nor down."""
        self.probe = probe
        self.last: Observation | None = None
        self.runs = Runs()
        self.heard_boot_ns = 0
        self._newest: tuple[int, Identity] | None = None
        self._is_measured = False
        self._failed_boot_ns = 0
        self._found = Found()

    def note(self, seen: Observation, boot_ns: int) -> None:
        """Take in an observation of the schedule; one that comes late says nothing of the present."""
        when = seen.started_at_ns, seen.identity
        if self._newest is not None and when <= self._newest:
            return
        self._newest, self.heard_boot_ns = when, boot_ns
        self._found.note(seen)
        is_failure = seen.outcome is Outcome.FAILED or _lacks_key(seen)
        if seen.outcome is Outcome.NOT_MEASURED and not is_failure:
            return
        self.last = seen
        if is_failure:
            self._fail(seen, boot_ns)
        else:
            self.runs.answered()
        self._is_measured = True

    def _fail(self, seen: Observation, boot_ns: int) -> None:
        new = Run(
            trouble=self._trouble(),
            since_ns=seen.started_at_ns,
            first_boot_ns=boot_ns,
            is_since_known=self._is_measured,
        )
        self.runs.failed(seen.failure.cause if seen.failure is not None else "", new)
        self._failed_boot_ns = boot_ns

    def _trouble(self) -> Trouble:
        if is_own_trouble(self.finding):
            return Trouble.OWN
        return Trouble.KEY if is_of_key(self.cause) else Trouble.WAY

    def find(self, finding: Finding) -> None:
        """Take in what was found about an observation of this series."""
        if self._found.take(finding) and self.finding is finding and self.last is not None:
            self.runs.found(self._trouble(), self.last.started_at_ns, self._failed_boot_ns)

    @property
    def failing(self) -> int:
        """How many probes failed of the present kind of trouble since one answered; 0 while it answers."""
        return self.runs.failing

    @property
    def finding(self) -> Finding | None:
        """What stands about it."""
        return self._found.finding

    @property
    def cause(self) -> str:
        """What it fails of, as deep as is known; safe to show."""
        failure = self.last.failure if self.last is not None else None
        return clean(deepest_cause(failure, self.finding), 80)

    @property
    def is_scored(self) -> bool:
        """Whether an examination bore the failure out, by more than the probe alone."""
        found = self.finding
        if found is None or len(found.parents) < _PROBE_AND_CONTROL:
            return False
        return found.level is Level.SCORED and found.verdict in _FAILS

    @property
    def observation(self) -> Identity | None:
        """The observation that shows it best: the one that was looked into, or the last one."""
        if self.finding is not None and self.finding.parents:
            return self.finding.parents[0]
        return self.last.identity if self.last is not None else None

    def is_heard_since(self, boot_ns: int) -> bool:
        """Tell whether anything came of it since then."""
        return self.heard_boot_ns >= boot_ns

    def vote(self, boot_ns: int, not_before_ns: int = 0) -> Vote:
        """Say what it tells now; failures up to `not_before_ns` belong to trouble that is over."""
        if not self._is_measured or self._is_stale(boot_ns):
            return Vote.UNKNOWN
        if not self.failing:
            return Vote.ANSWERS
        if is_own_trouble(self.finding) or self._failed_boot_ns <= not_before_ns:
            return Vote.UNKNOWN
        is_sure = self.is_scored or (self.failing > 1 and self._is_looked_into(boot_ns))
        if is_of_key(self.cause):
            return Vote.KEY if is_sure else Vote.UNKNOWN
        return Vote.FAILS if is_sure else Vote.SUSPECT

    def _is_looked_into(self, boot_ns: int) -> bool:
        return self.finding is not None or boot_ns - self.runs.first.first_boot_ns >= _GRACE_NS

    def _is_stale(self, boot_ns: int) -> bool:
        check = self.probe.check
        patience = _INTERVALS * check.interval_seconds + check.timeout_seconds
        return boot_ns - self.heard_boot_ns > patience * 1e9


def _lacks_key(seen: Observation) -> bool:
    return seen.failure is not None and seen.failure.cause == _OWN_KEY
