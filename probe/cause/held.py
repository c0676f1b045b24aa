"""Tell from the kernel's account that what we sent never left this machine; pure."""

from dataclasses import replace

from probe.model import Evidence, Failure, Phase, TcpInfo

_OPEN = frozenset({Phase.TLS, Phase.PROCESSING, Phase.TRANSFER})
_STATES = frozenset({"ESTABLISHED", "CLOSE_WAIT"})
# The first time, and once again.
_TRIES = 2


def excused_as_held_back(_vantage: str, failure: Failure, evidence: Evidence) -> Failure:
    """Blame nobody else for a failure on an open connection of which our own firewall let nothing out."""
    info = evidence.tcp.info if evidence.tcp else None
    if failure.phase not in _OPEN or info is None or not _is_held_back(info):
        return failure
    sentence = "what was sent on the open connection never left this machine: its own policy keeps it back"
    return replace(failure, cause="local.firewall", detail=f"{sentence}; the probe ended as {failure.cause}")


def _is_held_back(info: TcpInfo) -> bool:
    """Tell whether the kernel tried to send, may send by the peer's window, and has nothing on the way.

    Linux counts a segment as sent only when the packet filter has let it pass (tcp_write_xmit in net/ipv4/tcp_output.c).
    """
    return (
        info.state in _STATES
        and bool(info.unsent_bytes)
        and bool(info.peer_window_bytes)
        and info.unacked_segments == 0
        and (info.data_segments_out or 0) >= _TRIES
    )
