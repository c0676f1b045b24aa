"""Walk the path from each vantage, round after round, and draw it as it comes."""

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn, cast

import click
from rich.console import Console
from rich.live import Live

from probe.cli.look.said import exit_code
from probe.cli.look.target import Target, find, without_proxy
from probe.cli.look.trace_drawn import draw, path_table
from probe.cli.look.watched import Watched, merged
from probe.cli.options import NOT_MEASURED, leave
from probe.cli.progress import progress
from probe.cli.terminal import is_watched
from probe.codec import to_json
from probe.log import set_up
from probe.model import AddressFamily, Observation, Outcome, Trace
from probe.ondemand import all_of, asking
from probe.plan import Looking
from probe.prober.trace import Trace as Prober
from probe.runner import Runner

JSON_VERSION = 1
# A round asks each distance once, so that all rounds weigh alike.
_ROUND = Prober(tries=1, packets=80, duration=12.0)
_SECONDS = 15.0
_FRAMES_PER_SECOND = 8
_STOPPED = 130  # 128 + SIGINT, as shells have it


@dataclass(slots=True, kw_only=True)
class Walk:
    """What was seen from one vantage so far; `reading` reads the trace that is under way."""

    looking: Looking
    rounds: int
    seen: list[Observation] = field(default_factory=list)
    reading: Callable[[], Trace] | None = None
    cut: Trace | None = None

    @property
    def traces(self) -> list[Trace]:
        """The traces of the rounds, with the one under way."""
        ended = [one.evidence.trace for one in self.seen if one.evidence.trace is not None]
        last = self.cut if self.reading is None else self.reading()
        return ended if last is None else [*ended, last]

    @property
    def path(self) -> Trace | None:
        """What they saw together."""
        return merged(self.traces)

    @property
    def outcome(self) -> Outcome:
        """It is reached when any round reached it; else what the last one came to."""
        outcomes = [one.outcome for one in self.seen]
        if Outcome.OK in outcomes or not outcomes:
            return Outcome.OK if outcomes else Outcome.NOT_MEASURED
        return Outcome.FAILED if Outcome.FAILED in outcomes else Outcome.NOT_MEASURED


def look(
    text: str,
    *,
    protocol: str,
    port: int | None,
    family: str | None,
    rounds: int,
    max_hops: int,
    vantages: Sequence[str],
    everywhere: bool,
    as_json: bool,
    path: Path | None,
) -> NoReturn:
    """Trace, print, and leave with what it comes to."""
    set_up("error", "logfmt")
    target, left_out = without_proxy(find(text, vantages, path, everywhere=everywhere, is_quiet=as_json))
    for reason in left_out:
        click.echo(reason, err=True)
    if not target.lookings:
        leave(NOT_MEASURED, "there is no vantage left from which packets of its own can be sent")
    prober = Prober(
        protocol=cast(Literal["tcp", "udp"], protocol),
        port=port,
        max_hops=max_hops,
        tries=_ROUND.tries,
        packets=_ROUND.packets,
        duration=_ROUND.duration,
    )
    walks = [Walk(looking=one, rounds=rounds) for one in target.lookings]
    tracing = _trace(target, walks, prober, AddressFamily(family or "any"), is_live=not as_json)
    stopped = _until_stopped(tracing)
    if as_json:
        click.echo(json.dumps(_to_json(walks), indent=2, ensure_ascii=False))
    else:
        draw(target, walks)
    sys.exit(_STOPPED if stopped else exit_code([one.outcome for one in walks]))


def _until_stopped(tracing: Coroutine[object, object, None]) -> bool:
    """Run it; tell whether the user ended it, who is shown what there is by then."""
    try:
        asyncio.run(tracing)
    except KeyboardInterrupt:
        return True
    return False


def _unseen() -> None:
    """Show nothing: the path itself shows how far it is."""


async def _trace(
    target: Target, walks: Sequence[Walk], prober: Prober, family: AddressFamily, *, is_live: bool
) -> None:
    seeds = [target.probe(one.looking, "trace", prober, seconds=_SECONDS, family=family) for one in walks]
    shows = is_live and is_watched()
    bar = nullcontext(_unseen) if shows else progress("rounds", sum(one.rounds for one in walks))
    with bar as step:
        async with asking(target.plan(seeds), target.agent) as at:
            for walk in walks:
                async with _shown(target, walk) if shows else nullcontext():
                    for _ in range(walk.rounds):
                        await _round(at.runner, target, walk, prober, family)
                        step()


async def _round(runner: Runner, target: Target, walk: Walk, prober: Prober, family: AddressFamily) -> None:
    def begun(reading: Callable[[], Trace]) -> None:
        walk.reading = reading

    watched = Watched(trace=prober, begun=begun)
    probe = target.probe(walk.looking, "trace", watched, seconds=_SECONDS, family=family)
    try:
        walk.seen += await all_of(runner, [probe])
    except asyncio.CancelledError:
        walk.cut = None if walk.reading is None else walk.reading()
        raise
    finally:
        walk.reading = None


@asynccontextmanager
async def _shown(target: Target, walk: Walk) -> AsyncIterator[None]:
    """Draw the path anew several times a second as long as the context lasts; what stays is drawn at the end."""
    with Live(console=Console(highlight=False), auto_refresh=False, transient=True) as live:

        async def draw_on() -> None:
            while True:
                live.update(path_table(target, walk), refresh=True)
                await asyncio.sleep(1 / _FRAMES_PER_SECOND)

        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(draw_on())
            yield
            drawing.cancel()


def _to_json(walks: Sequence[Walk]) -> Mapping[str, object]:
    return {
        "version": JSON_VERSION,
        "walks": [
            {
                "vantage": one.looking.vantage.name,
                "outcome": one.outcome,
                "path": None if (path := one.path) is None else dataclasses.asdict(path),
                "observations": [to_json(each) for each in one.seen],
            }
            for one in walks
        ],
    }
