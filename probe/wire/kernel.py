"""What this kernel can tell us about time and connections: receive stamps and TCP_INFO (Linux socket(7), tcp(7))."""

import contextlib
import select
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from probe.model import TcpInfo

# asm-generic/socket.h; Python 3.11 does not name it. 32-bit kernels with 64-bit time use 65, which we do not ask for.
SO_TIMESTAMPING = 37
# linux/net_tstamp.h: SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
_RX_SOFTWARE = (1 << 3) | (1 << 4)
# Three struct timespec; the first is the software stamp (Documentation/networking/timestamping.rst).
_TIMESPEC = struct.Struct("ll")
CONTROL_BYTES = 256

# net/tcp_states.h
_STATES = (
    "?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
    "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
)  # fmt: skip
_TCP_INFO_BYTES = 256
# What is read of it; the pads are what lies between.
_TCP_INFO = struct.Struct("=BxB13xI4xI24xI4xI4xII24xI16xQQIIII4xI64xII")
# Up to tcpi_total_retrans; what kernels have added since is told where it is there.
_TCP_INFO_LEAST = 104
# The kernel begins to stamp some milliseconds after the first socket asked; much later means never.
_STAMP_TRIES, _STAMP_PAUSE_SECONDS, _STAMP_WAIT_SECONDS = 50, 0.002, 0.1


@dataclass(frozen=True, slots=True)
class Abilities:
    """Which aids to exact timing may be used; what is missing is done in user space and flagged."""

    stamps: bool = True
    tcp_info: bool = True
    epoll: bool = True


def abilities() -> Abilities:
    """Find out by trying, in a fraction of a millisecond, what this kernel offers; no packet is sent.

    A kernel that takes the wish for stamps and forgets it does no harm: each arrival without a stamp is flagged as such.
    """
    return Abilities(stamps=_takes_stamps(), tcp_info=tcp_info_bytes() > 0, epoll=nests_epoll())


def _takes_stamps() -> bool:
    if sys.platform != "linux":
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return ask_for_stamps(sock)


def stamps_arrive() -> bool:
    """Send datagrams to ourselves on loopback until one comes with a stamp; False when none does within a tenth of a second."""
    if sys.platform != "linux":
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.settimeout(_STAMP_WAIT_SECONDS)
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        for _ in range(_STAMP_TRIES if ask_for_stamps(sock) else 0):
            sock.send(b"?")
            if stamp_ns(sock.recvmsg(16, CONTROL_BYTES)[1]) is not None:
                return True
            select.select([sock], [], [], _STAMP_PAUSE_SECONDS)  # nothing will come: a pause
    return False


def tcp_info_bytes() -> int:
    """Return how much this kernel tells of a connection; 0 when it is nothing, or less than what is read of it."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            told = len(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES))
    except (OSError, AttributeError):
        return 0
    return told if told >= _TCP_INFO_LEAST else 0


def nests_epoll() -> bool:
    """Tell whether an epoll set can be watched by another, as our sockets are by the event loop."""
    if sys.platform != "linux":
        return False
    try:
        with select.epoll() as outer, select.epoll() as inner, socket.socket() as sock:
            inner.register(sock, select.EPOLLOUT)  # a socket that is not connected hangs up at once
            outer.register(inner, select.EPOLLIN)
            return bool(outer.poll(0))
    except OSError:
        return False


def ask_for_stamps(sock: socket.socket) -> bool:
    """Ask the kernel to stamp what arrives on `sock`; False when it will not."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _RX_SOFTWARE)
    except OSError:
        return False
    return True


def stamp_ns(control: Iterable[tuple[int, int, bytes]]) -> int | None:
    """Return the kernel's receive stamp (Unix ns) from a message's control data, or None when there is none."""
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPING and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            if seconds:
                return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return None


def _u32(raw: bytes, offset: int) -> int | None:
    return int.from_bytes(raw[offset : offset + 4], sys.byteorder) if len(raw) >= offset + 4 else None


def read_tcp_info(sock: socket.socket) -> TcpInfo | None:
    """Read TCP_INFO, with the fields that this kernel is too old for left out; None when there is none."""
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except (OSError, AttributeError):
        return None
    return parse_tcp_info(raw)


def data_segments(sock: socket.socket) -> int | None:
    """Count the segments with data that have arrived on `sock`; None where the kernel does not tell."""
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except (OSError, AttributeError):
        return None
    return _u32(raw, 152)


def parse_tcp_info(raw: bytes) -> TcpInfo | None:
    """Parse struct tcp_info (include/uapi/linux/tcp.h); fields past the end of a shorter struct are absent."""
    size = len(raw)
    if size < _TCP_INFO_LEAST:
        return None
    (
        state, retransmits, mss, unacked, quiet_ms, path_mtu, rtt, rtt_variance, total_retransmits,
        acked, received, segments_out, segments_in, unsent, min_rtt, data_segments_out, out_of_order, window,
    ) = _TCP_INFO.unpack_from(raw if size >= _TCP_INFO.size else raw.ljust(_TCP_INFO.size, b"\0"))  # fmt: skip
    return TcpInfo(
        state=_STATES[state] if state < len(_STATES) else "?",
        retransmits=retransmits,
        mss_bytes=mss,
        unacked_segments=unacked,
        path_mtu_bytes=path_mtu,
        rtt_seconds=rtt / 1e6,
        rtt_variance_seconds=rtt_variance / 1e6,
        total_retransmits=total_retransmits,
        bytes_acked=acked if size >= 128 else None,
        bytes_received=received if size >= 136 else None,
        segments_out=segments_out if size >= 140 else None,
        segments_in=segments_in if size >= 144 else None,
        # All ones is the kernel's "no sample yet".
        min_rtt_seconds=min_rtt / 1e6 if size >= 152 and min_rtt != 0xFFFFFFFF else None,
        out_of_order_segments=out_of_order if size >= 228 else None,
        data_segments_out=data_segments_out if size >= 160 else None,
        unsent_bytes=unsent if size >= 148 else None,
        peer_window_bytes=window if size >= 232 else None,
        # Counted from the handshake on; before there was one it is the time since the machine started.
        quiet_seconds=quiet_ms / 1e3 if acked else None,
    )
