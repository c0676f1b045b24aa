"""Cases about names: probes that failed in DNS or at an address that DNS gave, and what the controls say."""

from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from probe.examination import Case, Known
from probe.examination.names import PART, ids
from probe.examination.procedure import conclude
from probe.model import DnsResponse, Evidence, Observation, Phase, Stamp, Tcp, Timing, Tls, Verdict
from tests.cases import NAME, OURS, answer, asked, handshake, observation, question

Answers = dict[str, Observation]
ACCESS, AT_RESOLVER, AT_NAME = "access[wifi]", "resolver[192.0.2.53]", f"zone[{NAME}]"
DOWN, BLOCKED, OK, INSUFFICIENT = Verdict.DOWN, Verdict.BLOCKED, Verdict.OK, Verdict.INSUFFICIENT
NXDOMAIN = answer(rcode="NXDOMAIN")
TRUSTED: dict[str, Any] = {"resolver": "https://dns.example:443/dns-query#203.0.113.82", "tls_seconds": 0.05}
BY_TCP: dict[str, Any] = {"resolver": "tcp://192.0.2.53:53", "connect_seconds": 0.02}
OVER_TLS = (Timing(phase=Phase.TLS, seconds=0.1, stamp=Stamp.KERNEL),)


def unnamed(cause: str, *responses: DnsResponse, **facts: Any) -> Observation:
    """Fail in DNS."""
    return observation(cause, phase=Phase.RESOLVE, evidence=Evidence(dns=(question(*responses, **facts),)))


def dialled(
    cause: str, address: str, *others: DnsResponse, source: str = "198.18.1.2", **facts: Any
) -> Observation:
    """Fail at, or succeed by, an address that DNS gave; the others are further answers to the same question."""
    dns = (question(answer(address), *others, type="AAAA" if ":" in address else "A"),)
    tls = Tls(server_name=NAME) if cause.startswith("tls.") or "timings" in facts else None
    tcp = Tcp(address=address, port=443, source=source)
    return observation(cause, evidence=Evidence(dns=dns, tcp=tcp, tls=tls), **facts)


def trusted(*data: str, rcode: str = "NOERROR", kind: str = "A", **facts: Any) -> Answers:
    return {ids.TRUSTED[0]: asked(answer(*data, rcode=rcode, **facts), type=kind, **TRUSTED)}


def trusted_failing() -> Answers:
    return {
        one: asked(cause="dns.tls", resolver=f"https://{n}.example:443/dns-query#203.0.113.8{n}")
        for n, one in enumerate(ids.TRUSTED)
    }


def again(*responses: DnsResponse, **facts: Any) -> Answers:
    return {ids.SAME: asked(*responses, **facts)}


def by_tcp(*data: str, rcode: str = "NOERROR") -> Answers:
    return {ids.BY_TCP: asked(answer(*data, rcode=rcode), **BY_TCP)}


def neutral(*data: str, **facts: Any) -> Answers:
    """Ask for a neutral name, which is answered unless there is nothing to answer with."""
    return {ids.NEUTRAL: asked(*((answer(*data, **facts),) if data else ()), name="near.example")}


def true_address(address: str = OURS, cause: str = "") -> Answers:
    return {ids.TRUE: handshake(address, cause)}


def nobody(*data: str, which: str = ids.DEAD) -> Answers:
    """Ask an address where no resolver is."""
    return {which: asked(*((answer(*data),) if data else ()), resolver="udp://203.0.113.200:53")}


def known(*vouched: str, before: Observation | None = None) -> dict[str, Any]:
    return {"known": Known(vouched=vouched, before=before)}


def row(name: str, case: Case, *expected: object) -> ParameterSet:
    return pytest.param(case, expected, id=name)


def told(case: Case) -> tuple[object, ...]:
    """Return what the first conclusion says: verdict, causes, element and rule."""
    found = conclude((PART,), case)
    return (found[0].verdict, found[0].causes, found[0].element, found[0].rule) if found else ()
