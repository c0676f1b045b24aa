"""Decide what a DNS server of the test internet answers; no sockets here, and the wire format is dnspython's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.CNAME import CNAME

from tests.internet.record import Record
from tests.internet.records import check, rdata
from tests.internet.rule import DnsRule

_TTL_SECONDS = 60
_NEGATIVE_TTL_SECONDS = 5
_MOST_ALIASES = 8


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
        self._turns: Counter[tuple[str, str]] = Counter()
        self._zone: dict[str, tuple[str, ...]] = {}
        self.know(zone)

    def know(self, zone: Mapping[str, Sequence[str]]) -> None:
        """Answer by these records from now on, beside those of other names."""
        for records in zone.values():
            check(records)
        self._zone |= {name.lower().removesuffix("."): tuple(records) for name, records in zone.items()}

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
        has_edns = query.edns >= 0
        firing = (
            each for each in self.rules.items() if each[1].fires(client, name, kind, over, has_edns=has_edns)
        )
        number, rule = next(firing, ("", None))
        self._record.note("dns", client=client, name=name, type=kind, over=over, rule=number)
        if rule is None:
            return Reply(messages=((0.0, self._honest(query, name, kind).to_wire()),))
        return self._otherwise(rule, query, name, kind)

    def _honest(
        self, query: dns.message.Message, name: str, kind: str, picks: int = 0
    ) -> dns.message.Message:
        records = self._known(name)
        rcode = "NXDOMAIN" if records is None else "NOERROR"
        found = self._in_turn(_of_kind(records or (), kind), name, kind, picks)
        response = _response(query, found, rcode, _TTL_SECONDS)
        if not response.answer:
            _add_soa(response, name)
        return response

    def _known(self, name: str) -> tuple[str, ...] | None:
        """Return the records of a name, and of those to which its aliases lead."""
        records = found = self._zone.get(name)
        for _ in range(_MOST_ALIASES):
            if not found or not (alias := found[-1]).startswith("CNAME "):
                break
            found = self._zone.get(alias.split()[1].lower().removesuffix("."))
            records = (*(records or ()), *(found or ()))
        return records

    def _in_turn(self, records: Sequence[str], name: str, kind: str, picks: int) -> tuple[str, ...]:
        """Begin with another record each time, as resolvers do, and give no more than `picks` of them, if any."""
        aliases = [each for each in records if each.startswith("CNAME ")]
        own = [each for each in records if each not in aliases]
        first = self._turns[name, kind] % max(1, len(own))
        self._turns[name, kind] += picks or 1
        turned = own[first:] + own[:first]
        return *aliases, *turned[: picks or None]

    def _otherwise(self, rule: DnsRule, query: dns.message.Message, name: str, kind: str) -> Reply:
        if rule.is_silent:
            return Reply()
        if rule.answers is None and rule.rcode is None:
            proper = self._honest(query, name, kind, rule.picks)
        else:
            records = self._in_turn(_of_kind(rule.answers or (), kind), name, kind, rule.picks)
            proper = _response(query, records, rule.rcode or "NOERROR", rule.ttl)
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
        value = rdata(record)
        response.answer.append(dns.rrset.from_rdata(owner, ttl, value))
        if isinstance(value, CNAME):
            # What follows belongs to the name that the alias leads to.
            owner = value.target
    return response


def _add_soa(response: dns.message.Message, name: str) -> None:
    """Say whose zone it is in which there is nothing of the kind (RFC 2308)."""
    zone = ".".join(name.split(".")[-2:])
    soa = f"ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 {_NEGATIVE_TTL_SECONDS}"
    response.authority.append(dns.rrset.from_text(f"{zone}.", _NEGATIVE_TTL_SECONDS, "IN", "SOA", soa))
