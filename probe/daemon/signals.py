"""What signals mean to the daemon: its end, or that its configuration is to be read again."""

import asyncio
import os
import signal
from collections.abc import Callable


class Signals:
    """SIGTERM and SIGINT set `stop`, a second one ends the process at once; SIGHUP asks for a reload.

    A terminal that closes sends SIGHUP too: who started the daemon there wants it to end.
    """

    def __init__(self, reload: Callable[[], object]) -> None:
        """Listen from now on, in the running loop."""
        self.stop = asyncio.Event()
        self._reload = reload
        self._terminals = [number for number in range(3) if os.isatty(number)]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)

    def _end(self, number: int) -> None:
        if self.stop.is_set():
            os._exit(128 + number)
        self.stop.set()

    def _hung_up(self) -> None:
        # A terminal that is gone answers no request of terminals (EIO).
        if all(os.isatty(number) for number in self._terminals):
            self._reload()
        else:
            self.stop.set()
