"""What tells that a certificate is not the hop's own but one of somebody on the way; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import is_below, way
from probe.examination.transport import controls
from probe.examination.transport.certificates import LATELY_NS, STRANGE, key_of, leaf_of, refused, strange
from probe.examination.transport.elsewhere import Blame
from probe.examination.transport.facts import Met, is_sooner, met, round_trip
from probe.examination.transport.heard import other_ports, told
from probe.examination.transport.interceptors import interceptor, is_on_the_machine
from probe.examination.transport.pace import fastest
from probe.examination.transport.said import concluded
from probe.examination.transport.subject import Subject
from probe.examination.transport.vouching import covers
from probe.model import Anchor, Observation, Verdict
from probe.model.element import access


def _by_a_known_one(case: Case) -> Conclusion | None:
    about = refused(case)
    tls = about.seen.evidence.tls if about is not None else None
    who = interceptor(tls.chain) if tls is not None else None
    if about is None or who is None:
        return None
    verdict = Verdict.BLOCKED if about.cause else Verdict.OK
    where = "a program on this machine" if is_on_the_machine(who) else "somebody on the way"
    return concluded(
        "certificate.interceptor",
        "tls.interception",
        f"the certificate was made by {where}: its issuer is {who}",
        (access(case.vantage.name), verdict),
    )


def _other_elsewhere(case: Case) -> Conclusion | None:
    about = strange(case)
    if about is None:
        return None
    others = [one for one in case.known.elsewhere if _is_well_now(one, about)]
    if not others:
        return None
    return concluded(
        "certificate.other-elsewhere",
        "tls.interception",
        "another vantage gets another key from the hop, and a certificate that verifies",
        _intercepted(case, about),
        tuple(others),
    )


def _nearer(case: Case) -> Conclusion | None:
    about = strange(case)
    if about is None or not is_sooner(round_trip(about.seen), fastest(case, about)):
        return None
    return concluded(
        "certificate.nearer",
        "tls.interception",
        "a certificate that was never seen there comes from somebody nearer than the address: its other ports take longer",
        _intercepted(case, about),
        tuple(other_ports(case, about).values()),
    )


def _made_to_order(case: Case) -> Conclusion | None:
    about = strange(case)
    mine, other = (
        leaf_of(about.seen) if about is not None else None,
        leaf_of(case.answers.get(controls.FOREIGN)),
    )
    if about is None or mine is None or other is None or mine.issuer != other.issuer:
        return None
    names = case.means.server_names
    if mine.sha256 == other.sha256 or not any(covers(other.names, one) for one in names):
        return None
    return concluded(
        "certificate.to-order",
        "tls.interception",
        "whoever answers has a certificate of the same issuer for a name that is not the hop's: they are made as they are"
        " asked for",
        _intercepted(case, about),
        told(case, controls.FOREIGN),
    )


def _same_issuer(case: Case) -> Conclusion | None:
    about = strange(case)
    mine, other = leaf_of(about.seen) if about is not None else None, case.answers.get(controls.NEUTRAL)
    theirs = leaf_of(other)
    if about is None or mine is None or other is None or theirs is None or other.failure is None:
        return None
    if other.series.hop not in {one.hop.name for one in case.means.anchors if one.hop.scheme == "https"}:
        return None
    if mine.issuer != theirs.issuer or not is_below(other.failure.cause, STRANGE):
        return None
    return concluded(
        "certificate.one-issuer",
        "tls.interception",
        "an anchor that has nothing to do with the hop shows a certificate of the same issuer, which nobody trusts",
        (access(case.vantage.name), Verdict.BLOCKED),
        (other,),
    )


def _is_well_now(seen: Observation, about: Subject) -> bool:
    tls, tcp = seen.evidence.tls, seen.evidence.tcp
    if tls is None or tcp is None or tls.verify_code or tls.version is None:
        return False
    is_now = seen.started_at_ns >= about.seen.started_at_ns - LATELY_NS
    is_same_place = (tcp.address, tcp.port) == (about.address, about.port)
    return is_now and is_same_place and key_of(seen) not in (None, key_of(about.seen))


def on_the_way(case: Case, seconds: float | None) -> Blame:
    """Blame the vantage's own network for what comes sooner than an anchor of this side answers, and else the way."""
    near = {one.hop.name for one in case.means.anchors if one.where == "domestic"}
    times = [
        round_trip(one)
        for one in case.answers.values()
        if one.series.hop in near and met(one) is Met.ANSWERED
    ]
    known = [trip for trip in times if trip is not None]
    is_nearer = bool(known) and is_sooner(seconds, min(known))
    return access(case.vantage.name) if is_nearer else way(case), Verdict.BLOCKED


def _intercepted(case: Case, about: Subject) -> Blame:
    """Blame as above; who ends TLS does so in the user's own network, where nothing tells otherwise."""
    if not any(one.where == "domestic" and _was_asked(case, one) for one in case.means.anchors):
        return access(case.vantage.name), Verdict.BLOCKED
    return on_the_way(case, round_trip(about.seen))


def _was_asked(case: Case, anchor: Anchor) -> bool:
    return any(
        one.series.hop == anchor.hop.name and met(one) is Met.ANSWERED for one in case.answers.values()
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="certificate.interceptor",
        says="The issuer is known for certificates that are made on the way (superfish, edellroot, security software,"
        " companies' filters), be they trusted on this machine or not.",
        causes=("tls.interception",),
        decide=_by_a_known_one,
    ),
    Rule(
        id="certificate.other-elsewhere",
        says="Another vantage gets another key at the same address and port, and that certificate verifies.",
        causes=("tls.interception",),
        decide=_other_elsewhere,
    ),
    Rule(
        id="certificate.nearer",
        says="A certificate never seen at the hop comes in less than 0.8 of the time that other ports of the address take.",
        causes=("tls.interception",),
        decide=_nearer,
    ),
    Rule(
        id="certificate.to-order",
        says="Asked for a neutral name, who answers has a certificate for that too, of the same issuer that nobody trusts.",
        causes=("tls.interception",),
        decide=_made_to_order,
    ),
    Rule(
        id="certificate.one-issuer",
        says="An anchor that speaks TLS shows a certificate of the same issuer, and it is not to be trusted there either.",
        causes=("tls.interception",),
        decide=_same_issuer,
    ),
)
