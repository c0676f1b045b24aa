"""A file that only takes up room: on a full disk SQLite can neither delete nor checkpoint until it is gone."""

import os
from contextlib import suppress

from probe.store.home import Home, size_of

_CHUNK_BYTES = 256 * 1024


class Ballast:
    """Room kept aside beside the database."""

    def __init__(self, home: Home, size_bytes: int) -> None:
        """Say where and how much; nothing is written yet."""
        self._home = home
        self._size_bytes = size_bytes

    @property
    def is_held(self) -> bool:
        """Whether the room is kept aside now."""
        return size_of(self._home.ballast) == self._size_bytes

    def has_room(self) -> bool:
        """Tell whether the disk could take the ballast again and leave as much free beside it."""
        missing = 0 if self.is_held else self._size_bytes
        return self._home.free_bytes() >= missing + self._size_bytes

    def hold(self) -> None:
        """Write the file, with noise so that no file system can compress it to nothing, or leave none."""
        try:
            self._write()
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Give the room up, if it is there."""
        with suppress(OSError):
            self._home.ballast.unlink()

    def _write(self) -> None:
        file = os.open(self._home.ballast, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            for written in range(0, self._size_bytes, _CHUNK_BYTES):
                _write_all(file, os.urandom(min(_CHUNK_BYTES, self._size_bytes - written)))
        finally:
            os.close(file)


def _write_all(file: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(file, view) :]
