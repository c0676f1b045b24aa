"""What a probe saw on the wire, per protocol, bounded and cleaned; plain frozen data.

Times are seconds, sizes bytes, instants Unix seconds; docs/observation.md lists every field.
"""

from dataclasses import dataclass

from probe.model.path import Icmp, Ping, SoftError, Trace
from probe.model.response import Made, ProxyStatus, ServerTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """One record of an answer section."""

    name: str
    type: str
    ttl: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsResponse:
    """One datagram or TCP message that came back to a query, and its role: used, further, or stray (for no question of ours)."""

    after_seconds: float
    rcode: str
    authoritative: bool
    truncated: bool
    records: tuple[DnsRecord, ...] = ()
    extended_errors: tuple[int, ...] = ()
    role: str = "further"
    flags: str = ""
    payload_bytes: int | None = None
    soa: str | None = None
    packet_ttl: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuery:
    """One question to one resolver, with everything that came back while the socket was open (RFC 8914 codes kept)."""

    name: str
    type: str
    resolver: str
    transport: str
    responses: tuple[DnsResponse, ...] = ()
    error: str | None = None
    connect_seconds: float | None = None
    tls_seconds: float | None = None
    http_status: int | None = None
    certificate_problem: str | None = None
    certificate: "Certificate | None" = None
    edns: bool = True
    checking_disabled: bool = False
    icmp: tuple[Icmp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpInfo:
    """The kernel's account of a connection (struct tcp_info, linux/tcp.h), at its end or at expiry."""

    state: str
    rtt_seconds: float
    rtt_variance_seconds: float
    retransmits: int
    total_retransmits: int
    unacked_segments: int
    mss_bytes: int
    path_mtu_bytes: int
    bytes_acked: int | None = None
    bytes_received: int | None = None
    segments_out: int | None = None
    segments_in: int | None = None
    min_rtt_seconds: float | None = None
    out_of_order_segments: int | None = None
    data_segments_out: int | None = None
    unsent_bytes: int | None = None
    peer_window_bytes: int | None = None
    quiet_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcp:
    """One connection attempt to one address."""

    address: str
    port: int
    source: str | None = None
    info: TcpInfo | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    first_bytes: str | None = None
    icmp: tuple[Icmp, ...] = ()
    soft_errors: tuple[SoftError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Facts of one certificate of the chain as sent, verified or not."""

    sha256: str
    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    not_before: int | None = None
    not_after: int | None = None
    spki_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """One handshake; `own_seconds` is our own cryptography, which is in no phase."""

    server_name: str
    version: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    verify_code: int | None = None
    verify_message: str | None = None
    alert: str | None = None
    first_bytes: str | None = None
    own_seconds: float = 0.0
    chain: tuple[Certificate, ...] = ()
    server_hello: bool = False
    alert_code: int | None = None
    alert_level: int | None = None
    unanswered_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """One response, after any redirects that were followed; header values of secrets are never kept."""

    url: str
    status: int | None = None
    version: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body_bytes: int = 0
    excerpt: str | None = None
    redirects: tuple[str, ...] = ()
    pop: str | None = None
    cache: str | None = None
    age_seconds: float | None = None
    build: str | None = None
    proxy_status: tuple[ProxyStatus, ...] = ()
    server_timing: tuple[ServerTiming, ...] = ()
    made: Made | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyStep:
    """One step of the talk with a proxy, as long as it took or had lasted when the probe ended."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A connection that a proxy made for us; `tcp` is the one to the proxy itself and tells nothing of the hop."""

    protocol: str
    asked: str
    steps: tuple[ProxyStep, ...] = ()
    reply: int | None = None
    proxy_status: str | None = None
    tcp: Tcp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything one probe gathered; what it did not reach is absent."""

    dns: tuple[DnsQuery, ...] = ()
    proxy: Proxy | None = None
    tcp: Tcp | None = None
    tls: Tls | None = None
    http: Http | None = None
    ping: Ping | None = None
    trace: Trace | None = None
