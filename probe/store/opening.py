"""Open the store's database whatever state it is in, or say in one sentence why not."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from probe.clock import Clock
from probe.store.ballast import Ballast
from probe.store.database import Database
from probe.store.errors import StoreError, Trouble, trouble_of
from probe.store.home import Home
from probe.store.ledger import Ledger, Life
from probe.store.limits import Limits

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Everything needed to open the database, now and again should it be damaged while we run."""

    home: Home
    limits: Limits
    ballast: Ballast
    clock: Clock
    connect: Callable[[Path], Database]
    migrations: Sequence[str]

    def open(self, life: Life | None = None) -> tuple[Ledger, bool]:
        """Return the ledger, and whether a damaged one was moved aside for it; raise StoreError."""
        try:
            return self._open_or_begin_anew(life)
        except (sqlite3.Error, OSError) as error:
            if trouble_of(error) is not Trouble.FULL:
                raise StoreError(f"cannot use {self.home.database}: {error}") from error
        self.ballast.release()
        try:
            return self._open_or_begin_anew(life)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"no space left on the disk of {self.home.directory}: {error}") from error

    def _open_or_begin_anew(self, life: Life | None) -> tuple[Ledger, bool]:
        try:
            return self._open(life), False
        except sqlite3.Error as error:
            if trouble_of(error) is not Trouble.DAMAGED:
                raise
            self._move_aside(error)
        return self._open(life), True

    def _open(self, life: Life | None) -> Ledger:
        self.home.touch_database()
        database = self.connect(self.home.database)
        try:
            return Ledger.open(database, self.home, self.limits, migrations=self.migrations, life=life)
        except BaseException:
            database.close()
            raise

    def _move_aside(self, error: sqlite3.Error) -> None:
        moment = datetime.fromtimestamp(self.clock.wall_ns() // 10**9, UTC)
        aside = self.home.move_aside(f"corrupt-{moment:%Y%m%dT%H%M%SZ}")
        log.warning("store.damaged", moved_to=str(aside), error=str(error))
