"""What it means that the peer itself spoke against a handshake, or spoke something else than TLS; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import is_below, way
from probe.examination.transport.said import kept
from probe.examination.transport.subject import Subject, subject
from probe.model import Verdict
from probe.model.element import host

_SPOKEN = (
    "tls.alert",
    "tls.not_tls",
    "tls.local_policy",
    "tls.too_large",
    "tls.protocol",
    "tls.failed",
    "tcp.closed",
    "tcp.silent",
)


def concerns(about: Subject) -> bool:
    """Tell whether the peer's own words ended the handshake."""
    return is_below(about.cause, _SPOKEN)


def _said(case: Case) -> Conclusion | None:
    about = subject(case)
    if about is None or not concerns(about):
        return None
    element = host(case.hop.name) if about.is_hop else way(case)
    return kept(case, "peer.said", about.cause, (element, Verdict.DOWN))


RULES: tuple[Rule, ...] = (
    Rule(
        id="peer.said",
        says="The peer ended the handshake in words of its own: an alert, a protocol we refuse, or no TLS at all.",
        causes=("tls", "tcp"),
        decide=_said,
    ),
)
