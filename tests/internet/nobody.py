"""Run a program in a node, as root or as an ordinary user without any capability.

That user must read the interpreter and the checkout, which may lie below folders that only root may enter. So the
program gets a mount namespace of its own, in which such a folder is an empty one that anybody may enter, with nothing
in it but the way to what must be read. Nothing changes outside that namespace.
"""

import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.internet.line import CHECKOUT

NOBODY = 65_534
_STRIPPED = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
    "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all",
)  # fmt: skip


def as_root(place: str, words: Iterable[str]) -> list[str]:
    """Return the command that runs another in the namespace, with that namespace's resolv.conf."""
    return ["ip", "netns", "exec", place, *words]


def as_nobody(place: str, words: Iterable[str], spare: Path) -> list[str]:
    """Return the command that runs another in the namespace as an ordinary user who can read our code.

    The spare folder is needed for a moment, and only that program sees what happens in it.
    """
    wanted = (Path(each).resolve() for each in (sys.base_prefix, sys.prefix, CHECKOUT))
    paths = tuple(dict.fromkeys(each for path in wanted for each in _readable(path)))
    lines = ["umask 022", *_opening(paths, spare), f"exec {shlex.join((*_STRIPPED, *words))}"]
    return as_root(place, ("sh", "-ec", "\n".join(lines)))


def environment(home: Path) -> dict[str, str]:
    """Return what such a program finds in its environment: nothing of the test's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _readable(path: Path) -> Iterator[Path]:
    """Go through what others may read of a path: itself, or of a folder that they may not enter what is in it."""
    if path.stat().st_mode & stat.S_IXOTH:
        yield path
        return
    inner = [each for each in path.iterdir() if not each.is_symlink() and each.stat().st_mode & stat.S_IROTH]
    if not inner:
        raise PermissionError(f"only root may read {path} and what is in it: chmod -R o+rX makes it readable")
    yield from inner


def _opening(paths: tuple[Path, ...], spare: Path) -> Iterator[str]:
    """Say in shell how to make the paths reachable at their own names."""
    behind = {path: door for path in paths if (door := _closed_above(path))}
    if not behind:
        return
    yield f"mount -t tmpfs tmpfs {spare}"
    for number, path in enumerate(behind):
        yield _bound(path, path, f"{spare}/{number}")
    for door in sorted(set(behind.values())):
        yield f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(door))}"
    for number, path in enumerate(behind):
        yield _bound(path, f"{spare}/{number}", path)
    yield f"umount -l {spare}"


def _bound(path: Path, at: Path | str, to: Path | str) -> str:
    """Say how to make a file or folder that can be read at one place readable at another."""
    source, target, above = (shlex.quote(str(each)) for each in (at, to, Path(to).parent))
    make = f"mkdir -p {target}" if path.is_dir() else f"mkdir -p {above}; touch {target}"
    return f"{make}; mount --rbind {source} {target}"


def _closed_above(path: Path) -> Path | None:
    """Return the highest folder above the path that others may not enter."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None
