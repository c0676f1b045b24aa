"""The roles: what a prober may ask of a vantage, and a vantage of the wire. Protocols and plain data, no code."""

import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

from probe.model import Icmp, SoftError, Stamp, TcpInfo

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
class Datagram(Received):
    """A datagram, with the TTL or hop limit that it arrived with, where the system tells."""

    ttl: int | None


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
    source_port: int | None = None
    # Hear what routers say, and close by a reset, so that the same pair of ports can be used again at once.
    is_trace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmpError:
    """What a router or a host said of a packet of ours, and what it quoted of it; the sender may be this machine."""

    sender: str
    type: int
    code: int
    mtu_bytes: int
    quoted: bytes
    at_ns: int
    read_ns: int
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoReply:
    """An echo that came back from where it was sent to: its number and payload, and the TTL that it arrived with."""

    sequence: int
    payload: bytes
    ttl: int | None
    at_ns: int
    read_ns: int
    stamp: Stamp


# What comes back for an echo request: the reply, or the request's number and what somebody said of it.
Echoed = EchoReply | tuple[int, IcmpError]


class Stream(Protocol):
    """A connected byte stream: the smallest thing that TLS, HTTP, proxies and event streams all accept."""

    async def send(self, data: bytes) -> Sent:
        """Send all of `data`; the bracket is that of the first byte. Raises WireError."""

    async def receive(self, limit: int) -> Received:
        """Return the next bytes, at least one. Raises PeerClosed at the end, WireError otherwise."""

    def is_crowded(self) -> bool:
        """Tell whether more than one segment has come since all was read, and some of it is unread.

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

    def first_bytes(self) -> bytes:
        """Return the first 64 bytes that came, whether anybody has read them or not."""

    def is_ready(self) -> bool:
        """Tell whether what was last waited for has happened by now."""

    def refusal(self) -> IcmpError | None:
        """Return what a router, the target or this machine said that ended the handshake, where the system tells."""

    @property
    def icmp(self) -> tuple[Icmp, ...]:
        """What was said to the connection attempt."""

    @property
    def soft_errors(self) -> tuple[SoftError, ...]:
        """What ICMP made of the connection once it was open."""

    @property
    def unrefuted(self) -> OSError | None:
        """The last of these, when nothing has come since."""


class Datagrams(Protocol):
    """A connected datagram socket."""

    lag_ns: int
    bracket_ns: int

    @property
    def source(self) -> str | None:
        """Our own address on it."""

    def send(self, data: bytes) -> Sent:
        """Send one datagram. Raises WireError."""

    async def receive(self) -> Datagram:
        """Wait for the next datagram. Raises WireError when a router or the target refused ours."""

    def is_ready(self) -> bool:
        """Tell whether a datagram has arrived."""

    def waiting(self) -> list[Datagram]:
        """Return the datagrams that have already arrived, without waiting and without raising."""

    def refusal(self) -> IcmpError | None:
        """Return what a router, the target or this machine said first of our datagrams, where the system tells."""

    @property
    def icmp(self) -> tuple[Icmp, ...]:
        """What was said of our datagrams."""

    def close(self) -> None:
        """Close the socket."""


class Feeler(Protocol):
    """A connected datagram socket that hears what routers say of its packets; none of them is sent in fragments."""

    lag_ns: int
    bracket_ns: int

    @property
    def source(self) -> tuple[str, int]:
        """Our own address and port on it; of an echo socket the port is what its packets are told by."""

    def send(self, data: bytes, *, ttl: int | None = None) -> Sent:
        """Send one datagram, as far as `ttl` routers. Raises WireError."""

    async def receive(self) -> Received | IcmpError:
        """Wait for the next datagram or error; a cancelled wait loses nothing. Raises WireError."""

    def waiting(self) -> Sequence[Received | IcmpError]:
        """Return what has already arrived, without waiting and without raising."""

    def link_mtu(self) -> int | None:
        """Return how large a packet the link takes that this socket's packets leave by; None when it takes any."""

    def is_ready(self) -> bool:
        """Tell whether something has arrived."""

    def close(self) -> None:
        """Close the socket."""


class Echoes(Protocol):
    """A socket for ICMP echo to one address: what comes from elsewhere or for others is not heard."""

    mismatched: int  # what came and answers nothing that this socket sent

    @property
    def lag_ns(self) -> int:
        """The longest that something had arrived and was not read yet."""

    @property
    def bracket_ns(self) -> int:
        """The longest send call: how far the moment of sending is unknown."""

    @property
    def source(self) -> str:
        """Our own address on it."""

    def send(self, sequence: int, payload: bytes) -> Sent:
        """Send one echo request. Raises WireError."""

    async def receive(self) -> Echoed:
        """Wait for the next reply or error; a cancelled wait loses nothing. Raises WireError."""

    def waiting(self) -> list[Echoed]:
        """Return what has already arrived, without waiting and without raising."""

    def is_ready(self) -> bool:
        """Tell whether something has arrived."""

    def close(self) -> None:
        """Close the socket."""


