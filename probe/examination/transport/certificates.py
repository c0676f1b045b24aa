"""What it means that a certificate is not to be trusted: the hop's own fault, or somebody else's certificate; pure."""

from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import is_below, way
from probe.examination.transport import controls
from probe.examination.transport.elsewhere import Blame
from probe.examination.transport.interceptors import interceptor
from probe.examination.transport.said import kept
from probe.examination.transport.subject import Subject, subject
from probe.model import Certificate, Observation, Outcome, Verdict
from probe.model.element import host

# What an interceptor's certificate is refused for; one that is out of its time only is the hop's own, or the clock's.
STRANGE = (
    "tls.cert.incomplete_chain",
    "tls.cert.unknown_authority",
    "tls.cert.self_signed",
    "tls.cert.name_mismatch",
    "tls.cert.invalid",
)
LATELY_NS = 60 * 10**9


def concerns(about: Subject) -> bool:
    """Tell whether a certificate was refused, or one was accepted that somebody made on the way."""
    return is_below(about.cause, ("tls.cert",)) or is_odd(about.seen)


def is_odd(seen: Observation) -> bool:
    """Tell whether all went well with a certificate that was made on the way: its authority is trusted on this machine."""
    tls = seen.evidence.tls
    return seen.outcome is Outcome.OK and tls is not None and interceptor(tls.chain) is not None


def wanted(case: Case, about: Subject) -> Iterator[Control]:
    """Ask who else speaks for the address: how far away it is by its other ports, and what it shows under another name."""
    if strange(case) is None:
        return
    yield from controls.ports(case, about)
    # Of an anchor without TLS nobody knows which authority it should be trusted by.
    if any(one.hop.scheme == "https" for one in case.means.anchors):
        yield from controls.at_anchor(case, about)
    if (one := controls.foreign(case, about)) is not None:
        yield one


def refused(case: Case) -> Subject | None:
    """Return the handshake whose certificate is looked into; None where it is about something else."""
    about = subject(case)
    return about if about is not None and concerns(about) else None


def leaf_of(seen: Observation | None) -> Certificate | None:
    """Return the server's own certificate."""
    tls = seen.evidence.tls if seen is not None else None
    return tls.chain[0] if tls is not None and tls.chain else None


def _is_known(case: Case, about: Subject) -> bool:
    leaf = leaf_of(about.seen)
    return leaf is not None and leaf.spki_sha256 in case.known.keys


def _with_the_same_key(case: Case, about: Subject) -> tuple[Observation, ...]:
    """Return what other vantages saw of the same key."""
    key = key_of(about.seen)
    return tuple(one for one in case.known.elsewhere if key is not None and key_of(one) == key)


def _same_elsewhere(case: Case) -> Conclusion | None:
    about = refused(case)
    if about is None or not is_below(about.cause, STRANGE):
        return None
    same = _with_the_same_key(case, about)
    if not same and not _is_known(case, about):
        return None
    blamed: Blame = (host(case.hop.name) if about.is_hop else way(case), Verdict.DOWN)
    return kept(case, "certificate.same-elsewhere", about.cause, blamed, same)


def _own_fault(case: Case) -> Conclusion | None:
    about = refused(case)
    if about is None or not about.cause:
        return None
    tls = about.seen.evidence.tls
    cause = about.cause
    if cause == "tls.cert.incomplete_chain" and tls is not None and _brings_its_issuer(tls.chain):
        cause = "tls.cert.unknown_authority"
    blamed: Blame = (host(case.hop.name) if about.is_hop else way(case), Verdict.DOWN)
    return kept(case, "certificate.own", cause, blamed)


def _brings_its_issuer(chain: tuple[Certificate, ...]) -> bool:
    """Tell whether the issuer was sent along, so that what is missing is not an intermediate certificate but trust."""
    return len(chain) > 1 and any(one.subject == chain[0].issuer for one in chain[1:])


def strange(case: Case) -> Subject | None:
    """Return the subject when its certificate is one that was never seen at the hop and that nobody trusts."""
    about = refused(case)
    if about is None or not is_below(about.cause, STRANGE):
        return None
    return None if _is_known(case, about) or _with_the_same_key(case, about) else about


def key_of(seen: Observation) -> str | None:
    """Return what identifies the key of the server's own certificate."""
    leaf = leaf_of(seen)
    return leaf.spki_sha256 if leaf is not None else None


RULES: tuple[Rule, ...] = (
    Rule(
        id="certificate.same-elsewhere",
        says="The same key was seen at the hop before, or from another vantage: the certificate is the hop's own.",
        causes=("tls.cert",),
        decide=_same_elsewhere,
    ),
    Rule(
        id="certificate.own",
        says="Nothing tells that the certificate is anybody else's; where its issuer was sent along, none is missing.",
        causes=("tls.cert",),
        decide=_own_fault,
    ),
)
