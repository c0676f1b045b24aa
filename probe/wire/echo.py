"""ICMP echo without privilege by a ping socket (icmp(7)), or by a raw socket that lets only echo replies in."""

import contextlib
import secrets
import socket
import struct
import sys

from probe.abc import Echoed, EchoReply, IcmpError, Opening, Sent
from probe.wire.distance import ask_for_ttl
from probe.wire.errors import RefusedError, WireError
from probe.wire.errqueue import forbid_fragments, hear_errors
from probe.wire.feeler import Arrival, FeelerSocket, set_up
from probe.wire.icmp import echo_request, read_echo, without_ip_header
from probe.wire.kernel import Abilities
from probe.wire.opening import open_socket

# linux/icmp.h and linux/icmpv6.h: a set bit keeps the type out.
_SOL_RAW, _ICMP_FILTER = 255, 1
_ICMP6_FILTER = 1
_REPLY, _REPLY6 = 0, 129


class EchoSocket:
    """Echo requests to one address under one identifier, and what comes back for them."""

    def __init__(self, feeler: FeelerSocket, address: str, *, raw: bool) -> None:
        """Take over a connected socket; of a ping socket the kernel chooses the identifier and keeps others' out."""
        self._feeler = feeler
        self._address = socket.inet_pton(_family(address), address)
        self._is_ipv6 = ":" in address
        self._has_ip_header = not self._is_ipv6 and (raw or sys.platform == "darwin")
        self._identifier = secrets.randbits(16) if raw else feeler.source[1]
        self.mismatched = 0

    @property
    def lag_ns(self) -> int:
        """The longest that something had arrived and was not read yet."""
        return self._feeler.lag_ns

    @property
    def bracket_ns(self) -> int:
        """The longest send call."""
        return self._feeler.bracket_ns

    @property
    def source(self) -> str:
        """Our own address."""
        return self._feeler.source[0]

    def send(self, sequence: int, payload: bytes) -> Sent:
        """Send one echo request."""
        return self._feeler.send(echo_request(self._identifier, sequence, payload, is_ipv6=self._is_ipv6))

    async def receive(self) -> Echoed:
        """Wait for the next reply, or for an error and the sequence number of what it is about."""
        while (found := self._read(await self._feeler.receive())) is None:
            pass
        return found

    def waiting(self) -> list[Echoed]:
        """Return what has already arrived, without waiting and without raising."""
        return [found for got in self._feeler.waiting() if (found := self._read(got)) is not None]

    def _read(self, got: Arrival | IcmpError) -> Echoed | None:
        found = self._error(got) if isinstance(got, IcmpError) else self._reply(got)
        self.mismatched += found is None
        return found

    def _reply(self, got: Arrival) -> EchoReply | None:
        message = without_ip_header(got.data) if self._has_ip_header else got.data
        read = read_echo(message, is_ipv6=self._is_ipv6)
        # A ping socket takes a reply with its identifier from anybody, connected or not.
        if read is None or read[0] != self._identifier or not self._is_from_there(got.sender):
            return None
        return EchoReply(
            sequence=read[1],
            payload=read[2],
            ttl=got.ttl,
            at_ns=got.at_ns,
            read_ns=got.read_ns,
            stamp=got.stamp,
        )

    def _is_from_there(self, sender: str) -> bool:
        return socket.inet_pton(_family(sender), sender.partition("%")[0]) == self._address

    def _error(self, error: IcmpError) -> tuple[int, IcmpError] | None:
        read = read_echo(error.quoted, is_ipv6=self._is_ipv6, is_reply=False)
        return (read[1], error) if read is not None and read[0] == self._identifier else None

    def is_ready(self) -> bool:
        """Tell whether something has arrived."""
        return self._feeler.is_ready()

    def close(self) -> None:
        """Close the socket."""
        self._feeler.close()


def new_echo_socket(address: str, opening: Opening, able: Abilities, *, raw: bool) -> socket.socket:
    """Make a ping socket or a filtered raw one, connected to one literal address. Raises WireError."""
    is_ipv6 = ":" in address
    protocol = socket.IPPROTO_ICMPV6 if is_ipv6 else socket.IPPROTO_ICMP
    sock = open_socket(address, opening, socket.SOCK_RAW if raw else socket.SOCK_DGRAM, protocol)
    try:
        if raw:
            _let_in_only_replies(sock, is_ipv6=is_ipv6)
        ask_for_ttl(sock)
        # A system without them still pings; what routers say is then unknown.
        with contextlib.suppress(RefusedError):
            hear_errors(sock)
            forbid_fragments(sock)
        set_up(sock, able)
        sock.connect((address, 0))
    except OSError as error:
        sock.close()
        raise WireError(error, immediate=True) from error
    return sock


def _let_in_only_replies(sock: socket.socket, *, is_ipv6: bool) -> None:
    if is_ipv6:
        words = [0xFFFFFFFF] * 8
        words[_REPLY6 >> 5] &= ~(1 << (_REPLY6 & 31))
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))
    else:
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~(1 << _REPLY)))


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
