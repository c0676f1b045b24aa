"""`hopwatch export`: what the store holds, as JSON lines or as samples for Prometheus."""

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from probe.cli.options import NOT_MEASURED, leave, storage_path

Kind = TypeVar("Kind")


def _instant(ctx: click.Context, __: click.Parameter, given: str | None) -> int | None:
    """Return Unix nanoseconds for a duration before now or an ISO 8601 time."""
    if given is None or ctx.resilient_parsing:
        return None
    from probe.clock import SystemClock
    from probe.units import parse_duration

    try:
        return SystemClock().wall_ns() - int(parse_duration(given) * 1e9)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise click.BadParameter(
            f"{given!r} is neither a duration such as 30s, 5m, 1h or 7d nor an ISO 8601 time"
        ) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1e6) * 1000


_INSTANT = "a duration before now (30s, 5m, 1h, 7d) or an ISO 8601 time, in UTC unless it says otherwise"


@click.command()
@click.option(
    "--since",
    callback=_instant,
    default="1h",
    show_default=True,
    metavar="TIME",
    help=f"From when: {_INSTANT}.",
)
@click.option("--until", callback=_instant, metavar="TIME", help="Up to when; by default to the end.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(("jsonl", "openmetrics")),
    default="jsonl",
    show_default=True,
    help="jsonl: every record, one a line. openmetrics: for `promtool tsdb create-blocks-from openmetrics`.",
)
@storage_path
def export(since: int, until: int | None, fmt: str, storage: Path) -> None:
    """Print what was recorded, oldest first; it works while the daemon runs and when it does not."""
    from probe.store import StoreError

    if until is not None and until < since:
        raise click.UsageError("--until lies before --since")
    try:
        _print(_texts(since, until, fmt, storage))
    except StoreError as error:
        leave(NOT_MEASURED, str(error))
    except BrokenPipeError:
        # The reader, `head` perhaps, has had enough; what is still buffered must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        leave(NOT_MEASURED, f"cannot write the export: {error.strerror}")


def _print(texts: Iterator[str]) -> None:
    # OpenMetrics and JSON are UTF-8, whatever the locale says.
    out = sys.stdout.buffer
    for text in texts:
        out.write(text.encode("utf-8", "replace"))
    out.flush()


def _texts(since: int, until: int | None, fmt: str, storage: Path) -> Iterator[str]:
    from probe.model import Change
    from probe.store.openmetrics import openmetrics
    from probe.store.reading import read, read_series, read_text

    if fmt == "jsonl":
        with _progress(storage, since, until) as step:
            for line in read_text(storage, since, until):
                step()
                yield f"{line}\n"
        return
    with _progress(storage, since, until, kinds=("observation", "change")) as step:
        changes = (
            one
            for one in _stepped(read(storage, since, until, kinds=("change",)), step)
            if isinstance(one, Change)
        )
        observations = _stepped(read_series(storage, since, until, on_unreadable=_warn), step)
        yield from openmetrics(observations, changes)


def _stepped(records: Iterator[Kind], step: Callable[[], None]) -> Iterator[Kind]:
    for one in records:
        step()
        yield one


@contextmanager
def _progress(
    storage: Path, since: int, until: int | None, **kinds: Collection[str]
) -> Iterator[Callable[[], None]]:
    """Show how many of the records are out, unless they go to the same terminal, or nobody looks."""
    from probe.cli.progress import progress
    from probe.store.reading import count

    if sys.stdout.isatty() or not sys.stderr.isatty():
        yield lambda: None
        return
    with progress("records", count(storage, since, until, **kinds)) as step:
        yield step


def _warn(records: int, reason: str) -> None:
    click.echo(f"{records} records were left out: {reason}", err=True)
