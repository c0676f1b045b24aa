"""What one probe puts on the wire when all goes well: an estimate, made before anything is sent.

The parts were measured on a loopback interface, headers of IP and TCP included; a handshake is counted with a public
certificate chain, which is larger than a laboratory's.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from probe.model.chain import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Bytes on the wire, and the requests that a server or platform counts."""

    sent_bytes: int = 0
    received_bytes: int = 0
    requests: int = 0
    # Of the requests, those with a key, and those that run a function of the hop that is asked.
    keyed_requests: int = 0
    invocations: int = 0
    # Questions to the vantage's resolvers, counted above as if they went by UDP.
    questions: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        """Add up two parts of a probe."""
        return Cost(
            sent_bytes=self.sent_bytes + other.sent_bytes,
            received_bytes=self.received_bytes + other.received_bytes,
            requests=self.requests + other.requests,
            keyed_requests=self.keyed_requests + other.keyed_requests,
            invocations=self.invocations + other.invocations,
            questions=self.questions + other.questions,
        )

    @property
    def bytes(self) -> int:
        """Both directions together, as a metered network counts."""
        return self.sent_bytes + self.received_bytes


QUESTION = Cost(sent_bytes=70, received_bytes=110, questions=1)
CONNECTION = Cost(sent_bytes=190, received_bytes=140)
HANDSHAKE = Cost(sent_bytes=700, received_bytes=4_300)
# What a question costs beside itself, by the transport that the resolver is spoken to; encrypted ones are padded.
TRANSPORT: Mapping[str, Cost] = {
    "udp": Cost(),
    "tcp": CONNECTION,
    "tls": CONNECTION + HANDSHAKE + Cost(sent_bytes=180, received_bytes=100),
    "https": CONNECTION + HANDSHAKE + Cost(sent_bytes=400, received_bytes=250),
}
_REQUEST = Cost(sent_bytes=450, received_bytes=700, requests=1)
# A health page or a list of models; nobody knows a body's size before it came.
_TYPICAL_BODY_BYTES = 4_096


def requesting(
    path: str, *, sent_body_bytes: int = 0, received_body_bytes: int, is_keyed: bool = False
) -> Cost:
    """Return the cost of one HTTP request on an open connection and its answer, whose body may be so large at most."""
    return _REQUEST + Cost(
        sent_bytes=sent_body_bytes,
        received_bytes=min(received_body_bytes, _TYPICAL_BODY_BYTES),
        keyed_requests=int(is_keyed),
        # Where Vercel and Cloudflare Pages keep functions; what a hop passes on is counted by the route, not here.
        invocations=int(path.startswith("/api/")),
    )


def reaching(hop: Hop) -> Cost:
    """Return the cost of a connection to a hop up to where a request can be sent."""
    return connecting(hop) + (HANDSHAKE if hop.scheme == "https" else Cost())


def connecting(hop: Hop) -> Cost:
    """Return the cost of a bare connection to a hop; a name has to be asked for first."""
    return resolving(hop) + CONNECTION


def resolving(hop: Hop) -> Cost:
    """Return the cost of learning a hop's address, which is nothing when it is written down."""
    return Cost() if hop.address is not None or _is_literal(hop.host) else QUESTION


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
