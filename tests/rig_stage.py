"""Probe a path that a test describes, and tell what came of it."""

import asyncio

from probe.attempt import Prober
from probe.model import Observation, Trace
from tests.rig import bench
from tests.rig_path import TARGET, Stage, World

_STAMPING_SECONDS = 0.01


async def probe_path(stage: Stage, world: World, prober: Prober, target: str = TARGET, **how) -> Observation:
    """Run one probe against `target` in that world."""
    with stage.playing(world):
        async with bench() as ready:
            # The kernel begins to stamp some milliseconds after the first socket asked for it.
            await asyncio.sleep(_STAMPING_SECONDS)
            return await ready.ask(prober, host=target, **({"port": 443, "seconds": 8.0, "way": stage} | how))


def trace_of(observation: Observation) -> Trace:
    """The trace of an observation that has one."""
    assert observation.evidence.trace is not None
    return observation.evidence.trace


def who(observation: Observation) -> list[tuple[str, ...]]:
    """Who answered, distance by distance."""
    return [hop.addresses for hop in trace_of(observation).hops]


def counts(observation: Observation) -> list[tuple[int, int]]:
    """How many packets were sent and answered, distance by distance."""
    return [(hop.sent, hop.answered) for hop in trace_of(observation).hops]


def ended(observation: Observation) -> tuple[str | None, str, int | None]:
    """The cause if any, why the trace went no further, and where the target was."""
    trace = trace_of(observation)
    return observation.failure.cause if observation.failure else None, trace.ended, trace.target_ttl
