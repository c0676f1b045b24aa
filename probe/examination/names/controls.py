"""Which questions tell a lie about a name from a fact, and in which order they are asked; pure.

The first round asks whom the answer is to be compared with. Who gave it, and how the addresses are, is asked only when
answers differ; and where naming ourselves may be punished, a handshake without a name goes before.
"""

from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.names import ids, questions
from probe.examination.names.doubt import expected_name, is_by_tls, is_told_already
from probe.examination.names.facts import Facts, gathered, given_address, true_address
from probe.examination.names.judging import is_clash_sure
from probe.examination.names.said import SERVFAIL, SILENT, Said, contradictions
from probe.model import Layer, Outcome

# What may be a filter's answer to our name, and be followed by a time in which everything is punished.
_PUNISHED = ("tls.reset", "tls.closed", "tls.timeout")


def wanted(case: Case) -> tuple[Control, ...]:
    """Return what to ask next."""
    facts = gathered(case)
    if facts is None or is_told_already(case, facts.doubt):
        return ()
    first = tuple(_first(case, facts))
    if not any(one.id in case.answers for one in first):
        return first
    return *first, *_second(case, facts), *_last(case, facts)


def _first(case: Case, facts: Facts) -> Iterator[Control]:
    """Ask what tells most; what stands first is asked when there is not enough left for all."""
    doubt, used = facts.doubt, facts.used
    if doubt.is_vouched:
        yield from questions.trusted(case, doubt)[:1]
        return
    # Where the whole probe was repeated, its silence is known.
    if used is not None or facts.same is None or ids.SAME in case.answers:
        yield questions.same(case, doubt)
    yield from questions.trusted(case, doubt)[:1]
    if used is None:
        yield from _of_silence(case, facts)
    elif used.word == SERVFAIL:
        yield questions.unchecked(case, doubt)
    elif questions.may_be_forged(case, doubt) and not contradictions(doubt.query):
        yield from questions.nobody(case, doubt)


def _of_silence(case: Case, facts: Facts) -> Iterator[Control]:
    if facts.neutral is None or ids.NEUTRAL in case.answers:
        yield questions.neutral(case, facts.doubt)
    if facts.doubt.query.type == "AAAA":
        yield questions.a_record(case, facts.doubt)


def _second(case: Case, facts: Facts) -> Iterator[Control]:
    """Ask on where the first answers leave it open: another one who is trusted, and who it was that answered, or did not."""
    if facts.trusted is None:
        yield from questions.trusted(case, facts.doubt)[1:]
    if facts.unchecked is not None and facts.unchecked.is_answer:
        yield questions.checked_again(case, facts.doubt)
    if facts.used is None:
        # Whoever answers for others, and not for us, may do so on a connection.
        if facts.doubt.is_open and facts.neutral is not None and facts.neutral.word != SILENT:
            yield questions.by_tcp(case, facts.doubt)
    elif facts.reference is None or facts.used.contradicts(facts.reference):
        yield from _about_author(case, facts, facts.used)


def _about_author(case: Case, facts: Facts, used: Said) -> Iterator[Control]:
    doubt = facts.doubt
    if doubt.is_vouched:
        yield questions.same(case, doubt)
        return
    if facts.dead is not None:
        yield questions.nobody_neutral(case, doubt)
    elif used.is_answer and doubt.is_open and not is_clash_sure(case, facts):
        yield questions.by_tcp(case, doubt)
        if facts.neutral is None:
            yield questions.neutral(case, doubt)
    given = given_address(facts)
    if given is not None and case.seen.evidence.tcp is None and is_by_tls(case, doubt):
        yield questions.handshake(case, doubt, ids.ANSWERED, given, expected_name(case, doubt))


def _last(case: Case, facts: Facts) -> Iterator[Control]:
    """Try the true address: a handshake where there is a certificate to vouch for it, or else the same as the check."""
    doubt, address = facts.doubt, true_address(case, facts)
    if address is None or not _is_worth_trying(case, facts):
        return
    if not is_by_tls(case, doubt):
        yield from questions.same_probe(case, doubt, address)
        return
    if case.is_of(*_PUNISHED):
        yield questions.handshake(case, doubt, ids.TRUE_UNNAMED, address, "")
        if ids.TRUE_UNNAMED not in case.answers:
            return
    yield questions.handshake(case, doubt, ids.TRUE, address, expected_name(case, doubt))


def _is_worth_trying(case: Case, facts: Facts) -> bool:
    """Tell whether it matters how the true address is: the probe would have gone there, or nobody is where it was sent."""
    is_connecting = case.seen.outcome is Outcome.FAILED and Layer.TCP in case.prober.layers
    return is_connecting or facts.is_answered_wrong
