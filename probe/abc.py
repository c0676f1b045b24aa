"""The roles: what a prober may ask of a vantage, and a vantage of the wire. Protocols and plain data, no code."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from probe.model import Stamp, TcpInfo

# Opens a fresh socket (family, type, protocol) that is tied to the vantage's network; raises OSError when it cannot.
Opening = Callable[[int, int, int], socket.socket]


@dataclass(frozen=True, slots=True)
class Sent:
    """The bracket around a send call, on the monotonic clock: the bytes left between the two."""

    before_ns: int
    after_ns: int


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes, when they arrived (monotonic clock), when we read them, and whose clock says when they arrived."""

    data: bytes
    at_ns: int
    read_ns: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Connected:
    """How long the handshake took; `stamp` is KERNEL when it is the kernel's own SYN to SYN-ACK sample."""

    seconds: float
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketOptions:
    """What an extra probe sets on its socket before it connects."""

    mss_bytes: int | None = None
    ttl: int | None = None


class Stream(Protocol):
    """A connected byte stream: the smallest thing that TLS, HTTP, proxies and event streams all accept."""

    async def send(self, data: bytes) -> Sent:
        """Send all of `data`; the bracket is that of the first byte. Raises WireError."""

    async def receive(self, limit: int) -> Received:
        """Return the next bytes, at least one. Raises PeerClosed at the end, WireError otherwise."""

    def is_crowded(self) -> bool:
        """Tell whether more than one segment has come since the last send and some of it is unread.

        The kernel may have joined them, and the stamp of what was read is then that of the later one.
        """

    def info(self) -> TcpInfo | None:
        """Return the kernel's account of the connection now, where there is one."""

    def close(self) -> None:
        """Close without waiting."""


class Connection(Stream, Protocol):
    """A TCP connection as a vantage hands it out: bound to its network, not connected yet."""

    sent_bytes: int
    received_bytes: int
    lag_ns: int  # the longest that arrived bytes waited for us to read them
    bracket_ns: int  # the longest send call: how far the moment of sending is unknown

    async def connect(self, address: str, port: int) -> Connected:
        """Run the handshake with one literal address. Raises WireError."""

    @property
    def source(self) -> str | None:
        """Our own address on it."""

    def is_ready(self) -> bool:
        """Tell whether what was last waited for has happened by now."""


class Datagrams(Protocol):
    """A connected datagram socket."""

    lag_ns: int
    bracket_ns: int

    def send(self, data: bytes) -> Sent:
        """Send one datagram. Raises WireError."""

    async def receive(self) -> Received:
        """Wait for the next datagram. Raises WireError, for one when ICMP said the port is closed."""

    def is_ready(self) -> bool:
        """Tell whether a datagram has arrived."""

    def waiting(self) -> list[Received]:
        """Return the datagrams that have already arrived, without waiting and without raising."""

    def close(self) -> None:
        """Close the socket."""


class Network(Protocol):
    """The one seam to the machine's network."""

    def tcp(self, address: str, opening: Opening, options: SocketOptions) -> Connection:
        """Make a connection of the literal address's family. Raises WireError."""

    def udp(self, address: str, port: int, opening: Opening) -> Datagrams:
        """Open a datagram socket connected to one literal address. Raises WireError."""


class Way(Protocol):
    """A kind of vantage: how a socket is tied to its network. A frozen dataclass whose fields are the YAML keys."""

    # The resolvers to ask when the configuration names none: `system` or `interface`.
    usual_resolvers: ClassVar[tuple[str, ...]]

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that can be dialled from there now, the preferred first: A, AAAA."""

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket tied to the network. Raises OSError when it cannot: the wrong network is never used instead."""

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the resolvers that belong to this network now, as `scheme://address:port`; empty when none is known."""


class Dialer(Protocol):
    """A local vantage as a prober sees it: it opens sockets that leave by the vantage's own network."""

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers of this network, as `scheme://address:port`, in the order in which they are asked."""

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that this network can dial, the preferred first: A, AAAA."""

    def connection(self, address: str, options: SocketOptions) -> Connection:
        """Make a connection that will leave by this network. Raises WireError."""

    def datagrams(self, address: str, port: int) -> Datagrams:
        """Open a datagram socket connected to one literal address. Raises WireError."""
