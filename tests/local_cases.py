"""What a vantage sees whose own network is at fault: observations of hops and anchors, made up for the tests of its health."""

from dataclasses import replace
from email.utils import formatdate
from typing import Any

from probe.examination import Case, Conclusion, Known
from probe.examination.local import PART
from probe.examination.procedure import conclude
from probe.model import (
    Anchor,
    Certificate,
    DnsQuery,
    Evidence,
    Failure,
    Hop,
    Http,
    Observation,
    Outcome,
    Phase,
    Series,
    Stamp,
    Tcp,
    Timing,
    Tls,
)
from tests.cases import FAR, HOP, MEANS, NEAR, NOW_NS, OURS, RESOLVER, case, observation

OWN = "192.168.7.20"
OWN6, OURS6 = "2001:db8:1::20", "2001:db8:7::34"
STATIC = Hop(name="static", scheme="https", host="static.example.org", port=443)
AT_STATIC, AT_NEAR, AT_FAR = "203.0.113.18", "198.51.100.130", "203.0.113.99"
ADDRESSES = {"hk": OURS, "static": AT_STATIC, "near": AT_NEAR, "far": AT_FAR}
CONNECTED = Timing(phase=Phase.CONNECT, seconds=0.02, stamp=Stamp.KERNEL)
PAGE = (("Content-Type", "text/plain"), ("Server", "its own"))
YEAR = 31_557_600


def seen(cause: str = "", *, hop: str = "hk", address: str | None = None, **facts: Any) -> Observation:
    """Make an observation of a hop or anchor that went to its address, unless it failed at its name."""
    where = address or ADDRESSES[hop]
    is_unresolved = cause.startswith("dns.")
    source = OWN6 if ":" in where else OWN
    tcp = None if is_unresolved else Tcp(address=where, port=443, source=source)
    dns = (DnsQuery(name=hop, type="A", resolver=RESOLVER, transport="udp"),) if is_unresolved else ()
    evidence = facts.pop("evidence", Evidence(tcp=tcp, dns=dns))
    is_connected = not cause or cause.startswith(("tls.", "http."))
    timings = (CONNECTED,) if is_connected else ()
    check = facts.pop("check", "http" if hop == "hk" else f"control:{hop}")
    found = observation(cause, timings=timings, evidence=evidence, **facts)
    return replace(found, series=Series(vantage="wifi", route="chat", hop=hop, check=check))


def verified(hop: str = "static", **facts: Any) -> Observation:
    """Make a success over TLS."""
    evidence = Evidence(
        tcp=Tcp(address=facts.pop("address", ADDRESSES[hop]), port=443, source=OWN),
        tls=Tls(server_name=hop, version="TLSv1.3", chain=(certificate(hop),)),
        http=Http(url=f"https://{hop}/", status=200),
    )
    return seen(hop=hop, evidence=evidence, **facts)


def untrusted(cause: str, *, hop: str = "hk", key: str | None = None, **facts: Any) -> Observation:
    """Make a handshake that a certificate ended."""
    shown = certificate(key or hop, **facts.pop("certificate", {}))
    evidence = Evidence(
        tcp=Tcp(address=ADDRESSES[hop], port=443, source=OWN),
        tls=Tls(server_name=hop, verify_code=20, chain=(shown,)),
    )
    return seen(cause, hop=hop, evidence=evidence, **facts)


def certificate(key: str, *, not_before: int = 0, not_after: int = 1 << 40) -> Certificate:
    """Make a certificate with a key."""
    return Certificate(
        sha256=f"sha-{key}",
        subject=key,
        issuer="ca",
        spki_sha256=key,
        not_before=not_before,
        not_after=not_after,
    )


def page(
    anchor: Anchor,
    *,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = PAGE,
    body_bytes: int = 20,
    at: float = 0.3,
    ahead: float | None = None,
    address: str | None = None,
) -> Observation:
    """Make an anchor's answer, dated by a clock that is so far ahead where that is given."""
    name = anchor.hop.name
    date = () if ahead is None else (("Date", http_date(at + 0.1 + ahead)),)
    http = Http(
        url=f"http://{anchor.hop.host}{anchor.path}",
        status=status,
        headers=(*headers, *date, ("X-Host", name)) if headers is PAGE else (*headers, *date),
        body_bytes=body_bytes,
    )
    evidence = Evidence(tcp=Tcp(address=address or ADDRESSES[name], port=80, source=OWN), http=http)
    cause = "" if status < 300 else "http.status"
    return seen(cause, hop=name, evidence=evidence, at=at)


def http_date(seconds: float) -> str:
    """Write an instant, in seconds after the first observation, as HTTP does."""
    return formatdate(NOW_NS / 1e9 + seconds, usegmt=True)


def silent(hop: str, *, at: float = 0.3, cause: str = "tcp.timeout", **facts: Any) -> Observation:
    """Make a control that went out and was never answered."""
    return seen(cause, hop=hop, at=at, elapsed_seconds=facts.pop("elapsed_seconds", 1.5), **facts)


def excused(by: str, cause: str, **facts: Any) -> Observation:
    """Make a failure that was told by an ailment that was known before."""
    found = seen(cause, **facts)
    failure = Failure(cause=by, detail="made up", phase=None, ended_as=cause)
    return replace(found, failure=failure, outcome=Outcome.NOT_MEASURED)


def local_case(failing: Observation, *siblings: Observation, **facts: Any) -> Case:
    """Make a case of two hops and two anchors."""
    answers = facts.pop("answers", {})
    known = facts.pop("known", Known(siblings=siblings))
    return case(failing, answers, **{"everywhere": (HOP, STATIC), "known": known, "means": MEANS} | facts)


def anchored(near: Observation | None = None, far: Observation | None = None) -> dict[str, Observation]:
    """Name the anchors' answers as the controls are."""
    found = {f"anchor:{NEAR.hop.name}": near, f"anchor:{FAR.hop.name}": far}
    return {name: one for name, one in found.items() if one is not None}


def found(failing: Observation, *siblings: Observation, **facts) -> Conclusion | None:
    """What the part concludes, or None where it leaves the case to others."""
    (one, *_) = conclude((PART,), local_case(failing, *siblings, **facts)) or (None,)
    return None if one is None or one.rule == "seen" else one


def said(failing: Observation, *siblings: Observation, **facts) -> tuple[str, ...]:
    """The rule, the causes, the verdict and whom it blames, in short; nothing where the case is left to others."""
    one = found(failing, *siblings, **facts)
    return () if one is None else (one.rule, *one.causes, one.verdict.value, one.element or "")
