"""The machine's own network behind the seam of probe.abc: sockets, readiness and stamps put together."""

import asyncio
import contextlib
import socket

from probe.abc import Opening, SocketOptions
from probe.clock import Clock
from probe.wire.echo import EchoSocket, new_echo_socket
from probe.wire.feeler import FeelerSocket, new_feeler_socket
from probe.wire.kernel import Abilities, abilities, ask_for_stamps
from probe.wire.readiness import EpollReadiness, LoopReadiness, Readiness
from probe.wire.tcp import TcpConnection, new_tcp_socket
from probe.wire.udp import UdpSocket, new_udp_socket


class SocketNetwork:
    """Opens sockets for one event loop; close it when the loop ends."""

    def __init__(self, clock: Clock, able: Abilities | None = None) -> None:
        """Use what this kernel can do, or less when `able` says so."""
        self._clock = clock
        self.able = abilities() if able is None else able
        loop = asyncio.get_running_loop()
        self._readiness: Readiness = EpollReadiness(loop) if self.able.epoll else LoopReadiness(loop)
        self._kept_stamping = _keep_stamping() if self.able.stamps else None

    def tcp(self, address: str, opening: Opening, options: SocketOptions) -> TcpConnection:
        """Make a connection that is bound to its network and not connected yet."""
        return TcpConnection(
            new_tcp_socket(address, opening, options, self.able), self._clock, self._readiness, self.able
        )

    def udp(self, address: str, port: int, opening: Opening) -> UdpSocket:
        """Open a connected datagram socket."""
        sock = new_udp_socket(address, port, opening, self.able)
        return UdpSocket(sock, self._clock, self._readiness, self.able)

    def feeler(self, address: str, port: int, opening: Opening, source_port: int | None) -> FeelerSocket:
        """Open a datagram socket that hears routers, from `source_port` if it is free."""
        sock = new_feeler_socket(address, port, opening, source_port, self.able)
        return FeelerSocket(sock, self._clock, self._readiness, self.able)

    def echo(self, address: str, opening: Opening, *, raw: bool) -> EchoSocket:
        """Open a ping socket, or a raw one that lets only echo replies in."""
        sock = new_echo_socket(address, opening, self.able, raw=raw)
        return EchoSocket(FeelerSocket(sock, self._clock, self._readiness, self.able), address, raw=raw)

    def close(self) -> None:
        """Give back the epoll set and the socket that keeps stamps on."""
        self._readiness.close()
        if self._kept_stamping is not None:
            self._kept_stamping.close()


def _keep_stamping() -> socket.socket | None:
    # The kernel switches stamping on with the first socket that asks, some milliseconds after it asked.
    with contextlib.suppress(OSError):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ask_for_stamps(sock)
        return sock
    return None
