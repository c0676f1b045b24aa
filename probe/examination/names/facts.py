"""What the answers of a case say about the name in doubt, side by side; pure, and careful: what was not asked tells nothing."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace

from probe.examination.case import Case
from probe.examination.names import ids
from probe.examination.names.doubt import Doubt, doubted, has_handshake
from probe.examination.names.said import (
    RECORDS,
    SILENCE,
    Said,
    contradictions,
    first_telling,
    heard,
    told,
    told_surely,
)
from probe.examination.repeat import AGAIN
from probe.machine.bogon import is_bogon
from probe.model import DnsQuery, Observation, Outcome
from probe.resolver import place

_ADDRESSES = frozenset({"A", "AAAA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Each answer, or None where nobody asked or nothing was told.

    `used` is what the probe went by, `same` the same question asked again, `sightings` all that was ever said to it by
    datagram; `clash` are answers to one and the same question of which only one can be true.
    """

    doubt: Doubt
    used: Said | None
    same: Said | None
    sightings: tuple[Said, ...]
    clash: tuple[Said, ...]
    neutral: Said | None
    by_tcp: Said | None
    trusted: Said | None
    dead: Said | None
    dead_neutral: Said | None
    a_record: Said | None
    unchecked: Said | None
    checked_again: Said | None
    # What the same question was answered with in the last minutes, in order.
    lately: tuple[Said, ...]
    # Whether somebody got records for the same question since.
    is_told_since: bool
    true: Observation | None
    answered: Observation | None
    # Whether the two answers clashed in more than one question.
    clashes_again: bool
    # Whether a router or the resolver itself has said since that nobody is there; they say so seldom.
    is_nobody_there: bool

    @property
    def reference(self) -> Said | None:
        """What the answer is to be compared with: a trusted resolver's, or else what the same one says otherwise by TCP.

        That it says the same by TCP proves nothing: whoever lies does so by either.
        """
        if self.trusted is not None or self.by_tcp is None or self.used is None:
            return self.trusted
        return self.by_tcp if self.by_tcp.is_answer and self.by_tcp.contradicts(self.used) else None

    @property
    def is_about_addresses(self) -> bool:
        """Whether the question is for a kind of address."""
        return self.doubt.query.type in _ADDRESSES

    @property
    def is_true_well(self) -> bool:
        """Whether the service answers at the true address, to whomever the certificate there belongs."""
        return self.true is not None and self.true.outcome is Outcome.OK

    @property
    def is_true_ill(self) -> bool:
        """Whether the true address has trouble of its own."""
        return self.true is not None and self.true.outcome is Outcome.FAILED

    @property
    def is_answered_ours(self) -> bool:
        """Whether somebody with our certificate answers at the address that was given."""
        return self.answered is not None and has_handshake(self.answered)

    @property
    def is_answered_wrong(self) -> bool:
        """Whether a handshake was tried at the address that was given, and failed."""
        return self.answered is not None and self.answered.outcome is Outcome.FAILED


def gathered(case: Case) -> Facts | None:
    """Return what is known by now; None when no name is in doubt."""
    doubt = doubted(case)
    if doubt is None:
        return None
    case = _as_it_is_now(case, doubt)
    asked = case.answers.get
    queries = tuple(_same_questions(case, doubt))
    clashes = [found for query in queries if (found := contradictions(query))]
    return Facts(
        doubt=doubt,
        used=doubt.used,
        same=told(asked(ids.SAME)) or _repeated(case, doubt),
        sightings=tuple(one for query in queries for one in heard(query)),
        clash=clashes[0] if clashes else (),
        clashes_again=len(clashes) > 1,
        is_nobody_there=any(map(_is_nobody_there, _asked_since(case, doubt))),
        neutral=told(asked(ids.NEUTRAL)) or _for_others(case, doubt),
        by_tcp=told_surely(asked(ids.BY_TCP)),
        trusted=_trusted(case),
        dead=_from_nobody(asked(ids.DEAD)),
        dead_neutral=_from_nobody(asked(ids.DEAD_NEUTRAL)),
        a_record=told(asked(ids.A_RECORD)),
        unchecked=told(asked(ids.UNCHECKED)),
        checked_again=told(asked(ids.CHECKED_AGAIN)),
        lately=tuple(_lately(case, doubt)),
        is_told_since=any(_is_told(one, doubt) for one in _asked_since(case, doubt)),
        true=asked(ids.TRUE),
        answered=asked(ids.ANSWERED),
    )


def all_bogons(case: Case, said: Said | None) -> bool:
    """Tell whether an answer holds addresses, and all of them are ones that nobody is reached at."""
    if said is None or said.word != RECORDS:
        return False
    return all(is_bogon(one, case.means.bogons) for one in said.records)


