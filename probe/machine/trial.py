"""Try on this machine what only a try can tell: sockets, stamps, the error queue. Nothing leaves by an interface but loopback."""

import errno
import select
import socket
import sys
from dataclasses import dataclass

from probe.wire.elsewhere import bind_to
from probe.wire.errqueue import hear_errors
from probe.wire.kernel import nests_epoll, stamps_arrive, tcp_info_bytes

_LOOPBACK = "127.0.0.1"
_WAIT_MILLISECONDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of each try: None when it worked, else the errno; for IPv4 and, where there are two, IPv6."""

    bind: int | None
    ping: tuple[int | None, int | None]
    raw: tuple[int | None, int | None]
    ipv6: int | None
    error_queue: int | None
    stamps: bool
    tcp_info_bytes: int
    nests_epoll: bool


def tried() -> Tried:
    """Try everything; takes a few milliseconds."""
    return Tried(
        bind=_bind_to_device(),
        ping=(_ping(socket.AF_INET), _ping(socket.AF_INET6)),
        raw=(_raw(socket.AF_INET), _raw(socket.AF_INET6)),
        ipv6=_bind6(),
        error_queue=_error_queue(),
        stamps=stamps_arrive(),
        tcp_info_bytes=tcp_info_bytes(),
        nests_epoll=nests_epoll(),
    )


def _opened(family: int, kind: int, protocol: int) -> int | None:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError as error:
        return error.errno or errno.EIO
    return None


def _echo(family: int) -> int:
    return socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6


def _ping(family: int) -> int | None:
    return _opened(family, socket.SOCK_DGRAM, _echo(family))


def _raw(family: int) -> int | None:
    return _opened(family, socket.SOCK_RAW, _echo(family))


def _bind_to_device() -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            if sys.platform == "linux":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
            else:
                bind_to(sock, socket.if_nametoindex("lo0"))
        except OSError as error:
            return error.errno or errno.EIO
    return None


def _bind6() -> int | None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError as error:
        return error.errno or errno.EIO
    return None


def _error_queue() -> int | None:
    """Send to a closed port of loopback, and look whether the ICMP error comes back in the error queue (ip(7))."""
    if sys.platform != "linux":
        return errno.ENOPROTOOPT
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            hear_errors(sock)
            sock.connect((_LOOPBACK, _closed_port()))
            sock.send(b"?")
            waiting = select.poll()
            waiting.register(sock, 0)  # an error is always told
            waiting.poll(_WAIT_MILLISECONDS)
            sock.recvmsg(64, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError as error:
        return error.errno or errno.EIO
    return None


def _closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((_LOOPBACK, 0))
        return int(sock.getsockname()[1])
