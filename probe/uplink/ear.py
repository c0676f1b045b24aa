"""Hear from the kernel that something about the interfaces, addresses or routes has changed."""

import asyncio
import errno
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probe.model import Disturbance
from probe.uplink.tracker import Blip
from probe.wire.netlink import DELADDR, DELLINK, NEWLINK, Message, Opening, heard, news
from probe.wire.rtnetlink import link_family, read_address, read_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Whether anything was told, and the losses among it."""

    is_news: bool = False
    blips: tuple[Blip, ...] = ()


class Ear:
    """A netlink socket in one network namespace, for one event loop.

    Where there is none it is deaf, and somebody has to look by the clock instead.
    """

    def __init__(self, opening: Opening, namespace: str | None, told: Callable[[], None]) -> None:
        """Call `told` when there is something to hear in the namespace of `opening`: that at the path, or our own."""
        self._opening = opening
        self._namespace = namespace
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._sock: socket.socket | None = None
        self._place: tuple[int, int] | None = None
        self.renew()

    @property
    def is_deaf(self) -> bool:
        """Whether nothing is heard."""
        return self._sock is None

    def renew(self) -> None:
        """Listen anew if it is deaf, or if a namespace of that name was made anew."""
        place = _identity(self._namespace)
        if self._sock is not None and place == self._place:
            return
        self.close()
        self._place = place
        if sys.platform == "linux":
            with suppress(OSError):
                self._sock = news(self._opening)
                self._loop.add_reader(self._sock, self._wake)

    def _wake(self) -> None:
        # Once, until somebody hears: the loop would call for as long as there is something to hear.
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
        self._told()

    def hear(self) -> "Heard":
        """Return what was told since the last time, without waiting."""
        if self._sock is None:
            return Heard()
        messages: list[Message] | None
        try:
            messages = list(heard(self._sock))
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                self.close()
            messages = None  # so much has changed that the kernel gave up telling; looking will show
        if self._sock is not None:
            self._loop.add_reader(self._sock, self._wake)
        if messages is None:
            return Heard(is_news=True)
        return Heard(is_news=bool(messages), blips=tuple(blips_of(messages)))

    def close(self) -> None:
        """Hear nothing more."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None


def blips_of(messages: Iterable[Message]) -> Iterator[Blip]:
    """Read the losses among the kernel's messages."""
    for message in messages:
        # Bridges and IPv6 tell of the same interfaces in words of their own.
        if message.kind in (NEWLINK, DELLINK) and link_family(message) != socket.AF_UNSPEC:
            continue
        if message.kind == NEWLINK:
            link = read_link(message)
            if not (link.is_up and link.has_carrier):
                yield Blip(index=link.index, what=Disturbance.LINK)
        elif message.kind == DELLINK:
            yield Blip(index=read_link(message).index, what=Disturbance.INTERFACE)
        elif message.kind == DELADDR and (address := read_address(message)) is not None:
            yield Blip(index=address.index, what=Disturbance.ADDRESS, address=address.text)


def _identity(namespace: str | None) -> tuple[int, int] | None:
    """Return what tells a namespace from another of the same name."""
    if namespace is None:
        return None
    try:
        status = Path(namespace).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
