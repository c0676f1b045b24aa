"""What a scripted resolver answers."""

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset


def response(query, *records, rcode=dns.rcode.NOERROR, flags=0, extended=()):
    """Return an answer whose records are given as `type data`, or `@name type data`."""
    answer = dns.message.make_response(query, recursion_available=True)
    answer.set_rcode(rcode)
    answer.flags |= flags
    for record in records:
        name, _, rest = record.rpartition("@")[2].partition(" ") if record[0] == "@" else ("", "", record)
        kind, _, data = rest.partition(" ")
        owner = f"{name}." if name else query.question[0].name
        answer.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, data))
    if extended:
        answer.use_edns(0, options=[dns.edns.EDEOption(code, "\x1b[31m evil") for code in extended])
    return answer.to_wire(max_size=65_535)


def says(*records, **how):
    return lambda query: [response(query, *records, **how)]


def with_id(query, number):
    other = dns.message.from_wire(query.to_wire())
    other.id = number
    return other


def framed(*records, **how):
    def reply(query):
        wire = response(query, *records, **how)
        return [len(wire).to_bytes(2, "big") + wire]

    return reply
