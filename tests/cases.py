"""Cases made up for the rules of the examination: observations, questions with their answers, and who may be asked."""

from collections.abc import Mapping
from typing import Any

from probe.examination import Case
from probe.model import (
    Anchor,
    DnsQuery,
    DnsRecord,
    DnsResponse,
    Evidence,
    Failure,
    Hop,
    Identity,
    Means,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Route,
    Series,
    Stamp,
    Tcp,
    Timing,
    Tls,
    Vantage,
)
from probe.prober.http import Http

NOW_NS = 1_767_225_600 * 10**9
NAME = "hk.example.net"
RESOLVER = "udp://192.0.2.53:53"
OURS, OTHER, FORGED = "203.0.113.34", "203.0.113.98", "198.51.100.66"
VANTAGE = Vantage(name="wifi", kind="system")
HOP = Hop(name="hk", scheme="https", host=NAME, port=443)
PLAIN = Hop(name="hk", scheme="http", host=NAME, port=80)
ROUTE = Route(name="chat", hops=("hk",))
NEAR = Anchor(hop=Hop(name="near", scheme="http", host="near.example", port=80), path="/", where="domestic")
FAR = Anchor(hop=Hop(name="far", scheme="http", host="far.example", port=80), path="/", where="abroad")
MEANS = Means(
    anchors=(FAR, NEAR),
    resolvers=("https://dns.example:443/dns-query#203.0.113.82", "tls://other.example:853#203.0.113.83"),
    dead_resolvers=("udp://203.0.113.200:53",),
    server_names=("neutral.example",),
    bogons=(
        "0.0.0.0/8",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "192.168.0.0/16",
        "240.0.0.0/4",
        "::1/128",
        "2001::/32",
    ),
)


def answer(*data: str, rcode: str = "NOERROR", after: float = 0.02, **facts: Any) -> DnsResponse:
    """Make an answer: addresses and `TYPE data`, or none."""
    pairs = [each.rpartition(" ")[::2] for each in data]
    records = tuple(
        DnsRecord(name=NAME, type=kind or ("AAAA" if ":" in value else "A"), ttl=60, data=value)
        for kind, value in pairs
    )
    values: dict[str, Any] = {"authoritative": False, "truncated": False, "role": "used"}
    values |= {"payload_bytes": 1232, "packet_ttl": 60} | facts
    return DnsResponse(after_seconds=after, rcode=rcode, records=records, **values)


def question(*responses: DnsResponse, **facts: Any) -> DnsQuery:
    """Make a question with all that came back."""
    values: dict[str, Any] = {"name": NAME, "type": "A", "resolver": RESOLVER} | facts
    values.setdefault("transport", values["resolver"].partition(":")[0])
    error = None if responses else "no answer"
    return DnsQuery(responses=responses, **{"error": error} | values)


def observation(cause: str = "", *, check: str = "http", at: float = 0.0, **facts: Any) -> Observation:
    """Make an observation that began so many seconds after the first one; without a cause it went well."""
    phase = facts.pop("phase", None)
    own = cause.startswith(("local.", "meta."))
    values: dict[str, Any] = {
        "identity": Identity(agent="a", epoch="e", seq=1 + round(at * 1000)),
        "series": Series(vantage="wifi", route="chat", hop="hk", check=check),
        "kind": "http",
        "through": "hk",
        "crossed": (),
        "purpose": Purpose.ROUTINE,
        "slot": 0,
        "parent": None,
        "intended_at_ns": NOW_NS + round(at * 1e9),
        "started_at_ns": NOW_NS + round(at * 1e9),
        "outcome": (Outcome.NOT_MEASURED if own else Outcome.FAILED) if cause else Outcome.OK,
        "timings": (),
        "failure": Failure(cause=cause, detail=f"{cause} was seen", phase=phase) if cause else None,
        "elapsed_seconds": 0.1,
    }
    return Observation(**values | facts)


def asked(*responses: DnsResponse, at: float = 0.2, cause: str | None = None, **facts: Any) -> Observation:
    """Make the answer to a control that asks a resolver; without any response it is silent."""
    query = question(*responses, **facts)
    first = responses[0] if responses else None
    if cause is None:
        rcodes = {"NXDOMAIN": "dns.nxdomain", "SERVFAIL": "dns.servfail", "REFUSED": "dns.refused"}
        usual = "" if first and first.records else "dns.no_data"
        cause = rcodes.get(first.rcode, usual) if first else "dns.timeout"
    return observation(cause, kind="dns", check="control", at=at, evidence=Evidence(dns=(query,)))


def handshake(address: str, cause: str = "", *, at: float = 0.4, name: str = NAME) -> Observation:
    """Make the answer to a control that shakes hands at an address."""
    done = () if cause else (Timing(phase=Phase.TLS, seconds=0.1, stamp=Stamp.KERNEL),)
    evidence = Evidence(tcp=Tcp(address=address, port=443), tls=Tls(server_name=name, version="TLSv1.3"))
    return observation(
        cause, kind="tls", check="control", at=at, phase=Phase.TLS, timings=done, evidence=evidence
    )


def case(seen: Observation, answers: Mapping[str, Observation] | None = None, **facts: Any) -> Case:
    """Make a case of an observation, with every means and consent unless said otherwise."""
    values: dict[str, Any] = {
        "vantage": VANTAGE,
        "route": ROUTE,
        "hop": HOP,
        "hops": (HOP,),
        "prober": Http(),
        "resolvers": (RESOLVER,),
        "allow": frozenset({"dead_resolver", "foreign_sni", "garbage_bytes"}),
        "means": MEANS,
        "answers": answers or {},
    }
    return Case(seen=seen, **values | facts)
