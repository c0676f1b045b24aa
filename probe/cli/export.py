"""`hopwatch export`: what the store holds, as JSON lines or as samples for Prometheus."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from probe.cli.options import NOT_MEASURED, leave, storage_path
from probe.clock import SystemClock
from probe.model import Change
from probe.store import StoreError
from probe.store.openmetrics import openmetrics
from probe.store.reading import read, read_series, read_text
from probe.units import parse_duration


def _instant(_: click.Context, __: click.Parameter, given: str | None) -> int | None:
    """Return Unix nanoseconds for a duration before now or an ISO 8601 time."""
    if given is None:
        return None
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
    if fmt == "openmetrics":
        changes = (one for one in read(storage, since, until, kinds=("change",)) if isinstance(one, Change))
        return openmetrics(read_series(storage, since, until, on_unreadable=_warn), changes)
    return (f"{line}\n" for line in read_text(storage, since, until))


def _warn(records: int, reason: str) -> None:
    click.echo(f"{records} records were left out: {reason}", err=True)
