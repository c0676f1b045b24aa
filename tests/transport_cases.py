"""What connections meet with, made up for the rules about them: a port that refuses, a hello that vanishes, a certificate."""

from typing import Any

from probe.examination import Case, Conclusion, Known
from probe.examination.procedure import conclude
from probe.examination.transport import PART, controls
from probe.model import (
    Certificate,
    Evidence,
    Failure,
    Hop,
    Http,
    Icmp,
    Identity,
    Observation,
    Phase,
    Series,
    Stamp,
    Tcp,
    TcpInfo,
    Timing,
    Tls,
)
from tests.cases import NAME, OURS, case, observation

OWN = "192.168.7.20"
TRIP = 0.05
WAY, AT_HOP, OWN_NETWORK = "path[wifi>hk]", "host[hk]", "access[wifi]"
PEER = Hop(name="static", scheme="https", host="static.example.org", port=443)
_PHASES = {"tls": Phase.TLS, "http": Phase.PROCESSING}


def account(**facts: Any) -> TcpInfo:
    """Make the kernel's account of a connection over which nothing but the handshake went."""
    values: dict[str, Any] = {
        "state": "ESTABLISHED",
        "rtt_seconds": TRIP,
        "rtt_variance_seconds": 0.0,
        "retransmits": 0,
        "total_retransmits": 0,
        "unacked_segments": 0,
        "mss_bytes": 1448,
        "path_mtu_bytes": 1500,
        "bytes_acked": 1,
        "bytes_received": 0,
        "segments_in": 1,
        "data_segments_out": 2,
        "out_of_order_segments": 0,
    }
    return TcpInfo(**values | facts)


def met(cause: str = "", *, at: float = 0.0, number: int = 0, **facts: Any) -> Observation:
    """Make an observation of a connection: it refused, vanished, was reset after our words, or went well.

    `trip` is the round trip of its handshake, `after` when it ended; `acked` says that our words were acknowledged.
    """
    layer = cause.partition(".")[0]
    phase = facts.pop("phase", _PHASES.get(layer, Phase.CONNECT if cause else None))
    after, trip = facts.pop("after", TRIP), facts.pop("trip", TRIP)
    acked, gap, repeated = facts.pop("acked", False), facts.pop("gap", 0), facts.pop("repeated", 0)
    info = account(bytes_acked=518 if acked else 1, out_of_order_segments=gap, total_retransmits=repeated)
    tcp = Tcp(
        address=facts.pop("address", OURS),
        port=facts.pop("port", 443),
        source=facts.pop("source", OWN),
        info=info,
        sent_bytes=517,
        icmp=facts.pop("icmp", ()),
    )
    is_open = phase is not Phase.CONNECT
    over_tls, told, http = facts.pop("over_tls", not cause), facts.pop("tls", {}), facts.pop("http", None)
    tls = Tls(server_name=NAME, unanswered_seconds=after, **told) if over_tls or layer == "tls" else None
    hop, check = facts.pop("hop", "hk"), facts.pop("check", "http")
    return observation(
        cause,
        at=at,
        timings=(Timing(phase=Phase.CONNECT, seconds=trip, stamp=Stamp.KERNEL),) if is_open else (),
        evidence=Evidence(tcp=tcp, tls=tls, http=http),
        failure=Failure(cause=cause, detail=f"{cause} was seen", phase=phase, after_seconds=after) if cause else None,
        identity=Identity(agent="a", epoch="e", seq=number or 10_000_000 + round(at * 1000)),
        series=Series(vantage=facts.pop("vantage", "wifi"), route="chat", hop=hop, check=check),
        **facts,
    )  # fmt: skip


def refused(after: float = TRIP, **facts: Any) -> Observation:
    return met("tcp.refused", after=after, **facts)


def unanswered(**facts: Any) -> Observation:
    return met("tcp.timeout", after=1.3, **facts)


def reset(after: float = TRIP, **facts: Any) -> Observation:
    return met("tls.reset", after=after, **facts)


def vanished(**facts: Any) -> Observation:
    """Make a hello that nobody ever acknowledged."""
    return met("tls.timeout", after=1.3, **facts)


def silent(**facts: Any) -> Observation:
    """Make a hello that was acknowledged, and never answered."""
    return met("tls.timeout", after=1.3, acked=True, **facts)


def opened(port: int, trip: float = TRIP, **facts: Any) -> Observation:
    """Make a connection that said nothing and was accepted."""
    return met("", port=port, trip=trip, over_tls=False, check="control", **facts)


def shook(**facts: Any) -> Observation:
    """Make a handshake that the server answered, be it that the name is not its own."""
    tls = {"server_hello": True, "chain": (certificate(),), "verify_code": 62}
    return met("tls.cert.name_mismatch", tls=tls, check="control", **facts)


def certificate(key: str = "ours", issuer: str = "CN=Good CA,O=Good", **facts: Any) -> Certificate:
    values: dict[str, Any] = {"sha256": key, "subject": f"CN={NAME}", "names": (NAME,), "spki_sha256": key}
    return Certificate(issuer=issuer, **values | facts)


def bad_certificate(cause: str, *chain: Certificate, **facts: Any) -> Observation:
    """Make a handshake that was refused for its certificate."""
    tls = {"server_hello": True, "chain": chain or (certificate(),), "verify_code": 20}
    return met(f"tls.cert.{cause}", tls=tls, **facts)


def told_by(sender: str, code: int = 13) -> tuple[Icmp, ...]:
    return (Icmp(sender=sender, type=3, code=code),)


def page(
    status: int, *, location: str = "", excerpt: str | None = None, url: str = f"http://{NAME}/"
) -> Http:
    headers = (("Location", location),) if location else ()
    return Http(url=url, status=status, headers=headers, excerpt=excerpt)


# What went well before: two minutes of it, and none of it at one moment.
GOOD = tuple(met(at=at, number=100 + round(-at)) for at in (-120.0, -90.0, -60.0, -30.0))
KNOWN = Known(vouched=(OURS,), keys=("ours",), lately=GOOD, before=GOOD[-1])
ANCHORS_ANSWER = {
    "anchor:near": opened(80, 0.01, at=0.2, hop="near", address="198.51.100.130"),
    "anchor:far": opened(80, 0.06, at=0.2, hop="far", address="203.0.114.98"),
}
PORT_80, PORT_22 = f"{controls.PORT}80", f"{controls.PORT}22"


def looked_into(seen: Observation, answers: dict[str, Observation] | None = None, **facts: Any) -> Case:
    """Make a case of a connection to a hop that had been well for two minutes, with anchors that answer."""
    return case(seen, {**ANCHORS_ANSWER, **(answers or {})}, **{"known": KNOWN} | facts)


def found(made: Case) -> Conclusion:
    """Return the one conclusion about a case."""
    (conclusion,) = conclude((PART,), made)
    return conclusion


def told(made: Case) -> tuple[str, str | None, str, str]:
    """Return what there is to compare of it: cause, element, verdict, rule."""
    one = found(made)
    (cause,) = one.causes
    return cause, one.element, one.verdict.value, one.rule


STRANGE_CHAINS = (
    (),
    (certificate(),),
    (certificate("theirs", issuer="CN=Nobody knows"),),
    (certificate("theirs", issuer="CN=Superfish\\, Inc."),),
    (certificate("theirs", issuer="CN=Nobody knows"), certificate("root", subject="CN=Nobody knows")),
)
