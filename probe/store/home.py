"""The store's directory: who may use it, and the files in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from probe.store.errors import StoreError

DATABASE = "store.sqlite"
_LOCK = "store.lock"
_BALLAST = "store.ballast"
# The write-ahead log and its index lie beside the database and belong to it.
_COMPANIONS = ("", "-wal", "-shm")


class Home:
    """A directory that one process at a time may write to."""

    def __init__(self, directory: Path) -> None:
        """Name the directory; nothing is touched yet."""
        self.directory = directory
        self.database = directory / DATABASE
        self.log = directory / f"{DATABASE}-wal"
        self.ballast = directory / _BALLAST
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the directory and its lock our own, or raise StoreError."""
        try:
            self._make()
            self._lock = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write to {self.directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(self._lock, 20).decode("ascii", "replace").strip()
            self.release()
            raise StoreError(f"{self.directory} is in use by another hopwatch (process {owner})") from error
        except OSError as error:
            self.release()
            raise StoreError(f"cannot lock {self.directory}: {error.strerror}") from error
        # Who holds the lock is a courtesy to the reader; a full disk must not stop us here.
        with suppress(OSError):
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process claim the directory; closing the file gives up its lock (flock(2))."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def has_database(self) -> bool:
        """Tell whether the database is still where it was: SQLite writes on happily into a file that was removed."""
        try:
            self.database.stat()
        except OSError:
            return False
        return True

    def touch_database(self) -> None:
        """Create the database file if it is not there, readable by us alone; SQLite gives its companions the same mode."""
        if self.database.exists():
            return
        os.close(os.open(self.database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def move_aside(self, suffix: str) -> Path:
        """Rename the database and what belongs to it, so that it can be examined; nothing is deleted."""
        aside = next(path for path in self._asides(suffix) if not path.exists())
        for companion in _COMPANIONS:
            with suppress(FileNotFoundError):
                Path(f"{self.database}{companion}").rename(f"{aside}{companion}")
        return aside

    def bytes(self) -> int:
        """Sum up the files that are bounded together: database, log and ballast."""
        return sum(size_of(path) for path in (self.database, self.log, self.ballast))

    def free_bytes(self) -> int:
        """Ask the file system how much an ordinary user may still write; 0 where there is no telling."""
        try:
            room = os.statvfs(self.directory)
        except OSError:
            return 0
        return room.f_bavail * room.f_frsize

    def _make(self) -> None:
        # Only a directory that we make gets our mode: an existing one may be shared on purpose.
        if not self.directory.is_dir():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _asides(self, suffix: str) -> Iterator[Path]:
        yield Path(f"{self.database}.{suffix}")
        for number in range(2, 1000):
            yield Path(f"{self.database}.{suffix}.{number}")


def size_of(path: Path) -> int:
    """Return a file's size, 0 when there is none to be seen."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
