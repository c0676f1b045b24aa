"""Decide what a DNS server of the test internet answers; no sockets here, and the wire format is dnspython's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.internet.record import Record
from tests.internet.rule import DnsRule

_TTL_SECONDS = 60
_NEGATIVE_TTL_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The messages to send, each after its seconds; none at all is silence."""

    messages: tuple[tuple[float, bytes], ...] = ()


class Answers:
    """A zone, outside of which nothing exists, and the rules that say otherwise."""

    def __init__(self, zone: Mapping[str, Sequence[str]], record: Record) -> None:
        """Answer by records such as `A 203.0.113.18`, by name; note each query."""
        self.rules: dict[str, DnsRule] = {}
        self._record = record
        self._zone: dict[str, tuple[str, ...]] = {}
        self.know(zone)

    def know(self, zone: Mapping[str, Sequence[str]]) -> None:
        """Answer by these records from now on, beside those of other names."""
        self._zone |= {name.lower(): tuple(records) for name, records in zone.items()}

    def reply(self, wire: bytes, client: str, over: str) -> Reply:
        """Decide what to send for what came; what is no query is ignored."""
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return Reply()
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return Reply()
        asked = query.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        firing = (each for each in self.rules.items() if each[1].fires(client, name, kind, over))
        number, rule = next(firing, ("", None))
        self._record.note("dns", client=client, name=name, type=kind, over=over, rule=number)
        if rule is None:
            return Reply(messages=((0.0, self._honest(query, name, kind).to_wire()),))
        return self._otherwise(rule, query, name, kind)

    def _honest(self, query: dns.message.Message, name: str, kind: str) -> dns.message.Message:
        records = self._zone.get(name)
        rcode = "NXDOMAIN" if records is None else "NOERROR"
        response = _response(query, _of_kind(records or (), kind), rcode, _TTL_SECONDS)
        if not response.answer:
            _add_soa(response, name)
        return response

    def _otherwise(self, rule: DnsRule, query: dns.message.Message, name: str, kind: str) -> Reply:
        if rule.is_silent:
            return Reply()
        if rule.answers is None and rule.rcode is None:
            proper = self._honest(query, name, kind)
        else:
            proper = _response(query, _of_kind(rule.answers or (), kind), rule.rcode or "NOERROR", rule.ttl)
        if rule.has_soa:
            _add_soa(proper, name)
        if rule.extended:
            codes = [dns.edns.EDECode.make(code) for code in rule.extended]
            proper.use_edns(0, options=[dns.edns.EDEOption(code) for code in codes])
        if rule.is_truncated:
            proper.answer.clear()
            proper.flags |= dns.flags.TC
        messages = [(rule.delay_ms / 1000, proper.to_wire())]
        if rule.forged:
            forged = _response(query, _of_kind(rule.forged, kind), "NOERROR", rule.ttl)
            messages.insert(0, (0.0, forged.to_wire()))
        return Reply(messages=tuple(messages))


def _of_kind(records: Sequence[str], kind: str) -> tuple[str, ...]:
    return tuple(each for each in records if each.partition(" ")[0] in {kind, "CNAME"})


def _response(
    query: dns.message.Message, records: Sequence[str], rcode: str, ttl: int
) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(dns.rcode.from_text(rcode))
    owner = query.question[0].name
    for record in records:
        kind, _, value = record.partition(" ")
        response.answer.append(dns.rrset.from_text(owner, ttl, "IN", kind, value))
        if kind == "CNAME":
            # What follows belongs to the name that the alias leads to.
            owner = dns.name.from_text(value)
    return response


def _add_soa(response: dns.message.Message, name: str) -> None:
    """Say whose zone it is in which there is nothing of the kind (RFC 2308)."""
    zone = ".".join(name.split(".")[-2:])
    soa = f"ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 {_NEGATIVE_TTL_SECONDS}"
    response.authority.append(dns.rrset.from_text(f"{zone}.", _NEGATIVE_TTL_SECONDS, "IN", "SOA", soa))
