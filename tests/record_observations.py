"""Observations with everything that can be recorded, for the tests of their page."""

from dataclasses import replace

from probe.model import (
    Certificate,
    DnsQuery,
    DnsRecord,
    DnsResponse,
    Evidence,
    Failure,
    Http,
    Icmp,
    Made,
    Observation,
    PathMtu,
    Phase,
    Ping,
    PingReply,
    Proxy,
    ProxyStatus,
    ProxyStep,
    ServerTiming,
    SoftError,
    Stamp,
    Tcp,
    TcpInfo,
    Tls,
    Trace,
    TraceHop,
)  # fmt: skip
from tests.web_chain import Recorder, series

INFO = TcpInfo(
    state="ESTABLISHED",
    rtt_seconds=0.0313,
    rtt_variance_seconds=0.0071,
    retransmits=1,
    total_retransmits=3,
    unacked_segments=2,
    mss_bytes=1448,
    path_mtu_bytes=1500,
    bytes_acked=518,
    bytes_received=4127,
    segments_out=9,
    segments_in=11,
    min_rtt_seconds=0.0309,
    out_of_order_segments=4,
    data_segments_out=5,
    unsent_bytes=17,
    peer_window_bytes=64256,
    quiet_seconds=0.75,
)
TCP = Tcp(
    address="203.0.113.9",
    port=8443,
    source="192.0.2.44",
    info=INFO,
    sent_bytes=517,
    received_bytes=4126,
    first_bytes="15030300020250",
    icmp=(Icmp(sender="198.51.100.1", type=3, code=13, count=2),),
    soft_errors=(SoftError(errno="EHOSTUNREACH", count=6, after_seconds=0.21),),
)
LEAF = Certificate(
    sha256="aa" * 32,
    subject="CN=hk-vps.lab.test",
    issuer="CN=Lab Issuing CA,O=Lab",
    names=("hk-vps.lab.test", "*.relay.lab.test"),
    not_before=1_790_000_000,
    not_after=1_797_776_000,
    spki_sha256="bb" * 32,
)
CHAIN = (LEAF, Certificate(sha256="cc" * 32, subject="CN=Lab Issuing CA,O=Lab", issuer="CN=Lab Root"))
QUERY = DnsQuery(
    name="hk-vps.lab.test",
    type="A",
    resolver="https://dns.example:443/dns-query#192.0.2.53",
    transport="https",
    responses=(
        DnsResponse(
            after_seconds=0.031,
            rcode="NOERROR",
            authoritative=True,
            truncated=False,
            records=(DnsRecord(name="hk-vps.lab.test", type="A", ttl=61, data="203.0.113.9"),),
            extended_errors=(15, 17),
            role="used",
            flags="QR RD RA AD",
            payload_bytes=1232,
            soa="lab.test",
            packet_ttl=57,
        ),
        DnsResponse(
            after_seconds=0.09, rcode="NXDOMAIN", authoritative=False, truncated=True, role="further"
        ),
    ),
    error="no answer: connect",
    connect_seconds=0.0123,
    tls_seconds=0.0456,
    http_status=502,
    certificate_problem="unable to get local issuer certificate",
    certificate=LEAF,
    edns=False,
    checking_disabled=True,
    icmp=(Icmp(sender="192.0.2.53", type=3, code=3),),
)
TLS = Tls(
    server_name="hk-vps.lab.test",
    version="TLSv1.3",
    cipher="TLS_AES_128_GCM_SHA256",
    alpn="h2",
    verify_code=10,
    verify_message="certificate has expired",
    alert="handshake_failure",
    first_bytes="485454502f312e31",
    own_seconds=0.00123,
    chain=CHAIN,
    server_hello=True,
    alert_code=40,
    alert_level=2,
    unanswered_seconds=0.87,
)
HTTP = Http(
    url="https://hk-vps.lab.test:8443/api/chat",
    status=503,
    version="2",
    headers=(("server", "nginx"), ("set-cookie", "<hidden>"), ("retry-after", "7")),
    body_bytes=1834,
    excerpt="<html><title>503 Service Temporarily Unavailable</title>",
    redirects=("https://old.lab.test/chat",),
    pop="hkg1",
    cache="MISS",
    age_seconds=12.5,
    build="build-77",
    proxy_status=(
        ProxyStatus(
            hop="hk-vps",
            error="connection_timeout",
            details="upstream silent",
            received_status=504,
            next_hop="vercel.lab.test",
            alert_id=48,
            rcode="SERVFAIL",
        ),
    ),
    server_timing=(ServerTiming(name="hk-vps.total", seconds=0.345, description="all of it"),),
    made=Made(rule="response.nginx-own", maker="nginx", cause="relay.overload", name="hk-vps-1", pop="hkg2"),
)
PROXY = Proxy(
    protocol="socks5",
    asked="hk-vps.lab.test:8443",
    steps=(ProxyStep(name="greeting", seconds=0.0021), ProxyStep(name="request", seconds=0.0834)),
    reply=5,
    proxy_status="clash; error=connection_refused",
    tcp=replace(TCP, address="127.0.0.1", port=7891, first_bytes=None, icmp=(), soft_errors=()),
)
PING = Ping(
    address="203.0.113.19",
    socket="ping",
    size_bytes=56,
    source="192.0.2.45",
    sent=15,
    received=12,
    lost=2,
    in_flight=1,
    late=3,
    duplicates=4,
    reordered=5,
    mismatched=6,
    replies=(PingReply(number=0, seconds=0.0311, stamp=Stamp.KERNEL, ttl=52),),
    errors=(Icmp(sender="198.51.100.7", type=11, code=0),),
)
TRACE = Trace(
    protocol="tcp",
    address="203.0.113.29",
    port=443,
    flow="stable",
    ended="target",
    packets=21,
    source="192.0.2.46",
    source_port=33001,
    target_ttl=3,
    answer="connected",
    unattributed=2,
    hops=(
        TraceHop(ttl=1, sent=3, answered=3, addresses=("192.168.1.1",), seconds=(0.0011, 0.0012)),
        TraceHop(
            ttl=2,
            sent=3,
            answered=1,
            addresses=("100.64.0.1", "100.64.0.2"),
            seconds=(0.0071,),
            errors=(Icmp(sender="100.64.0.2", type=3, code=10),),
            is_translated=True,
        ),
    ),
    mtu=PathMtu(bytes=1492, told_by="100.64.0.9", vanished_bytes=1500),
)
EVERYTHING = Evidence(dns=(QUERY,), proxy=PROXY, tcp=TCP, tls=TLS, http=HTTP, ping=PING, trace=TRACE)
BUSY = Failure(
    cause="relay.overload",
    detail="status 503, expected 2xx; made by nginx",
    phase=Phase.TRANSFER,
    after_seconds=0.0023,
    ended_as="http.status",
)


def everything(recorder: Recorder) -> Observation:
    """Return an observation in which every field of every kind of evidence is there."""
    of = series("wifi", "hk-vps", "chain")
    seen = recorder.observe(of, failure=BUSY, evidence=EVERYTHING)
    return replace(
        seen,
        lateness_seconds=0.0041,
        lag_seconds=0.0007,
        loop_lag_seconds=0.0009,
        send_bracket_seconds=0.00003,
        parent=replace(seen.identity, seq=9999),
    )
