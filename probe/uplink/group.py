"""The vantages of one network namespace, looked at together."""

import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from probe.abc import Way
from probe.uplink.ear import Ear, Heard
from probe.uplink.footing import Footing, look
from probe.uplink.post import Post
from probe.uplink.tracker import Sign
from probe.wire.errors import RefusedError
from probe.wire.link import Links
from probe.wire.links import links
from probe.wire.netlink import Opening

# Somebody who asks after a failure is told what was seen no longer ago, unless the kernel has told something since.
_FRESH_NS = 20_000_000


class Listening(Protocol):
    """Whoever hears that something has changed."""

    @property
    def is_deaf(self) -> bool:
        """Whether nothing is heard."""

    def renew(self) -> None:
        """Listen anew where that is needed."""

    def hear(self) -> Heard:
        """Return what was told since the last time, without waiting."""

    def close(self) -> None:
        """Hear nothing more."""


@dataclass(frozen=True, slots=True)
class Senses:
    """How to look into a namespace, and how to listen in it, by what opens sockets there."""

    ask: Callable[[Opening], AbstractContextManager[Links]] = links
    listen: Callable[[Opening, str | None, Callable[[], None]], Listening] = Ear


class Group:
    """The posts of one namespace, and the ear in it."""

    def __init__(self, namespace: str | None, way: Way, senses: Senses) -> None:
        """Look into the namespace of `way`, or into our own when `namespace` is None; nothing is heard yet."""
        self._senses = senses
        self.namespace = namespace
        self.posts: dict[str, Post] = {}
        self._opening: Opening = socket.socket if namespace is None else way.open
        self._ear: Listening | None = None
        self._looked_ns: int | None = None

    @property
    def is_deaf(self) -> bool:
        """Whether looking has to do."""
        return self._ear is None or self._ear.is_deaf

    def listen(self, told: Callable[[], None]) -> None:
        """Have `told` called in the running loop when the kernel tells of a change."""
        if self._ear is None:
            self._ear = self._senses.listen(self._opening, self.namespace, told)
        self._ear.renew()

    def close(self) -> None:
        """Hear nothing more."""
        if self._ear is not None:
            self._ear.close()
        self._ear = None

    def due_ns(self) -> int | None:
        """Return when to look although nothing is told, or None."""
        return min(
            (due for post in self.posts.values() if (due := post.tracker.due_ns()) is not None), default=None
        )

    def look(self, now_ns: int, *, is_asked: bool = False) -> Sequence[tuple[Post, list[Sign]]]:
        """Look at every post; when asked by somebody, only if the last look was long ago or something was told since."""
        told = self._ear.hear() if self._ear is not None else Heard()
        is_fresh = self._looked_ns is not None and now_ns - self._looked_ns < _FRESH_NS
        if is_asked and is_fresh and not told.is_news:
            return ()
        self._looked_ns = now_ns
        try:
            with self._senses.ask(self._opening) as known:
                return [(post, _observed(post, now_ns, known, told)) for post in self.posts.values()]
        except RefusedError as error:
            if error.cause != "local.interface_down":
                return ()  # closed to us: nothing is known
            gone = Footing(lack=error.strerror or "")
            return [(post, post.tracker.observe(now_ns, gone, told.blips)) for post in self.posts.values()]
        except OSError:
            return ()  # no file descriptors, say: nothing is known


def _observed(post: Post, now_ns: int, known: Links, told: Heard) -> list[Sign]:
    footing = look(post.tie, known, also=post.tracker.indices)
    return post.tracker.observe(now_ns, footing, told.blips, is_news=told.is_news)
