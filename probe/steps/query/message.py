"""The DNS message: what is asked, and what an answer says; dnspython knows the format. Pure."""

from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rrset

from probe.cause.failed import ProbeFailed
from probe.model import DnsRecord, DnsResponse, Stamp
from probe.resolver import Place
from probe.text import clean

# RFC 9715 advises against larger ones, which would be fragmented on the way.
_EDNS_PAYLOAD = 1232
# RFC 8467, 4.1: encrypted questions are all of one length, so that the length does not tell the name.
_PADDED_TO = 128
_RECORDS = 32
# In the order of the header, as plain numbers: dnspython's own way takes 6 us for each message.
_FLAGS = tuple((int(dns.flags.from_text(word)), word) for word in ("QR", "AA", "TC", "RD", "RA", "AD", "CD"))
_NO_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
# RFC 2308, 5: one to three hours work well; a new address should not go unseen that long.
_ABSENT_AT_MOST_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Answer:
    """A message that answers the question, how long that took, and whose clock says so."""

    message: dns.message.Message
    seconds: float
    stamp: Stamp


def new_query(
    name: str, record_type: str, place: Place, *, edns: bool = True, checking_disabled: bool = False
) -> dns.message.QueryMessage:
    """Return the question to send to a resolver. Raises ProbeFailed."""
    try:
        return dns.message.make_query(
            name,
            record_type,
            use_edns=0 if edns else False,
            payload=_EDNS_PAYLOAD,
            flags=dns.flags.RD | (dns.flags.CD if checking_disabled else 0),
            # RFC 8484, 4.1: the same question is to look the same to HTTP caches.
            id=0 if place.scheme == "https" else None,
            pad=_PADDED_TO if place.is_encrypted and edns else 0,
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise ProbeFailed("dns.failed", f"{name!r} is no name that DNS can carry: {error}") from error


def refuses_edns(message: dns.message.Message) -> bool:
    """Tell whether an answer is what those say who do not know EDNS (RFC 6891, 7; RFC 6891, 6.1.3)."""
    return message.rcode() in _NO_EDNS


def parsed(data: bytes) -> dns.message.Message | None:
    """Read a message; None for what is none."""
    try:
        return dns.message.from_wire(data, ignore_trailing=True)
    except Exception:  # noqa: BLE001 - whatever a parser makes of hostile bytes, they are just unreadable
        return None


def told_of(message: dns.message.Message | None, after: float, *, role: str, ttl: int | None) -> DnsResponse:
    """Return the evidence of what came after so many seconds, by UDP with this TTL."""
    try:
        if message is not None:
            return _response(message, after, role, ttl)
    except Exception:  # noqa: BLE001 - as above: a record may parse and not be spelt
        role = "stray"
    return DnsResponse(
        after_seconds=after,
        rcode="unreadable",
        authoritative=False,
        truncated=False,
        role=role,
        packet_ttl=ttl,
    )


def _response(message: dns.message.Message, after: float, role: str, ttl: int | None) -> DnsResponse:
    header = int(message.flags)
    flags = [word for bit, word in _FLAGS if header & bit]
    extended = tuple(int(option.code) for option in message.options if isinstance(option, dns.edns.EDEOption))
    return DnsResponse(
        after_seconds=after,
        rcode=dns.rcode.to_text(message.rcode()),
        authoritative="AA" in flags,
        truncated="TC" in flags,
        records=_records(message.answer),
        extended_errors=extended[:_RECORDS],
        role=role,
        flags=" ".join(flags),
        payload_bytes=int(message.payload) if message.edns >= 0 else None,
        soa=_soa_owner(message) if message.authority else None,
        packet_ttl=ttl,
    )


def _soa_owner(message: dns.message.Message) -> str | None:
    """Return the zone that says that there is no answer (RFC 2308); forged answers seldom name one."""
    owners = (one.name for one in message.authority if one.rdtype == dns.rdatatype.SOA)
    owner = next(owners, None)
    return None if owner is None else clean(owner.to_text(omit_final_dot=True), 255)


def _records(answer: list[dns.rrset.RRset]) -> tuple[DnsRecord, ...]:
    found = [
        DnsRecord(
            name=clean(rrset.name.to_text(omit_final_dot=True), 255),
            type=dns.rdatatype.to_text(rrset.rdtype),
            ttl=rrset.ttl,
            data=clean(rdata.to_text(), 255),
        )
        for rrset in answer[:_RECORDS]
        for rdata in list(rrset)[:_RECORDS]
    ]
    return tuple(found[:_RECORDS])


def is_truncated(message: dns.message.Message) -> bool:
    """Tell whether the resolver says that it had more to say."""
    return bool(message.flags & dns.flags.TC)


def rcode_failure(message: dns.message.Message, resolver: str) -> ProbeFailed | None:
    """Name an answer of that resolver that is an error, or None for NOERROR."""
    code = message.rcode()
    if code == dns.rcode.NOERROR:
        return None
    causes = {
        dns.rcode.NXDOMAIN: "dns.nxdomain",
        dns.rcode.SERVFAIL: "dns.servfail",
        dns.rcode.REFUSED: "dns.refused",
    }
    return ProbeFailed(causes.get(code, "dns.protocol"), f"{resolver} answered {dns.rcode.to_text(code)}")


def answered(message: dns.message.Message) -> tuple[str, ...]:
    """Return what the answer gives for the name and type asked, its aliases followed; in the answer's order.

    Raises ProbeFailed (dns.protocol) when the aliases have no end.
    """
    if not isinstance(message, dns.message.QueryMessage):
        return ()
    try:
        answer = message.resolve_chaining().answer
    except dns.exception.DNSException as error:
        raise ProbeFailed("dns.protocol", f"the answer leads nowhere: {error}") from error
    return tuple(clean(rdata.to_text(), 4096) for rdata in answer) if answer is not None else ()


def absent_seconds(message: dns.message.Message) -> float:
    """Return for how long the zone says that there is no answer (RFC 2308); 0 when it does not say."""
    lasting = [
        min(rrset.ttl, rdata.minimum)
        for rrset in message.authority
        for rdata in rrset
        if isinstance(rdata, dns.rdtypes.ANY.SOA.SOA)
    ]
    return float(min([_ABSENT_AT_MOST_SECONDS, *lasting])) if lasting else 0.0