class Network(Protocol):
    """The one seam to the machine's network."""

    def tcp(self, address: str, opening: Opening, options: SocketOptions) -> Connection:
        """Make a connection of the literal address's family. Raises WireError."""

    def udp(self, address: str, port: int, opening: Opening) -> Datagrams:
        """Open a datagram socket connected to one literal address. Raises WireError."""

    def feeler(self, address: str, port: int, opening: Opening, source_port: int | None) -> Feeler:
        """Open a datagram socket that hears routers, from `source_port` if it is free. Raises WireError."""

    def echo(self, address: str, opening: Opening, *, raw: bool) -> Echoes:
        """Open a ping socket, or a raw one that lets only echo replies in. Raises WireError."""


# A user name and a password, each read when it is needed; None where the proxy asks for none.
Login = Callable[[], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyServer:
    """A proxy that makes the connections of a vantage when it is asked to; `resolves` when names are left to it.

    It is dialled by its address; `host` is whom its certificate has to be for.
    """

    protocol: Literal["socks5", "http", "https"]
    host: str
    address: str
    port: int
    resolves: bool
    login: Login | None = None

    def __str__(self) -> str:
        """Return its address as a reader knows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Interceptor:
    """A proxy on this machine that a network device leads into: the kernel's handshakes are with it, and unasked."""


Proxied = ProxyServer | Interceptor


class Way(Protocol):
    """A kind of vantage: how a socket is tied to its network. A frozen dataclass whose fields are the YAML keys."""

    # The resolvers to ask when the configuration names none: `system` or `interface`.
    usual_resolvers: ClassVar[tuple[str, ...]]

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that can be dialled from there now, the preferred first: A, AAAA."""

    @property
    def proxy(self) -> Proxied | None:
        """The proxy that its connections pass; None when packets leave as they are."""

    def open(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Open a socket tied to the network. Raises OSError when it cannot: the wrong network is never used instead."""

    def own_resolvers(self) -> tuple[str, ...]:
        """Return the resolvers that belong to this network now, as `scheme://address:port`; empty when none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What a vantage stands and falls with: an interface, the one that has an address, or else the default route's."""

    interface: str | None = None
    address: str | None = None
    # The namespace in which to look, by its path; the way opens its sockets there.
    namespace: str | None = None


@runtime_checkable
class Tied(Protocol):
    """A way that can say what it stands and falls with; any other is taken to leave by the default route."""

    @property
    def tie(self) -> Tie:
        """What the vantage stands and falls with."""

    def lack(self) -> str | None:
        """Say what keeps it from working now, or None."""


class Passenger(Protocol):
    """A probe under way, as those see it who watch what it leaves by."""

    @property
    def places(self) -> tuple[str, ...]:
        """The addresses or names that it has to do with; empty when only a proxy knows."""

    def interrupt(self, cause: str, detail: str) -> None:
        """End it at once, as own trouble."""


class Crossing(Protocol):
    """One probe's time on its vantage's network."""

    def trouble(self) -> tuple[str, str] | None:
        """Return the cause and one sentence when the network was disturbed meanwhile, else None."""


class Uplinks(Protocol):
    """Whoever watches what the vantages leave by."""

    def crossed(self, vantage: str, passenger: Passenger) -> AbstractContextManager[Crossing]:
        """Watch over one probe while the context lasts, and interrupt it when its network goes."""


class Dialer(Protocol):
    """A local vantage as a prober sees it: it opens sockets that leave by the vantage's own network."""

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The resolvers of this network, each in its one spelling, in the order in which they are asked."""

    @property
    def resolver_ca_file(self) -> str | None:
        """The certificates that its encrypted resolvers are trusted by; None for the machine's own."""

    def meant(self, resolver: str) -> tuple[str, ...]:
        """Return the resolvers that one as configured stands for now: a word may be several, or none."""

    @property
    def record_types(self) -> tuple[str, ...]:
        """The types of addresses that this network can dial, the preferred first: A, AAAA."""

    @property
    def proxy(self) -> Proxied | None:
        """The proxy that connections have to pass; None when packets leave as they are."""

    def is_fake(self, address: str) -> bool:
        """Tell whether an answer is an address that a local proxy made up, which leads nowhere from this network."""

    def leaves_by_tun(self, source: str) -> bool:
        """Tell whether packets from our address `source` go into a device that a program of this machine reads."""

    def gateway(self, address: str, source: str | None) -> str | None:
        """Return the first router on the way to `address`; None for a neighbour on the link, or when nobody can tell."""

    def connection(self, address: str, options: SocketOptions) -> Connection:
        """Make a connection that will leave by this network. Raises WireError."""

    def datagrams(self, address: str, port: int) -> Datagrams:
        """Open a datagram socket connected to one literal address. Raises WireError."""

    def feeler(self, address: str, port: int, source_port: int | None = None) -> Feeler:
        """Open a datagram socket that hears routers, from `source_port` if it is free. Raises WireError."""

    def echo(self, address: str, *, raw: bool = False) -> Echoes:
        """Open a ping socket, or a raw one that lets only echo replies in. Raises WireError."""
