"""What is known to be wrong with each vantage's own network or machine, and which failures that explains.

An ailment is believed from a finding of an examination on, until something contradicts it. It explains failures only while
its evidence is fresh: it is found out anew once a minute, so that a hop that fails behind it does not stay hidden.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from probe.clock import Clock
from probe.examination.local.ailments import believed, ends, explained, is_of_network, unresolved
from probe.examination.local.clock import ahead_seconds
from probe.examination.local.explains import RESOLVER
from probe.examination.local.reach import ended_as, has_answered
from probe.family import BROKEN
from probe.model import (
    Ailment,
    Event,
    Evidence,
    Failure,
    Finding,
    Identity,
    Observation,
    Purpose,
    Uplink,
    UplinkState,
)
from probe.model.element import access

_FRESH_NS, _AGAIN_NS = 90 * 10**9, 60 * 10**9
# Such a finding says that nothing could be found out.
_INCONCLUSIVE = "local.alone"
_ENOUGH_NAMES = 2
_IPV6_BROKEN = "most hosts cannot be reached by IPv6, and by IPv4 they can"


@dataclass(slots=True, kw_only=True)
class _Belief:
    """One ailment, when it was last borne out (by both clocks), and what is being found out about it."""

    ailment: Ailment
    boot_ns: int
    wall_ns: int
    # How a resolver puts it, and how far behind a clock is: no more than this is explained.
    word: str = ""
    ahead: float = 0.0
    asked_ns: int | None = None
    examined: Identity | None = None


@dataclass(slots=True)
class _Vantage:
    """All that is believed of one vantage; nothing is known of it until something was."""

    is_known: bool = False
    beliefs: dict[str, _Belief] = field(default_factory=dict)
    # Those that ended last, and when (boot clock): they still explain what had begun to fail before.
    ended: dict[str, tuple[_Belief, int]] = field(default_factory=dict)
    uplink: Uplink | None = None
    ahead: float = 0.0
    # The hops whose names its resolver could not tell, by how it put that.
    unresolved: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def ailments(self) -> tuple[Ailment, ...]:
        return tuple(one.ailment for one in self.beliefs.values())


class Healths:
    """The vantages' ailments, by the findings, observations and uplinks that it is shown."""

    def __init__(self, vantages: Iterable[str], clock: Clock) -> None:
        """Know nothing yet of these vantages."""
        self._clock = clock
        self._vantages: dict[str, _Vantage] = {}
        self.adopt(vantages)

    def adopt(self, vantages: Iterable[str]) -> None:
        """Go on with these; of any other everything is forgotten."""
        self._vantages = {name: self._vantages.get(name, _Vantage()) for name in vantages}

    def take(self, event: Event) -> str | None:
        """Take in an event, and return the vantage whose health it changed, if it did."""
        match event:
            case Observation(series=series) | Finding(series=series):
                name = series.vantage
            case UplinkState(vantage=name):
                pass
            case _:
                return None
        known = self._vantages.get(name)
        if known is None:
            return None
        before = known.is_known, known.ailments
        match event:
            case Observation():
                self._note(known, event)
            case Finding():
                self._learn(known, event)
            case UplinkState():
                _leave(known, event)
        return name if (known.is_known, known.ailments) != before else None

    def ipv6(self, vantage: str, *, is_broken: bool) -> bool:
        """Take in whether a vantage's IPv6 is broken, and tell whether that is news."""
        known = self._vantages.get(vantage)
        if known is None or (BROKEN in known.beliefs) is is_broken:
            return False
        if is_broken:
            self._believe(known, BROKEN, access(vantage), _IPV6_BROKEN, ())
        else:
            del known.beliefs[BROKEN]
        return True

    def ailments(self, vantage: str) -> tuple[Ailment, ...]:
        """Return what is wrong with a vantage, as far as is known."""
        return self._vantages[vantage].ailments

    def explains(self, seen: Observation) -> bool:
        """Tell whether anything that is known of the vantage explains a failure, so that there is no more to learn of it."""
        known = self._vantages.get(seen.series.vantage, _Vantage())
        return self._explaining(known.beliefs.values(), ended_as(seen), seen.evidence) is not None

    def excused(self, vantage: str, failure: Failure, evidence: Evidence) -> Failure:
        """Return the failure, or the ailment of the vantage that explains it."""
        since_ns = self._clock.boot_ns() - round((failure.after_seconds or 0.0) * 1e9)
        ailment = self._fresh(vantage, failure.cause, evidence, since_ns)
        if ailment is None:
            return failure
        return replace(
            failure,
            cause=ailment.cause,
            detail=f"{ailment.detail}; this probe ended as {failure.cause}: {failure.detail}",
            ended_as=failure.cause,
        )

    def ailment(self, seen: Observation) -> Ailment | None:
        """Return the ailment of the vantage that explains a failure; None where it is to be found out anew."""
        if seen.failure is None or seen.failure.ended_as is not None:
            return None
        return self._fresh(seen.series.vantage, seen.failure.cause, seen.evidence, self._clock.boot_ns())

    def _fresh(self, vantage: str, cause: str, evidence: Evidence, since_ns: int) -> Ailment | None:
        """Return the ailment that explains a failure and is borne out lately, or was still believed in at `since_ns`."""
        known = self._vantages.get(vantage)
        if known is None:
            return None
        over = (one for one, ended_ns in known.ended.values() if ended_ns > since_ns)
        belief = self._explaining((*known.beliefs.values(), *over), cause, evidence)
        is_fresh = belief is not None and self._clock.boot_ns() - belief.boot_ns <= _FRESH_NS
        return belief.ailment if belief is not None and is_fresh else None

    def doubts(self, seen: Observation) -> bool:
        """Tell whether an observation is to be looked into because it is time to find out whether an ailment lasts."""
        if seen.failure is None:
            return False
        known = self._vantages.get(seen.series.vantage, _Vantage())
        belief = self._explaining(known.beliefs.values(), ended_as(seen), seen.evidence)
        now = self._clock.boot_ns()
        if belief is None or now - max(belief.boot_ns, belief.asked_ns or 0) < _AGAIN_NS:
            return False
        belief.asked_ns, belief.examined = now, seen.identity
        return True

    def notes(self) -> Sequence[str]:
        """Say in one sentence each what is wrong with which vantage, but for its IPv6."""
        return [
            f"{name}: {one.detail}."
            for name, known in self._vantages.items()
            for one in known.ailments
            if one.cause != BROKEN
        ]

    def _explaining(self, beliefs: Iterable[_Belief], cause: str, evidence: Evidence) -> _Belief | None:
        wall = self._clock.wall_ns() / 1e9
        for one in beliefs:
            then = wall + one.ahead
            if explained(one.ailment.cause, cause, evidence, word=one.word, then_seconds=then):
                return one
        return None

    def _note(self, known: _Vantage, seen: Observation) -> None:
        known.is_known |= has_answered(seen)
        if (ahead := ahead_seconds(seen)) is not None:
            known.ahead = ahead
        if ends(RESOLVER, seen) and seen.purpose is Purpose.ROUTINE:
            known.unresolved.clear()
        for cause, belief in list(known.beliefs.items()):
            is_by_schedule = cause != RESOLVER or seen.purpose is Purpose.ROUTINE
            is_later = seen.ended_at_ns > belief.wall_ns
            if cause != BROKEN and is_later and is_by_schedule and ends(cause, seen):
                known.ended[cause] = known.beliefs.pop(cause), self._clock.boot_ns()

    def _learn(self, known: _Vantage, found: Finding) -> None:
        cause, word = believed(found), ""
        if cause is None and (said := unresolved(found)) is not None:
            word, is_for_all = said
            known.unresolved[word].add(found.series.hop)
            cause = RESOLVER if is_for_all or len(known.unresolved[word]) >= _ENOUGH_NAMES else None
        if found.rule != _INCONCLUSIVE:
            for other, belief in list(known.beliefs.items()):
                if other != cause and belief.examined is not None and belief.examined in found.parents[:1]:
                    del known.beliefs[other]
        if cause is not None:
            self._believe(known, cause, found.element or "", found.detail, found.parents, word)

    def _believe(
        self,
        known: _Vantage,
        cause: str,
        element: str,
        detail: str,
        parents: tuple[Identity, ...],
        word: str = "",
    ) -> None:
        """Believe in an ailment, or believe in it still."""
        before = known.beliefs.get(cause)
        boot, wall = self._clock.boot_ns(), self._clock.wall_ns()
        ailment = before.ailment if before is not None else None
        known.is_known = True
        known.beliefs[cause] = _Belief(
            ailment=ailment
            or Ailment(cause=cause, element=element, detail=detail, since_ns=wall, parents=parents),
            boot_ns=boot,
            wall_ns=wall,
            word=word,
            ahead=known.ahead,
        )


def _leave(known: _Vantage, state: UplinkState) -> None:
    """Forget what was wrong with the network that was left by before."""
    if known.uplink not in (None, state.uplink):
        for cause in [one for one in known.beliefs if is_of_network(one)]:
            del known.beliefs[cause]
    known.uplink = state.uplink
