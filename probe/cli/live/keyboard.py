"""Hear single keys while a full-screen view is up, and leave the terminal as it was."""

import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_QUIT = frozenset(b"qQ")
_KEYS = 64


@contextmanager
def keys(loop_reads: Callable[[int, Callable[[], None]], None], end: Callable[[], None]) -> Iterator[None]:
    """Have `end` called at q as long as the context lasts; nothing is heard where nobody types."""
    if not sys.stdin.isatty():
        yield
        return
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)

    def read() -> None:
        pressed = os.read(file, _KEYS)
        if not pressed or _QUIT & set(pressed):
            end()

    try:
        tty.setcbreak(file, termios.TCSANOW)
        now = termios.tcgetattr(file)
        # Stopped by Ctrl-Z it would leave its screen to the shell.
        now[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(file, termios.TCSANOW, now)
        loop_reads(file, read)
        yield
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)