def true_address(case: Case, facts: Facts) -> str | None:
    """Return an address that the name may really have, other than those that the answer gave; the best known first."""
    if not facts.is_about_addresses or (facts.trusted and not facts.trusted.records):
        return None
    given = facts.used.records if facts.used else frozenset()
    if facts.trusted and facts.trusted.records & given:
        return None
    return next((one for one in _candidates(case, facts) if one not in given and _is_dialable(one)), None)


def given_address(facts: Facts) -> str | None:
    """Return the address that the answer gave, where it gave one that somebody else can be at."""
    if not facts.is_about_addresses or facts.used is None:
        return None
    return next(filter(_is_dialable, sorted(facts.used.records)), None)


def _candidates(case: Case, facts: Facts) -> Iterator[str]:
    kind = 6 if facts.doubt.query.type == "AAAA" else 4
    for said in (facts.trusted, facts.by_tcp, *facts.clash[1:]):
        yield from sorted(said.records if said else ())
    if facts.used is not None and facts.used.word == RECORDS:
        yield from (one for one in case.known.vouched if ipaddress.ip_address(one).version == kind)


def _is_dialable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (
        address.is_unspecified or address.is_multicast or address.is_loopback or address.is_link_local
    )


def _as_it_is_now(case: Case, doubt: Doubt) -> Case:
    """Leave out answers from before the probe, which an earlier case asked for, if the resolver has changed its mind since.

    What a trusted resolver says of a name lasts longer than that.
    """
    same, since_ns = case.answers.get(ids.SAME), case.seen.started_at_ns
    if same is not None and (told(same) or SILENCE).agrees(doubt.used or SILENCE):
        return case
    answers = {
        name: one
        for name, one in case.answers.items()
        if one.ended_at_ns >= since_ns or name in ids.TRUSTED or not name.startswith("names.")
    }
    return replace(case, answers=answers)


def _trusted(case: Case) -> Said | None:
    """Return what trusted resolvers say; one that is spoken to in the clear is not heard where somebody answers for all."""
    is_intercepted = _from_nobody(case.answers.get(ids.DEAD_NEUTRAL)) is not None
    return first_telling(
        [
            told_surely(one)
            for name in ids.TRUSTED
            if (one := case.answers.get(name)) is not None
            and one.evidence.dns
            and (place(one.evidence.dns[-1].resolver).is_encrypted or not is_intercepted)
        ]
    )


def _repeated(case: Case, doubt: Doubt) -> Said | None:
    """Return what came of a question that was never answered when the whole probe was repeated."""
    again = case.answers.get(AGAIN)
    if again is None or doubt.used is not None:
        return None
    queries = [one for one in again.evidence.dns if _is_same(one, doubt)]
    said = (one for query in queries for one in heard(query))
    is_silent = bool(queries) and not any(one.responses for one in queries)
    return next(said, SILENCE if is_silent else None)


def _from_nobody(seen: Observation | None) -> Said | None:
    """Return what came from an address where nobody answers questions."""
    queries = seen.evidence.dns if seen is not None else ()
    return next((one for query in queries for one in heard(query)), None)


def _for_others(case: Case, doubt: Doubt) -> Said | None:
    """Return what the same resolver has said to somebody else's question since, such as for an anchor's name."""
    others = (query for query in _asked_since(case, doubt) if query.name != doubt.query.name)
    return next((one for query in others for one in heard(query) if one.is_answer), None)


def _lately(case: Case, doubt: Doubt) -> Iterator[Said]:
    for seen in sorted(case.known.lately, key=lambda one: one.started_at_ns):
        yield from (one for query in seen.evidence.dns if _is_same(query, doubt) for one in heard(query)[:1])


def _asked_since(case: Case, doubt: Doubt) -> Iterator[DnsQuery]:
    """Go through all questions that this resolver was asked from this vantage since the probe began."""
    since = (one for one in case.known.siblings if one.started_at_ns >= case.seen.started_at_ns)
    for seen in (case.seen, *case.answers.values(), *since):
        yield from (one for one in seen.evidence.dns if one.resolver == doubt.query.resolver)


def _is_told(query: DnsQuery, doubt: Doubt) -> bool:
    return _is_same(query, doubt) and any(one.word == RECORDS for one in heard(query))


def _is_nobody_there(query: DnsQuery) -> bool:
    return bool(query.icmp) and not query.responses


def _same_questions(case: Case, doubt: Doubt) -> Iterator[DnsQuery]:
    """Go through the times that this very question was asked of this resolver by datagram."""
    again = case.answers.get(AGAIN)
    same = case.answers.get(ids.SAME)
    for seen in (case.seen, again, same):
        for query in seen.evidence.dns if seen is not None else ():
            if _is_same(query, doubt):
                yield query


def _is_same(query: DnsQuery, doubt: Doubt) -> bool:
    wanted = doubt.query
    return (query.name, query.type, query.resolver) == (wanted.name, wanted.type, wanted.resolver)
