"""What the lab's DNS answers to a query; pure, the wire format by dnspython."""

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from probe.lab.fault import Act
from probe.lab.layout import HOPS, Layout
from probe.lab.switch import Breakage, Switch

_TTL_SECONDS = 5
# A forged answer outlives the true one in every cache, as the real ones do.
_FORGED_TTL_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to send; a forged one to send before it; or the breakage because of which there is none."""

    wire: bytes = b""
    forged: bytes | None = None
    silence: Breakage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The lab's zone, seen by each vantage in its own way."""

    layout: Layout
    switch: Switch

    def answer(self, wire: bytes, source: str) -> Answer | None:
        """Answer a query from that address, or return None for what is no query."""
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR:
            return None
        if query.opcode() != dns.opcode.QUERY:
            return Answer(wire=_refusal(query, dns.rcode.NOTIMP))
        if len(query.question) != 1:
            return Answer(wire=_refusal(query, dns.rcode.FORMERR))
        return self._about(query, self.layout.vantage_of(source))

    def _about(self, query: dns.message.Message, vantage: str | None) -> Answer:
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if name != self.layout.zone and not name.endswith(f".{self.layout.zone}"):
            return Answer(wire=_refusal(query, dns.rcode.REFUSED))
        hop = next((hop for hop in HOPS if self.layout.name(hop) == name), None)
        if hop is None:
            code = dns.rcode.NOERROR if name == self.layout.zone else dns.rcode.NXDOMAIN
            return Answer(wire=self._nothing(query, code))
        return self._about_hop(query, hop, vantage)

    def _about_hop(self, query: dns.message.Message, hop: str, vantage: str | None) -> Answer:
        broken = self.switch.at(hop, vantage)
        if Act.DNS_NXDOMAIN in broken:
            return Answer(wire=self._nothing(query, dns.rcode.NXDOMAIN))
        if Act.DNS_SERVFAIL in broken:
            return Answer(wire=_refusal(query, dns.rcode.SERVFAIL))
        if silence := broken.get(Act.DNS_SILENCE):
            return Answer(silence=silence)
        if query.question[0].rdtype != dns.rdatatype.A:
            return Answer(wire=self._nothing(query, dns.rcode.NOERROR))
        true = _address(query, self.layout.address(hop, vantage), _TTL_SECONDS)
        if Act.DNS_FORGED not in broken:
            return Answer(wire=true)
        return Answer(wire=true, forged=_address(query, self.layout.forged_address, _FORGED_TTL_SECONDS))

    def _nothing(self, query: dns.message.Message, code: dns.rcode.Rcode) -> bytes:
        """Say with the zone's SOA that there is no such name, or no such record (RFC 2308)."""
        response = _response(query, code)
        zone = self.layout.zone
        soa = f"ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 {_TTL_SECONDS}"
        response.authority.append(dns.rrset.from_text(f"{zone}.", _TTL_SECONDS, "IN", "SOA", soa))
        return response.to_wire()


def _address(query: dns.message.Message, address: str, ttl_seconds: int) -> bytes:
    response = _response(query, dns.rcode.NOERROR)
    response.answer.append(dns.rrset.from_text(query.question[0].name, ttl_seconds, "IN", "A", address))
    return response.to_wire()


def _refusal(query: dns.message.Message, code: dns.rcode.Rcode) -> bytes:
    return _response(query, code, is_ours=False).to_wire()


def _response(
    query: dns.message.Message, code: dns.rcode.Rcode, *, is_ours: bool = True
) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(code)
    if is_ours:
        response.flags |= dns.flags.AA
    return response
