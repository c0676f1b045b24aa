"""Records of DNS as people write them: a kind and a value, names without the dot at the end."""

from collections.abc import Iterable

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype


def rdata(record: str) -> dns.rdata.Rdata:
    """Return what `A 192.0.2.1` or `CNAME other.lab.test` says; every name is whole. Raises ValueError."""
    kind, _, value = record.partition(" ")
    try:
        found = dns.rdatatype.from_text(kind)
        return dns.rdata.from_text(dns.rdataclass.IN, found, value, origin=dns.name.root, relativize=False)
    except dns.exception.DNSException as error:
        raise ValueError(f"{record!r} is no record such as 'A 192.0.2.1': {error}") from error


def check(records: Iterable[str]) -> None:
    """Read every record. Raises ValueError."""
    for record in records:
        rdata(record)


def check_rcode(word: str | None) -> None:
    """Read the code of an answer, such as SERVFAIL. Raises ValueError."""
    try:
        dns.rcode.from_text(word or "NOERROR")
    except dns.rcode.UnknownRcode as error:
        raise ValueError(f"{word!r} is no code such as NXDOMAIN, SERVFAIL, REFUSED") from error
