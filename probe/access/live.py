"""The rules as of now: read again whenever one of their files has changed, and kept when the new ones are broken."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from probe.access.bucket import Buckets
from probe.access.passwords import Passwords
from probe.access.reading import Rules, load
from probe.clock import Clock
from probe.config.errors import ConfigError, Problem

_log = structlog.get_logger()
# A broken file may name another that is mended later.
_RETRY_NS = 5_000_000_000
_MOST_LINES = 20

Signature = tuple[tuple[int, ...] | None, ...]


class Access:
    """Who may come in, asked anew for each connection and each request, as exporter-toolkit does."""

    def __init__(self, path: Path, clock: Clock, *, is_exposed: bool = False) -> None:
        """Read the file. Raises ConfigError. While `is_exposed`, rules that let everybody in are not taken over."""
        self._path = path
        self._clock = clock
        self.rules = load(path)
        self._files = self.rules.files
        self._signature = _signature(self._files)
        self._is_exposed = is_exposed
        self._is_broken = False
        self._tried_ns = clock.monotonic_ns()
        self._lock = asyncio.Lock()
        self.passwords = Passwords(clock)
        self.requests = Buckets(clock)
        _note(self.rules)

    def notes(self) -> tuple[str, ...]:
        """Say what the reader of the page must know about these rules."""
        if not self._is_broken:
            return ()
        return ("The web configuration was refused when it was last read; the rules before stay at work.",)

    @property
    def is_current(self) -> bool:
        """Tell whether the rules at work are the ones in the file."""
        return not self._is_broken

    async def refresh(self) -> Rules:
        """Return the rules, read again if a file has changed."""
        if self._is_stale():
            async with self._lock:
                if self._is_stale():
                    await self._read_again()
        return self.rules

    def _is_stale(self) -> bool:
        if _signature(self._files) != self._signature:
            return True
        return self._is_broken and self._clock.monotonic_ns() - self._tried_ns >= _RETRY_NS

    async def _read_again(self) -> None:
        # Before the reading, so that a change during it is seen the next time.
        before = _signature(self._files)
        try:
            rules = await asyncio.to_thread(load, self._path)
            self._refuse_turns(rules)
        except ConfigError as error:
            self._refuse(error, is_new=before != self._signature)
        else:
            _log.info("web.config_reloaded", file=str(self._path))
            _note(rules)
            before = before if rules.files == self._files else _signature(rules.files)
            self.rules, self._files, self._is_broken = rules, rules.files, False
        self._signature = before
        self._tried_ns = self._clock.monotonic_ns()

    def _refuse_turns(self, rules: Rules) -> None:
        if (rules.context is None) != (self.rules.context is None):
            raise self._error("whether TLS is served is settled at the start; start hopwatch again")
        if self._is_exposed and not rules.is_guarded:
            raise self._error("nothing would guard an address that other machines reach any more")

    def _error(self, message: str) -> ConfigError:
        return ConfigError(str(self._path), [Problem(None, None, "", message)])

    def _refuse(self, error: ConfigError, *, is_new: bool) -> None:
        if is_new or not self._is_broken:
            _log.warning("web.config_refused", problems=len(error.problems), kept="the rules before")
            for one in error.problems[:_MOST_LINES]:
                _log.warning("web.config_problem", problem=one.within(error.where))
        self._is_broken = True


def _note(rules: Rules) -> None:
    for note in rules.notes:
        _log.warning("web.config_note", note=note)


def _signature(files: Iterable[Path]) -> Signature:
    return tuple(_stamp(one) for one in files)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
