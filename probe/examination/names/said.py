"""What one answer to a DNS question says, in a word and its records, and what of it tells who said it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from probe.model import DnsQuery, DnsResponse, Observation, Outcome
from probe.resolver import place

RECORDS, EMPTY, NXDOMAIN = "records", "empty", "nxdomain"
SERVFAIL, REFUSED = "servfail", "refused"
# Nobody said anything although the question surely arrived, or was sent as well as one can.
SILENT = "silent"
# What a resolver says that knows: there is such a record, or there is none.
_ANSWERS = frozenset({RECORDS, EMPTY, NXDOMAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer: `word` is its rcode, or for NOERROR whether it holds records of the type that was asked for.

    `ttl` (of the packet) and `edns` are the hand it was written in: what an answer of the same resolver has in common with
    others, and a forger's seldom has.
    """

    word: str
    records: frozenset[str] = frozenset()
    ttl: int | None = field(default=None, compare=False)
    edns: bool = field(default=False, compare=False)
    soa: str | None = field(default=None, compare=False)
    extended: tuple[int, ...] = field(default=(), compare=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def is_answer(self) -> bool:
        """Whether it says what there is, or that there is nothing."""
        return self.word in _ANSWERS

    def __str__(self) -> str:
        """Render as a sentence shows it: up to three records, or the word."""
        return ", ".join(sorted(self.records)[:3]) or self.word.upper()

    def contradicts(self, other: "Said") -> bool:
        """Tell whether both cannot be the same truth: another word, or records of which none is the same."""
        return self.word != other.word or (self.word == RECORDS and not self.records & other.records)

    def agrees(self, other: "Said") -> bool:
        """Tell whether both can be the same truth."""
        return not self.contradicts(other)

    def is_of_another_hand(self, other: "Said") -> bool:
        """Tell whether two datagrams of one resolver were not sent by the same program."""
        is_far_apart = self.ttl is not None and other.ttl is not None and self.ttl != other.ttl
        return is_far_apart or self.edns != other.edns


SILENCE = Said(word=SILENT)


def heard(query: DnsQuery) -> tuple[Said, ...]:
    """Return every answer to one question in the order of arrival; what answers no question of ours is left out."""
    return tuple(
        _said(one, query.type)
        for one in query.responses
        if one.role != "stray" and one.rcode != "unreadable" and (one.records or not one.truncated)
    )


def contradictions(query: DnsQuery) -> tuple[Said, ...]:
    """Return the answers to one question that cannot all be true: the first, and whatever contradicts it."""
    every = heard(query)
    others = [one for one in every[1:] if one.contradicts(every[0])]
    return (every[0], *others) if others else ()


def told(seen: Observation | None) -> Said | None:
    """Return what came of asking one resolver one question; None when that tells nothing."""
    if seen is None or seen.outcome is Outcome.NOT_MEASURED or not seen.evidence.dns:
        return None
    query = seen.evidence.dns[-1]
    if every := heard(query):
        return every[0]
    is_silent = seen.failure is not None and seen.failure.cause.startswith("dns.timeout")
    return SILENCE if is_silent and not query.responses else None


def told_surely(seen: Observation | None) -> Said | None:
    """Return what a trusted resolver says of the name: silence counts only when the resolver itself was reached."""
    said = told(seen)
    if said is None or seen is None or said.is_answer or said.word == SERVFAIL:
        return said
    return said if said.word == SILENT and _was_reached(seen.evidence.dns[-1]) else None


def first_telling(answers: Sequence[Said | None]) -> Said | None:
    """Return of several trusted answers the one to go by: all records together, or else the first that tells anything."""
    known = [one for one in answers if one is not None]
    records = frozenset[str]().union(*(one.records for one in known))
    return Said(word=RECORDS, records=records) if records else next(iter(known), None)


def _was_reached(query: DnsQuery) -> bool:
    scheme = place(query.resolver).scheme
    return {
        "tcp": query.connect_seconds is not None,
        "tls": query.tls_seconds is not None,
        "https": query.tls_seconds is not None,
    }.get(scheme, False)


def _said(response: DnsResponse, record_type: str) -> Said:
    records = frozenset(one.data for one in response.records if one.type == record_type)
    word = response.rcode.lower()
    if response.rcode == "NOERROR":
        word = RECORDS if records else EMPTY
    return Said(
        word=word,
        records=records if word == RECORDS else frozenset(),
        ttl=response.packet_ttl,
        edns=response.payload_bytes is not None,
        soa=response.soa,
        extended=response.extended_errors,
        seconds=response.after_seconds,
    )
