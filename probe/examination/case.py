"""A case: a failed observation, or an odd success, with all that is known of it; and the questions that may be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from probe.attempt import Prober
from probe.cause.response.reading import NOTHING_LEARNT, Learnt
from probe.model import (
    AddressFamily,
    Ailment,
    Gateway,
    Hop,
    Means,
    Observation,
    Overrides,
    Purpose,
    Route,
    Series,
    Vantage,
)
from probe.plan import Probe

# Whom, how, and by which family.
Question = tuple[Hop, Prober, Overrides, AddressFamily]
_AS_USUAL = Overrides()
_NOBODY = Means()
# Within it a lost SYN and a lost question are sent again.
_LONG_ENOUGH_NS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One question that tells two explanations apart: whom to ask, how, and what it may cost at most.

    `id` names it within the case; equal `question`s are asked once a minute and answer several cases. Where it has to be
    of `now`, an answer from before the failing probe began is none, and else one that had come more than `fresh_seconds`
    before. Nobody waits for it once the case says that it is `spared`; it is heard all the same as long as the case is
    looked into.
    """

    id: str
    kind: str
    hop: Hop
    prober: Prober
    overrides: Overrides = _AS_USUAL
    family: AddressFamily = AddressFamily.ANY
    through: str | None = None
    seconds: float = 2.0
    packets: int = 10
    purpose: Purpose = Purpose.CONTROL
    now: bool = False
    fresh_seconds: float = 60.0
    spared: Callable[["Case"], bool] = lambda _: False

    @property
    def question(self) -> Question:
        """What is asked, whoever asks it."""
        return self.hop, self.prober, self.overrides, self.family


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier probes told, of this vantage and of others; all of it is less than an hour old.

    `vouched`: addresses at which somebody completed a handshake for the hop's name that verified. `keys`: the public keys
    (SPKI, SHA-256) seen there. `siblings`: the last observation of each other check of this vantage, and `good` the last
    that went well. `elsewhere`: the last one of each check of the same hop from other vantages. `lately`: the last ones of
    this vantage at the same hop, whatever they came to, of the last minutes. `before`: the last good observation of the
    same series.
    """

    vouched: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    siblings: tuple[Observation, ...] = ()
    good: tuple[Observation, ...] = ()
    elsewhere: tuple[Observation, ...] = ()
    lately: tuple[Observation, ...] = ()
    before: Observation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is looked into, whom one may ask about it, and what came of that so far: answers by the control's id.

    `hops` are those of the route, `everywhere` has those of all routes, `checks` what the schedule asks;
    `learnt` is what healthy answers taught of the one that was a failure; `known` and `gateways` are as of the last answer,
    and so is the `ailment` of the vantage that explains the failure by what came of another case.
    """

    seen: Observation
    vantage: Vantage
    route: Route
    hop: Hop
    hops: tuple[Hop, ...]
    prober: Prober
    everywhere: tuple[Hop, ...] = ()
    family: AddressFamily = AddressFamily.ANY
    resolvers: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    means: Means = _NOBODY
    known: Known = Known()
    gateways: tuple[Gateway, ...] = ()
    checks: tuple[Probe, ...] = ()
    learnt: Learnt = NOTHING_LEARNT
    ailment: Ailment | None = None
    answers: Mapping[str, Observation] = field(default_factory=dict)

    @property
    def cause(self) -> str:
        """The immediate cause; empty when the observation was a success."""
        return self.seen.failure.cause if self.seen.failure else ""

    @property
    def since_ns(self) -> int:
        """From when on what the schedule heard of others tells of the time in which this probe failed.

        The probes that are under way when a network dies were begun a moment before others were still answered. Whoever was
        reached a second later was so while this one asked again in vain.
        """
        return min(self.seen.started_at_ns + _LONG_ENOUGH_NS, self.seen.ended_at_ns)

    @property
    def series(self) -> Series:
        """The series that is looked into."""
        return self.seen.series

    def is_of(self, *causes: str) -> bool:
        """Tell whether the immediate cause is one of these or below one of them."""
        return any(self.cause == one or self.cause.startswith(f"{one}.") for one in causes)

    def answered(self, answers: Mapping[str, Observation]) -> "Case":
        """Return the case with more answers."""
        return replace(self, answers={**self.answers, **answers})
