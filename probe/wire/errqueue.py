"""The error queue of a socket (ip(7), IP_RECVERR): which router said what of which packet, and when; no privilege needed."""

import errno
import socket
import struct
import sys

from probe.abc import IcmpError
from probe.clock import Clock
from probe.wire.errors import RefusedError
from probe.wire.kernel import Abilities, stamp_ns
from probe.wire.stamp import stamped

# linux/in.h and linux/in6.h; Python names none of them.
IP_MTU_DISCOVER, IP_RECVERR = 10, 11
IPV6_MTU_DISCOVER, IPV6_RECVERR = 23, 25
# Forbid fragments, and take no notice of what the kernel remembers of the path.
PMTUDISC_PROBE = 3
# struct sock_extended_err (linux/errqueue.h): errno, origin, type, code, padding, information, data; then the offender.
_EXTENDED = struct.Struct("=IBBBBII")
_LOCAL, _ICMP, _ICMP6 = 1, 2, 3
_CONTROL_BYTES = 512
_QUOTED_BYTES = 2048
# How much one look may cost us: a hostile flood ends here.
_SAID_AT_ONCE = 16
_RECVERR = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}


class TooLong(Exception):  # noqa: N818 - it is what the link says, not a fault
    """Our own kernel did not send a packet because the link takes none that is larger than `mtu_bytes`."""

    def __init__(self, mtu_bytes: int) -> None:
        """Say what the link takes."""
        super().__init__(f"the link takes packets of {mtu_bytes} bytes at most")
        self.mtu_bytes = mtu_bytes


def hear_errors(sock: socket.socket) -> None:
    """Have the kernel keep what routers say of the socket's packets. Raises RefusedError where there is no such thing."""
    if not hears_errors(sock):
        sentence = "this system does not tell a program what routers say of its packets"
        raise RefusedError(errno.ENOPROTOOPT, "local.unsupported", sentence)


def hears_errors(sock: socket.socket) -> bool:
    """Have the kernel keep what routers say of the socket's packets, where it does such a thing; tell whether it does."""
    if sys.platform != "linux":
        return False
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    except OSError:
        return False
    return True


def said(sock: socket.socket, clock: Clock, able: Abilities, opened_ns: int) -> list[IcmpError]:
    """Take the ICMP errors that wait in the queue; what our own kernel said of a packet's size is passed over."""
    heard: list[IcmpError] = []
    for _ in range(_SAID_AT_ONCE):
        try:
            error = read_error(sock, clock, able, opened_ns)
        except TooLong:
            continue
        if error is None:
            break
        heard.append(error)
    return heard


def forbid_fragments(sock: socket.socket) -> None:
    """Send every packet whole, whatever the kernel remembers of the path."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)


def read_error(sock: socket.socket, clock: Clock, able: Abilities, opened_ns: int) -> IcmpError | None:
    """Take the next ICMP error from the queue; None when there is none. Raises TooLong for our own kernel's word."""
    while True:
        try:
            quoted, control, _, _ = sock.recvmsg(_QUOTED_BYTES, _CONTROL_BYTES, socket.MSG_ERRQUEUE)
        except (OSError, AttributeError):
            return None
        told = next((data for level, kind, data in control if (level, kind) in _RECVERR), b"")
        if len(told) < _EXTENDED.size:
            continue
        _, origin, kind, code, _, information, _ = _EXTENDED.unpack_from(told)
        if origin == _LOCAL and information:
            raise TooLong(information)
        sender = _address(told[_EXTENDED.size :])
        if origin not in (_ICMP, _ICMP6) or sender is None:
            continue
        wall_ns = stamp_ns(control) if able.stamps else None
        arrived = stamped(clock, quoted, wall_ns, opened_ns)
        return IcmpError(
            sender=sender,
            type=kind,
            code=code,
            mtu_bytes=information,
            quoted=quoted,
            at_ns=arrived.at_ns,
            read_ns=arrived.read_ns,
            stamp=arrived.stamp,
        )


def _address(raw: bytes) -> str | None:
    """Read a struct sockaddr_in or sockaddr_in6."""
    family = int.from_bytes(raw[:2], sys.byteorder)
    if family == socket.AF_INET and len(raw) >= 8:
        return socket.inet_ntop(socket.AF_INET, raw[4:8])
    if family == socket.AF_INET6 and len(raw) >= 24:
        return socket.inet_ntop(socket.AF_INET6, raw[8:24])
    return None
