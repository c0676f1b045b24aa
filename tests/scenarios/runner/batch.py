"""Play many scenarios, several at a time, each on a test internet of its own."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.runner.play import play
from tests.scenarios.runner.result import Result
from tests.scenarios.runner.scenario import Scenario

# A scenario mostly waits; what it computes is the start of daemons and the lab's own packets.
_PER_CPU = 2
_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to play: so many at a time, what is kept where, and whether everything is."""

    workers: int
    keep: Path
    keeps_all: bool = False


def usual_workers() -> int:
    """Return how many scenarios this machine plays at a time without disturbing their times."""
    return max(1, min(_MOST, _PER_CPU * len(os.sched_getaffinity(0))))


def run(
    scenarios: Iterable[tuple[Path, Scenario]], order: Order, tell: Callable[[Result], None]
) -> tuple[Result, ...]:
    """Return the results in the order of the scenarios; `tell` hears of each as soon as it is there."""
    with ThreadPoolExecutor(order.workers, thread_name_prefix="scenario") as pool:
        try:
            futures = [
                pool.submit(play, one, file, order.keep, keeps_all=order.keeps_all) for file, one in scenarios
            ]
            for future in as_completed(futures):
                tell(future.result())
        except BaseException:
            # What has not begun never does; what has begun takes its lab down.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(map(Future.result, futures))
