"""Show on a terminal how far bounded work has come, once it takes longer than a second; standard output stays the data's."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_WORTH_SHOWING_SECONDS = 1.0


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield what is to be called at each step of the work; nothing is shown where nobody looks."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda: None
        return
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = shown.add_task(what, total=total)
    timer = threading.Timer(_WORTH_SHOWING_SECONDS, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: shown.advance(task)
    finally:
        timer.cancel()
        # It may be starting this very moment.
        timer.join()
        shown.stop()
