"""When what comes into force and ends: the steps of a scenario, computed first, and taken one after the other then."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

from tests.scenarios.runner.scenario import Event, Fault, Scenario

# Brings a fault into force and returns what ends it.
Put = Callable[[Fault], Callable[[], None]]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Step:
    """At this second the faults of the event of this number come into force, or end; what ends goes first."""

    at: float
    does: Literal["begin", "end"]
    event: int

    @property
    def place(self) -> tuple[float, bool, int]:
        """Where it stands in the order."""
        return self.at, self.does == "begin", self.event


def steps(scenario: Scenario) -> tuple[Step, ...]:
    """Return every step in the order of time."""
    found = [
        step for number, event in enumerate(scenario.events) for step in _of_event(scenario, number, event)
    ]
    return tuple(sorted(found, key=lambda step: step.place))


def _of_event(scenario: Scenario, number: int, event: Event) -> Iterator[Step]:
    if not event.inject:
        return
    end = _end(scenario, event)
    at = event.at
    on, off = event.pulse or (end - at, 1.0)
    while at < end:
        yield Step(at=round(at, 6), does="begin", event=number)
        if (over := min(at + on, end)) < scenario.lasts:
            yield Step(at=round(over, 6), does="end", event=number)
        at += on + off


def _end(scenario: Scenario, event: Event) -> float:
    healed = [
        each.at for each in scenario.events if each.heal and each.heal == event.name and each.at >= event.at
    ]
    ends = [scenario.lasts, *healed, *([] if event.until is None else [event.until])]
    return min(ends)


def run(scenario: Scenario, put: Put) -> None:
    """Take every step at its time, counted from now, and return when the scenario is over, with what is then in force."""
    begin = time.monotonic()
    in_force: dict[int, ExitStack] = {}
    for step in steps(scenario):
        _sleep_until(begin + step.at)
        if step.does == "end":
            in_force.pop(step.event).close()
            continue
        stack = in_force[step.event] = ExitStack()
        for fault in scenario.events[step.event].inject:
            stack.callback(put(fault))
    _sleep_until(begin + scenario.lasts)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
