"""A disk that can lose power, or fail one call: SQLite (by apsw) writes through it, and it remembers what was synced."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import apsw

# An error that our own VFS raised comes back as it was, without a code.
_CODES = {apsw.IOError: sqlite3.SQLITE_IOERR, apsw.FullError: sqlite3.SQLITE_FULL}

Write = tuple[int, bytes]


class _File:
    """What would be left of one file: the synced content, and the writes since."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.since: list[Write | int] = []  # an offset with bytes, or a size to cut to

    def sync(self) -> None:
        for change in self.since:
            _apply(self.synced, change)
        self.since.clear()

    def survivor(self, random: Random) -> bytes:
        """Of the writes that were not synced any may have reached the disk, and each only in part."""
        content = bytearray(self.synced)
        for change in self.since:
            if random.random() < 0.5:
                continue
            _apply(content, _torn(change, random) if random.random() < 0.2 else change)
        return bytes(content)


class Disk(apsw.VFS):
    """Passes everything on to the real file system and counts the calls that write, sync or cut."""

    def __init__(self, name: str, *, cut_at: int | None = None, fail_at: int | None = None) -> None:
        super().__init__(name, "")
        self.name = name
        self.calls = 0
        self.files: dict[str, _File] = {}
        self._cut_at = cut_at
        self._fail_at = fail_at
        self.error: type[apsw.Error] = apsw.IOError

    def xOpen(self, name: Any, flags: list[int]) -> "_Handle":  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _Handle(self, self.files.setdefault(path, _File()), name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.called()
        super().xDelete(name, syncdir)
        # A journalling file system makes an unlink durable with, or before, the next sync.
        if not self.is_off:
            self.files.pop(name, None)

    @property
    def is_off(self) -> bool:
        """Whether the power is gone: SQLite goes on without knowing it, and nothing of that counts."""
        return self._cut_at is not None and self.calls >= self._cut_at

    def called(self) -> None:
        """Count a call; the one that was chosen fails."""
        self.calls += 1
        if self.calls == self._fail_at:
            raise self.error("this call fails")

    def leave_to(self, directory: Path, random: Random) -> None:
        """Write what a power cut now leaves of the files."""
        directory.mkdir()
        for path, file in self.files.items():
            (directory / Path(path).name).write_bytes(file.survivor(random))


class _Handle(apsw.VFSFile):
    """An open file of the disk."""

    def __init__(self, disk: Disk, file: _File, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._file = file

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.called()
        self._keep((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.called()
        self._keep(newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.called()
        super().xSync(flags)
        if not self._disk.is_off:
            self._file.sync()

    def _keep(self, change: Write | int) -> None:
        if not self._disk.is_off:
            self._file.since.append(change)


class Connection:
    """apsw, looking like the part of sqlite3 that the store uses."""

    def __init__(self, disk: Disk, file: Path, *, synchronous: str = "FULL") -> None:
        self._connection = apsw.Connection(str(file), vfs=disk.name)
        self._synchronous = synchronous
        # Without this the log's index would be shared memory, which a VFS written in Python cannot give.
        self.execute("PRAGMA locking_mode=EXCLUSIVE")

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = _translated(lambda: list(self._connection.execute(sql, parameters)))
        return rows

    def executescript(self, script: str, /) -> None:
        script = script.replace("synchronous=FULL", f"synchronous={self._synchronous}")
        _translated(lambda: list(self._connection.execute(script)))

    def close(self) -> None:
        _translated(self._connection.close)


def _torn(change: Write | int, random: Random) -> Write | int:
    if isinstance(change, int):
        return change
    offset, data = change
    return offset, data[: random.randrange(len(data) + 1)]


def _apply(content: bytearray, change: Write | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    content.extend(b"\0" * (offset - len(content)))
    content[offset : offset + len(data)] = data


def _translated(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except apsw.Error as error:
        same = sqlite3.OperationalError(str(error))
        code: int = _CODES.get(type(error), getattr(error, "extendedresult", sqlite3.SQLITE_ERROR))
        same.sqlite_errorcode = code
        raise same from error
