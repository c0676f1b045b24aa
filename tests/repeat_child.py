"""A real program that repeats HTTP checks of one local server; it prints what came due and what was told, as JSON."""

import asyncio
import json
import sys
from dataclasses import replace

from probe.clock import SystemClock
from probe.model import Event, Hop, Miss, Observation
from probe.plan import Probe
from probe.prober.http import Http
from probe.wire.network import SocketNetwork
from tests.repeating import Work, probe

SERIES = 20


def check(number: int, port: int) -> Probe:
    made_up = probe(f"check-{number}", interval=1.0, timeout=0.9, concurrency=2 * SERIES)
    return replace(
        made_up, hop=Hop(name="direct", scheme="http", host="127.0.0.1", port=port), prober=Http(path="/")
    )


async def work_for(seconds: float, port: int) -> None:
    clock = SystemClock()
    network = SocketNetwork(clock)
    try:
        work = Work(clock, [check(number, port) for number in range(SERIES)], network)
        async with work.going_on():
            await clock.sleep_until(clock.boot_ns() + int(seconds * 1e9))
            due = {str(series): count for series, count in work.due().items()}
    finally:
        network.close()
    json.dump(
        {"due": due, "told": [*filter(None, (account(work, told.event) for told in work.told))]}, sys.stdout
    )


def account(work: Work, event: Event) -> dict[str, object] | None:
    match event:
        case Observation() as one:
            began = work.started_ns(one)
            ended = began + int(one.elapsed_seconds * 1e9)
            facts = {"outcome": one.outcome, "taints": one.taints, "began_ns": began, "ended_ns": ended}
            return {"series": str(one.series), "slots": [one.slot], **facts}
        case Miss() as miss:
            slots = list(range(miss.first_slot, miss.first_slot + miss.slots))
            due = [work.timetables[miss.series].intended_ns(slot) for slot in slots]
            return {"series": str(miss.series), "slots": slots, "reason": miss.reason, "due_ns": due}
        case _:
            return None


if __name__ == "__main__":
    asyncio.run(work_for(float(sys.argv[1]), int(sys.argv[2])))
