"""Open a socket by a vantage, and set it up before it connects."""

import contextlib
import errno
import socket
import struct

from probe.abc import Opening
from probe.wire.errors import RefusedError, WireError

# linux/in6.h; Python does not name it.
_IPV6_AUTOFLOWLABEL = 70
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def open_socket(address: str, opening: Opening, kind: int, protocol: int = 0) -> socket.socket:
    """Open a socket of the literal address's family. Raises WireError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return opening(family, kind, protocol)
    except OSError as error:
        raise WireError(error, immediate=True) from error


def not_leaving(error: OSError) -> WireError:
    """Return what to raise for a connect(2) that ended before a packet left.

    That a route is of the type `prohibit` is told as EACCES (ip-route(8)), which from any other call is a policy's word.
    """
    if error.errno == errno.EACCES and not isinstance(error, RefusedError):
        sentence = "a route of this machine prohibits the way to the address"
        return WireError(RefusedError(errno.EACCES, "local.no_route", sentence), immediate=True)
    # A refusal is the peer's word even when it comes at once, as on loopback.
    return WireError(error, immediate=error.errno != errno.ECONNREFUSED)


def set_ttl(sock: socket.socket, ttl: int) -> None:
    """Limit how many routers the socket's packets may pass."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)


def pin(sock: socket.socket, port: int) -> None:
    """Let a socket leave from `port`. Raises OSError (EADDRINUSE) when it is taken, or the vantage chose one already."""
    address, chosen, *_ = sock.getsockname()
    if chosen:
        raise OSError(errno.EADDRINUSE, f"the vantage leaves from port {chosen}")
    sock.bind((address, port))


def keep_flow(sock: socket.socket) -> None:
    """Have no label made up for the socket's packets: routers that share load look at it as they do at ports (RFC 6438)."""
    if sock.family == socket.AF_INET6:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_AUTOFLOWLABEL, 0)


def let_go_of_ports(sock: socket.socket) -> None:
    """Close by a reset, after which the same pair of ports may be used again at once."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
