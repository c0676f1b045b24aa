"""Find the question whose answer is in doubt: the one that failed, or the one that gave an address nobody vouches for; pure."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from probe.examination.case import Case
from probe.examination.names.said import (
    EMPTY,
    NXDOMAIN,
    RECORDS,
    REFUSED,
    SERVFAIL,
    Said,
    contradictions,
    heard,
)
from probe.model import DnsQuery, Hop, Observation, Outcome, Phase
from probe.prober.tls import Tls
from probe.resolver import Place, place

SLOW_SECONDS = 1.0
# What a resolver says to a question with EDNS that it cannot read (RFC 6891, 7).
_NO_EDNS = frozenset({"formerr", "notimp", "badvers"})
# By the failure: what the question was answered with, "" for nothing at all.
_WORDS = {
    "dns.nxdomain": NXDOMAIN,
    "dns.no_data": EMPTY,
    "dns.servfail": SERVFAIL,
    "dns.refused": REFUSED,
    "dns.timeout": "",
    "dns.resolver_unreachable": "",
    "dns.bogon": RECORDS,
    "dns.unexpected": RECORDS,
}
# The address does not answer at all: it may be another one by now.
_NOBODY_THERE = ("tcp.timeout", "tcp.refused", "tcp.unreachable")
# RFC 1918, RFC 6598 and RFC 4193: what a home, an office or a private overlay gives its own machines.
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One question of the probe, what it was answered with first, and the address that the probe went on to."""

    query: DnsQuery
    dialled: str | None = None
    # Somebody completed a handshake there within the hour, so the answer can only be out of date.
    is_vouched: bool = False

    @property
    def used(self) -> Said | None:
        """The answer that the probe went by; None when there was none."""
        return next(iter(heard(self.query)), None)

    @property
    def place(self) -> Place:
        """The resolver that was asked."""
        return place(self.query.resolver)

    @property
    def is_open(self) -> bool:
        """Whether anybody on the way can answer in the resolver's place."""
        return self.place.scheme == "udp"


def doubted(case: Case) -> Doubt | None:
    """Return what is in doubt; None when the names have nothing to do with it, or nobody could tell."""
    seen = case.seen
    queries = seen.evidence.dns
    if case.vantage.proxied or seen.evidence.proxy is not None or not queries:
        return None
    if seen.outcome is Outcome.NOT_MEASURED:
        return None
    if seen.outcome is Outcome.OK:
        query = next(_odd(queries), None)
        return None if query is None else Doubt(query=query, dialled=_dialled(seen))
    if case.is_of("dns"):
        return Doubt(query=_failed(queries, case.cause), dialled=_dialled(seen))
    return _unvouched(case)


def is_odd(seen: Observation) -> bool:
    """Tell whether a success was preceded by an answer that somebody forged, that came late, or that was of no use."""
    return seen.outcome is Outcome.OK and seen.evidence.proxy is None and any(_odd(seen.evidence.dns))


def is_refused_edns(query: DnsQuery) -> bool:
    """Tell whether the resolver could not read the question for its EDNS."""
    return query.edns and any(one.word in _NO_EDNS for one in heard(query)[:1])


def is_told_already(case: Case, doubt: Doubt) -> bool:
    """Tell whether the probe itself says all: it succeeded, by another question than the one that was refused."""
    is_refused = case.seen.outcome is Outcome.OK and is_refused_edns(doubt.query)
    return is_refused and not contradictions(doubt.query)


def is_slow(query: DnsQuery) -> bool:
    """Tell whether a question by datagram was answered late or never; on a connection it is not the resolver's time alone."""
    first = next(iter(heard(query)), None)
    return query.transport == "udp" and (first is None or first.seconds > SLOW_SECONDS)


def has_handshake(seen: Observation) -> bool:
    """Tell whether a TLS handshake was completed, and so the certificate was verified, for a name that was asked for."""
    tls = seen.evidence.tls
    is_complete = any(timing.phase is Phase.TLS for timing in seen.timings)
    return is_complete and tls is not None and bool(tls.server_name) and not tls.verify_code


def is_private(address: str) -> bool:
    """Tell whether an address is of a network that a home or an office may use for itself."""
    return _private_block(address) is not None


def may_be_ours(seen: Observation, address: str) -> bool:
    """Tell whether an address may be a neighbour's: private, and of the same private networks as ours, should that be known."""
    block, source = _private_block(address), seen.evidence.tcp.source if seen.evidence.tcp else None
    return block is not None and (source is None or block == _private_block(source))


def expected_name(case: Case, doubt: Doubt) -> str:
    """Return the name that a certificate at the true address has to be for."""
    if case.seen.evidence.tls is not None and case.seen.evidence.tls.server_name:
        return case.seen.evidence.tls.server_name
    if isinstance(case.prober, Tls) and case.prober.server_name:
        return case.prober.server_name
    return doubt.query.name


def hop_asked(case: Case, doubt: Doubt) -> Hop:
    """Return the hop, or what a redirect has led to, by the name that was asked for."""
    if doubt.query.name == case.hop.host:
        return case.hop
    return replace(case.hop, host=doubt.query.name, address=None)


def is_by_tls(case: Case, doubt: Doubt) -> bool:
    """Tell whether a handshake is what one goes on to do at the address, so that a certificate can vouch for it."""
    if case.seen.evidence.tls is not None or isinstance(case.prober, Tls):
        return True
    return case.hop.scheme == "https" and doubt.query.name == case.hop.host


def _unvouched(case: Case) -> Doubt | None:
    """Return the question that gave an address, unless somebody vouches for it and it answers."""
    dialled = _dialled(case.seen)
    query = next((one for one in case.seen.evidence.dns if dialled in _records(one)), None)
    if query is None:
        return None
    if contradictions(query):
        return Doubt(query=query, dialled=dialled)
    if has_handshake(case.seen):
        return None
    if dialled not in case.known.vouched and dialled != _before(case):
        return Doubt(query=query, dialled=dialled)
    return Doubt(query=query, dialled=dialled, is_vouched=True) if case.is_of(*_NOBODY_THERE) else None


def _before(case: Case) -> str | None:
    """Return the address at which the same check was answered within the hour."""
    before = case.known.before
    return None if before is None else _dialled(before)


def _dialled(seen: Observation) -> str | None:
    """Return the address that the probe went on to with the answer."""
    evidence = seen.evidence
    reached = (evidence.tcp, evidence.ping, evidence.trace)
    return next((one.address for one in reached if one is not None), None)


def _records(query: DnsQuery) -> frozenset[str]:
    return frozenset().union(*(one.records for one in heard(query)))


def _failed(queries: Sequence[DnsQuery], cause: str) -> DnsQuery:
    """Return the question that gave the failure its name: of empty answers the first, which is for the usual family."""
    wanted = _WORDS.get(".".join(cause.split(".")[:2]))
    in_order = queries if wanted == EMPTY else tuple(reversed(queries))
    return next((one for one in in_order if _word(one) == wanted), queries[-1])


def _word(query: DnsQuery) -> str:
    return next((one.word for one in heard(query)), "")


def _odd(queries: Sequence[DnsQuery]) -> Iterator[DnsQuery]:
    yield from (one for one in queries if contradictions(one))
    yield from (one for one in queries if is_refused_edns(one))
    yield from (one for one in queries if is_slow(one))


def _private_block(address: str) -> str | None:
    parsed = ipaddress.ip_address(address)
    return next((str(one) for one in _PRIVATE if parsed in one), None)
