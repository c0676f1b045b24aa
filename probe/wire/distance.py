"""The TTL or hop limit that packets arrive with, as a socket is told of it (ip(7), ipv6(7)); no privilege needed."""

import socket
import sys
from collections.abc import Iterable

# linux/in.h: IP_RECVTTL, IP_TTL; linux/in6.h: IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT.
_IP_RECVTTL, _IPV6_RECVHOPLIMIT = 12, 51
_TTL_KINDS = {(socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, 52)}


def ask_for_ttl(sock: socket.socket) -> None:
    """Have the TTL told with every packet, where the system does so."""
    is_ipv6 = sock.family == socket.AF_INET6
    option = (socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT) if is_ipv6 else (socket.IPPROTO_IP, _IP_RECVTTL)
    try:
        sock.setsockopt(*option, 1)
    except OSError:
        return


def arrival_ttl(control: Iterable[tuple[int, int, bytes]]) -> int | None:
    """Read the TTL from a message's control data; None when it is not told."""
    for level, kind, data in control:
        if (level, kind) in _TTL_KINDS and len(data) >= 4:
            return int.from_bytes(data[:4], sys.byteorder)
    return None
