"""What it means that an answer to a request never ends, or never begins, where gaps show in what arrives: its size; pure."""

from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import is_below, way
from probe.examination.repeat import AGAIN
from probe.examination.transport import controls
from probe.examination.transport.elsewhere import blame
from probe.examination.transport.facts import has_gap
from probe.examination.transport.heard import again
from probe.examination.transport.said import concluded
from probe.examination.transport.subject import Subject, subject
from probe.model import Observation, Outcome, Verdict
from probe.model.element import access

_ENDLESS = ("http.timeout", "http.truncated")
# An answer with its headers that is no larger fits in one packet of every usual link.
_FITS_BYTES = 500


def concerns(about: Subject) -> bool:
    """Tell whether a request has no answer, or none that ends."""
    return is_below(about.cause, _ENDLESS)


def _may_be_for_size(case: Case, about: Subject) -> bool:
    """Tell whether large segments can have vanished: there is a gap, or what came before filled more than a small one."""
    before = case.known.before.evidence.http if case.known.before is not None else None
    is_large = before is not None and before.body_bytes > _FITS_BYTES
    return has_gap(about.seen) or _is_half_acked(about.seen) or is_large


def _is_half_acked(seen: Observation) -> bool:
    tcp = seen.evidence.tcp
    info = tcp.info if tcp is not None else None
    if tcp is None or info is None or info.bytes_acked is None:
        return False
    return 1 < info.bytes_acked < tcp.sent_bytes + 1 and info.unacked_segments > 0


def wanted(case: Case, about: Subject) -> Iterator[Control]:
    """Ask the same in small segments and in usual ones, at once."""
    if about.is_hop and controls.is_free(case) and _may_be_for_size(case, about):
        if AGAIN not in case.answers:
            yield controls.same_request(case, about, controls.TARGET)
        yield controls.same_request(case, about, controls.SMALL, is_small=True)


def _too_large(case: Case) -> Conclusion | None:
    about = subject(case)
    small = case.answers.get(controls.SMALL)
    large = again(case, about) if about is not None else None
    if about is None or not concerns(about) or small is None or large is None or large.failure is None:
        return None
    if (
        small.outcome is not Outcome.OK
        or not is_below(large.failure.cause, _ENDLESS)
        or not _may_be_for_size(case, about)
    ):
        return None
    element = access(case.vantage.name) if _is_everywhere(case, about) else way(case)
    return concluded(
        "answer.large",
        "tcp.pmtu_blackhole",
        "in small segments the answer comes, and in usual ones it again does not",
        blame(case, about, (element, Verdict.DOWN)),
        (small, large),
    )


def _is_everywhere(case: Case, about: Subject) -> bool:
    """Tell whether another hop of ours has gaps in its answers as well."""
    since = about.seen.started_at_ns
    return any(
        one.started_at_ns >= since
        and one.failure is not None
        and has_gap(one)
        and one.series.hop != case.hop.name
        for one in case.known.siblings
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="answer.large",
        says="An answer with gaps, or one that was large before, comes whole in segments of 536 bytes, and in usual ones again"
        " not.",
        causes=("tcp.pmtu_blackhole",),
        decide=_too_large,
        settles=True,
    ),
)
