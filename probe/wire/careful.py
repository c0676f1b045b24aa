"""A socket that makes sure where it leaves before anything does."""

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from probe.wire.errors import RefusedError

# linux/in.h; Python 3.11 does not name it. Without it a bound source takes one of 28,000 ports from everybody.
_BIND_ADDRESS_NO_PORT: Final = 24


class CarefulSocket(socket.socket):
    """A socket that asks `choose` for the source to leave with for a destination, and leaves with no other.

    `choose` raises RefusedError where the kernel would leave by another network than it should, of which the kernel
    itself says nothing.
    """

    choose: Callable[[str], str]

    def connect(self, address: Any, /) -> None:
        """Connect (connect(2)). Raises RefusedError."""
        source = self._settle(address)
        super().connect(address)
        self._verify(source)

    def connect_ex(self, address: Any, /) -> int:
        """Connect, and return the errno (connect(2)). Raises RefusedError."""
        source = self._settle(address)
        code = super().connect_ex(address)
        if code in (0, errno.EINPROGRESS):
            self._verify(source)
        return code

    def _settle(self, address: Any) -> str:
        """Return the source to leave with, and bind to it unless a port was chosen already: then the kernel takes it."""
        source = self.choose(str(address[0]))
        own, port, *_ = self.getsockname()
        if own != source and not port:
            self.take_source(source)
        return source

    def take_source(self, source: str) -> None:
        """Bind to a source, and leave the port open until the socket connects or somebody chooses one."""
        if sys.platform == "linux":
            with suppress(OSError):
                self.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
        self.bind((source, 0))

    def _verify(self, source: str) -> None:
        taken = str(self.getsockname()[0])
        if taken != source:
            raise RefusedError(
                errno.EADDRNOTAVAIL,
                "local.wrong_uplink",
                f"the kernel would send from {taken}, and not from {source}",
            )
