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
# RFC 2308, 5: one to three hours work well; a new address should not go unseen that long.
_ABSENT_AT_MOST_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Answer:
    """A message that answers the question, how long that took, and whose clock says so."""

    message: dns.message.Message
    seconds: float
    stamp: Stamp


def new_query(name: str, record_type: str, place: Place) -> dns.message.QueryMessage:
    """Return the question to send to a resolver. Raises ProbeFailed."""
    try:
        return dns.message.make_query(
            name,
            record_type,
            use_edns=0,
            payload=_EDNS_PAYLOAD,
            # RFC 8484, 4.1: the same question is to look the same to HTTP caches.
            id=0 if place.scheme == "https" else None,
            pad=_PADDED_TO if place.is_encrypted else 0,
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise ProbeFailed("dns.failed", f"{name!r} is no name that DNS can carry: {error}") from error


def parsed(data: bytes, after: float) -> tuple[dns.message.Message | None, DnsResponse]:
    """Read what came after so many seconds; None for what is no DNS message."""
    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
        return message, _response(after, message)
    except Exception:  # noqa: BLE001 - whatever a parser makes of hostile bytes, they are just unreadable
        return None, DnsResponse(
            after_seconds=after, rcode="unreadable", authoritative=False, truncated=False
        )


def _response(after: float, message: dns.message.Message) -> DnsResponse:
    extended = tuple(int(option.code) for option in message.options if isinstance(option, dns.edns.EDEOption))
    return DnsResponse(
        after_seconds=after,
        rcode=dns.rcode.to_text(message.rcode()),
        authoritative=bool(message.flags & dns.flags.AA),
        truncated=is_truncated(message),
        records=_records(message.answer),
        extended_errors=extended[:_RECORDS],
    )


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
