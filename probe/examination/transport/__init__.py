"""Look into what happens to a connection between its first packet and the first answer: address, port, name, bytes, size.

Each module knows one kind of end: a connection that did not open, one that did not survive its first bytes, a certificate,
words of the peer's own, an answer without TLS, an answer that never ends. What happened at a wrong address says nothing of
the hop, so the part about names comes before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from probe.examination.case import Case, Control
from probe.examination.conclusion import Part, Rule
from probe.examination.transport import (
    addresses,
    answers,
    certificates,
    contents,
    impostors,
    peers,
    silence,
    sizes,
    stuck,
)
from probe.examination.transport.subject import Subject, subject
from probe.model import Observation

Asking = Callable[[Case, Subject], Iterator[Control]]


@dataclass(frozen=True, slots=True)
class _Kind:
    concerns: Callable[[Subject], bool]
    wanted: Asking


def _nothing(case: Case, about: Subject) -> Iterator[Control]:  # noqa: ARG001 - a role
    return iter(())


# An end is of one kind only; the order does not matter but for the first, which needs no word of the peer's.
_KINDS = (
    _Kind(addresses.concerns, addresses.wanted),
    _Kind(contents.concerns, contents.wanted),
    _Kind(certificates.concerns, certificates.wanted),
    _Kind(peers.concerns, _nothing),
    _Kind(sizes.concerns, sizes.wanted),
    _Kind(answers.concerns, answers.wanted),
)


def _kind(case: Case) -> tuple[_Kind, Subject] | None:
    about = subject(case)
    if about is None:
        return None
    return next(((kind, about) for kind in _KINDS if kind.concerns(about)), None)


def _concerns(case: Case) -> bool:
    return _kind(case) is not None


def _wanted(case: Case) -> tuple[Control, ...]:
    found = _kind(case)
    return () if found is None else tuple(found[0].wanted(case, found[1]))


def _is_odd(seen: Observation) -> bool:
    return certificates.is_odd(seen) or answers.is_odd(seen)


RULES: tuple[Rule, ...] = (
    *addresses.RULES,
    *silence.RULES,
    addresses.UNOPENED,
    *contents.RULES,
    *stuck.RULES,
    contents.UNANSWERED,
    *impostors.RULES,
    *certificates.RULES,
    *peers.RULES,
    *sizes.RULES,
    *answers.RULES,
)
PART = Part(name="transport", concerns=_concerns, wanted=_wanted, rules=RULES, is_odd=_is_odd)
