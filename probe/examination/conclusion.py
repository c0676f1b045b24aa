"""What an examination comes to, and the rules that lead there."""

from collections.abc import Callable
from dataclasses import dataclass

from probe.examination.case import Case, Control
from probe.model import Level, Observation, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What the facts of a case amount to; `used` are the observations that tell so, beside the one looked into."""

    verdict: Verdict
    causes: tuple[str, ...]
    rule: str
    detail: str
    element: str | None = None
    level: Level = Level.SCORED
    used: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table: its id, what it says, the causes it can name, and how it decides.

    `decide` returns None where the rule does not fit; in each part of the table the first rule that fits holds. A rule that
    `settles` the case makes whatever the parts after it could see meaningless.
    """

    id: str
    says: str
    causes: tuple[str, ...]
    decide: Callable[[Case], Conclusion | None]
    settles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rules about one layer, and the controls that they live on, which are asked for in rounds.

    `wanted` returns what to ask next, all at once, and nothing when there is no more to learn; what it returned before
    and is answered is left out by the procedure. What could provoke a filter comes in a later round than what it could
    spoil. `is_odd` tells whether a success is worth looking into all the same.
    """

    name: str
    concerns: Callable[[Case], bool]
    wanted: Callable[[Case], tuple[Control, ...]]
    rules: tuple[Rule, ...]
    is_odd: Callable[[Observation], bool] = lambda _: False
