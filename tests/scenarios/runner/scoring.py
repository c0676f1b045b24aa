"""Compare the causes that were named with the true ones, as a hierarchy: every prefix of a cause is an answer too; pure."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from statistics import mean

# A cause, or a prefix of one, at a vantage.
Claim = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much of what was named is true, and how much of what is true was named."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def closure(causes: Iterable[str]) -> frozenset[str]:
    """Return the causes and all their prefixes: `tls.reset.sni` gives `tls` and `tls.reset` too."""
    found = set()
    for cause in causes:
        words = cause.split(".")
        found |= {".".join(words[:length]) for length in range(1, len(words) + 1)}
    return frozenset(found)


def score(true: Set[Claim] | Set[str], named: Set[Claim] | Set[str]) -> Score:
    """Score closed sets; nothing named where nothing is true is perfect, and of one empty set alone nothing is right."""
    if not true and not named:
        return Score(precision=1.0, recall=1.0)
    overlap = len(set(true) & set(named))
    return Score(
        precision=overlap / len(named) if named else 0.0,
        recall=overlap / len(true) if true else 0.0,
    )


def best(alternatives: Iterable[Iterable[str]], named: Iterable[str]) -> tuple[str, ...]:
    """Return of several sets of causes, each as true, the one that fits what was named best; the first of equals."""
    closed = closure(named)
    return max((tuple(one) for one in alternatives), key=lambda one: score(closure(one), closed).f1)


def claims(causes: Iterable[str], vantage: str) -> frozenset[Claim]:
    """Return the closure of causes as seen from a vantage."""
    return frozenset((vantage, cause) for cause in closure(causes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Means over scenarios, each of which counts the same."""

    scenarios: int
    precision: float
    recall: float
    f1: float


def average(scores: Iterable[Score]) -> Average | None:
    """Return the means, or None where there is nothing."""
    every = tuple(scores)
    if not every:
        return None
    return Average(
        scenarios=len(every),
        precision=mean(one.precision for one in every),
        recall=mean(one.recall for one in every),
        f1=mean(one.f1 for one in every),
    )
