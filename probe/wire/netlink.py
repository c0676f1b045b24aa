"""Speak to the kernel about interfaces, addresses and routes: rtnetlink(7), the few messages that we need.

Done by hand because it is asked at every connection: pyroute2's messages take 10 MB and 75 ms to load and 0.2 ms to read
one interface, this 0.02 ms.
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

# linux/netlink.h, linux/rtnetlink.h; named here, because elsewhere Python knows none of them.
AF_NETLINK: Final = 16
NETLINK_ROUTE: Final = 0
NEWLINK, DELLINK, GETLINK = 16, 17, 18
NEWADDR, DELADDR, GETADDR = 20, 21, 22
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
_ERROR, _DONE = 2, 3
_REQUEST, _DUMP, _INTERRUPTED = 0x1, 0x300, 0x10
_SOL_NETLINK, _ADD_MEMBERSHIP, _STRICT_CHECK = 270, 1, 12
# RTNLGRP_*: links, addresses, routes and rules of both families.
_GROUPS = (1, 5, 7, 8, 9, 11, 19)

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_NUMBER = struct.Struct("=I")
_TIMEVAL = struct.Struct("@ll")
_RECEIVE_BYTES = 1 << 17
_TRIES = 3
# A router that learns a whole table tells of it for seconds; the rest is read in the next turn.
_HEARD_AT_ONCE = 1000

# Opens a socket (family, type, protocol) in the namespace that is meant.
Opening = Callable[[int, int, int], socket.socket]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its type, its flags, the number of the question it answers, and its body without the header."""

    kind: int
    flags: int
    sequence: int
    body: bytes


def attribute(kind: int, value: bytes) -> bytes:
    """Write one attribute, padded as the next one needs it."""
    text = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value
    return text + bytes(-len(text) % 4)


def number(kind: int, value: int) -> bytes:
    """Write an attribute that holds a number."""
    return attribute(kind, _NUMBER.pack(value))


def attributes(body: bytes, start: int) -> Mapping[int, bytes]:
    """Read the attributes that begin at `start`; of several of one type the last."""
    found: dict[int, bytes] = {}
    while start + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, start)
        if length < _ATTRIBUTE.size:
            break
        # The upper two bits say how the value is nested.
        found[kind & 0x3FFF] = body[start + _ATTRIBUTE.size : start + length]
        start += length + -length % 4
    return found


def read_number(value: bytes | None) -> int | None:
    """Read an attribute that holds a number of one or four bytes."""
    return int.from_bytes(value, sys.byteorder) if value else None


def messages(data: bytes) -> Iterator[Message]:
    """Read the messages of one datagram."""
    start = 0
    while start + _HEADER.size <= len(data):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(data, start)
        if length < _HEADER.size:
            return
        yield Message(kind, flags, sequence, data[start + _HEADER.size : start + length])
        start += length + -length % 4


class Netlink:
    """Questions to the kernel, each answered at once; close it, or use it as a context."""

    def __init__(self, opening: Opening = socket.socket) -> None:
        """Open a socket in the namespace of `opening`. Raises OSError where there is no netlink."""
        self._sock = opening(AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
        self._sequence = 0
        # The kernel answers before it returns from the question; this is for a kernel that does not.
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(1, 0))
        # Before Linux 4.20 more is dumped than was asked for.
        with suppress(OSError):
            self._sock.setsockopt(_SOL_NETLINK, _STRICT_CHECK, 1)

    def __enter__(self) -> "Netlink":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the socket."""
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def one(self, kind: int, body: bytes) -> Message:
        """Ask for one thing. Raises OSError with the kernel's errno when there is none."""
        return self._ask(kind, _REQUEST, body)[0]

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Ask for all things of a kind; once more when they changed meanwhile."""
        for _ in range(_TRIES - 1):
            try:
                return self._ask(kind, _REQUEST | _DUMP, body)
            except InterruptedError:
                continue
        return self._ask(kind, _REQUEST | _DUMP, body)

    def _ask(self, kind: int, flags: int, body: bytes) -> list[Message]:
        self._sequence += 1
        self._sock.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, self._sequence, 0) + body)
        answers: list[Message] = []
        while True:
            for message in messages(self._sock.recv(_RECEIVE_BYTES)):
                # What is left of an earlier answer that ended in an error is not ours.
                if message.sequence != self._sequence:
                    continue
                if message.kind == _ERROR:
                    raise _error(message)
                if message.kind == _DONE:
                    return _whole(answers)
                answers.append(message)
            if answers and not flags & _DUMP:
                return answers


def _whole(answers: list[Message]) -> list[Message]:
    if any(answer.flags & _INTERRUPTED for answer in answers):
        raise InterruptedError(errno.EINTR, "the list changed while it was read")
    return answers


def _error(message: Message) -> OSError:
    code = -int.from_bytes(message.body[:4], sys.byteorder, signed=True)
    return OSError(code, os.strerror(code))


def news(opening: Opening = socket.socket) -> socket.socket:
    """Open a non-blocking socket on which the kernel tells of every change. Raises OSError where there is no netlink."""
    sock = opening(AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
    try:
        sock.setblocking(False)
        # Without an address of its own a socket is not told of what the kernel did by itself.
        sock.bind((0, 0))
        for group in _GROUPS:
            sock.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, group)
    except OSError:
        sock.close()
        raise
    return sock


def heard(sock: socket.socket) -> Iterator[Message]:
    """Read what has been told by now, without waiting. Raises OSError (ENOBUFS) when some of it was lost."""
    for _ in range(_HEARD_AT_ONCE):
        try:
            data = sock.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        yield from messages(data)
