"""Remove what a test internet has left, its own at the end or that of a process that died."""

import os
import re
import select
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from tests.internet import namespace

_FRESH = count(1)
_PATIENCE_SECONDS = 2.0
_OURS = re.compile(r"hop(\d+)n\d+")


def fresh_prefix() -> str:
    """Return a prefix that nobody else has, and that tells whose it is."""
    return f"hop{os.getpid()}n{next(_FRESH)}"


def sweep(prefix: str) -> None:
    """Remove everything of that prefix: its processes, its namespaces, its folder."""
    left = namespace.existing(prefix)
    for pid in namespace.occupants(left):
        with suppress(ProcessLookupError):
            _kill(pid)
    namespace.remove(left)
    for folder in Path(tempfile.gettempdir()).glob(f"internet-{prefix}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _kill(pid: int) -> None:
    """Kill a process and see it die, so that it holds nothing of the namespace any more."""
    watched = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(watched, signal.SIGKILL)
        select.select([watched], [], [], _PATIENCE_SECONDS)
    finally:
        os.close(watched)


def abandoned() -> Iterator[str]:
    """Go through the prefixes of processes that are gone without having removed theirs."""
    for prefix in _prefixes(namespace.existing("hop*")):
        found = _OURS.fullmatch(prefix)
        if found and not Path("/proc", found[1]).exists():
            yield prefix


def _prefixes(names: Iterable[str]) -> set[str]:
    return {name.partition("-")[0] for name in names}
