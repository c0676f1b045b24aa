"""A case: a failed observation, or an odd success, with all that is known of it; and the questions that may be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from probe.attempt import Prober
from probe.model import AddressFamily, Hop, Means, Observation, Overrides, Purpose, Route, Series, Vantage

# Whom, how, and by which family.
Question = tuple[Hop, Prober, Overrides, AddressFamily]
_AS_USUAL = Overrides()
_NOBODY = Means()


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One question that tells two explanations apart: whom to ask, how, and what it may cost at most.

    `id` names it within the case; equal `question`s are asked once a minute and answer several cases.
    """

    id: str
    kind: str
    hop: Hop
    prober: Prober
    overrides: Overrides = _AS_USUAL
    family: AddressFamily = AddressFamily.ANY
    seconds: float = 2.0
    packets: int = 10
    purpose: Purpose = Purpose.CONTROL

    @property
    def question(self) -> Question:
        """What is asked, whoever asks it."""
        return self.hop, self.prober, self.overrides, self.family


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier probes told, of this vantage and of others; all of it is less than an hour old.

    `vouched`: addresses at which somebody completed a handshake for the hop's name that verified. `keys`: the public keys
    (SPKI, SHA-256) seen there. `siblings`: the last observation of each other check of this vantage. `elsewhere`: the last
    one of each check of the same hop from other vantages. `before`: the last good observation of the same series.
    """

    vouched: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    siblings: tuple[Observation, ...] = ()
    elsewhere: tuple[Observation, ...] = ()
    before: Observation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is looked into, whom one may ask about it, and what came of that so far: answers by the control's id."""

    seen: Observation
    vantage: Vantage
    route: Route
    hop: Hop
    hops: tuple[Hop, ...]
    prober: Prober
    family: AddressFamily = AddressFamily.ANY
    resolvers: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    means: Means = _NOBODY
    known: Known = Known()
    answers: Mapping[str, Observation] = field(default_factory=dict)

    @property
    def cause(self) -> str:
        """The immediate cause; empty when the observation was a success."""
        return self.seen.failure.cause if self.seen.failure else ""

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
