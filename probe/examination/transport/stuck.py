"""What it means that our words arrive and the answer does not: it is too large for the way, or the peer hangs; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import way
from probe.examination.transport import controls
from probe.examination.transport.contents import cut_short, is_last, is_stuck
from probe.examination.transport.elsewhere import Blame, blame
from probe.examination.transport.facts import Met, has_gap, is_through, met
from probe.examination.transport.heard import again, comes_and_goes, heard, told
from probe.examination.transport.kinds import HUNG
from probe.examination.transport.said import concluded
from probe.examination.transport.subject import Subject
from probe.model import Verdict
from probe.model.element import access, host


def _too_large(case: Case) -> Conclusion | None:
    about = cut_short(case)
    small = case.answers.get(controls.SMALL)
    if about is None or small is None or met(small) is not Met.ANSWERED or not is_through(small):
        return None
    facts, large = heard(case, about), again(case, about)
    is_swallowed = met(about.seen) is Met.UNACKED and facts.nameless is Met.UNACKED
    if (
        not (is_stuck(about) or is_swallowed)
        or large is None
        or is_through(large)
        or comes_and_goes(case, about)
    ):
        return None
    # Without a gap in what came it may be chance which of them was answered.
    if not (has_gap(about.seen) or has_gap(large) or facts.nameless not in (None, Met.ANSWERED)):
        return None
    return concluded(
        "bytes.large",
        "tcp.pmtu_blackhole",
        "small segments are answered as a whole, and of an answer in large ones nothing comes or only the end",
        _where_large_ones_vanish(case, about),
        told(case, controls.SMALL, controls.TARGET, controls.NEUTRAL, controls.NEAR),
    )


def _where_large_ones_vanish(case: Case, about: Subject) -> Blame:
    asked = told(case, controls.NEUTRAL, controls.NEAR)
    stuck = [one for one in asked if one.failure is not None and one.failure.cause == "tls.timeout"]
    if stuck and len(stuck) == len(asked):
        return access(case.vantage.name), Verdict.DOWN
    return blame(case, about, (way(case), Verdict.DOWN))


def _hung(case: Case) -> Conclusion | None:
    about = cut_short(case)
    if about is None or met(about.seen) is not Met.SILENT or not is_last(case, about):
        return None
    facts = heard(case, about)
    if facts.nameless is not Met.SILENT or facts.small is not Met.SILENT:
        return None
    return concluded(
        "peer.hung",
        HUNG[about.is_tls],
        "what we say is acknowledged and never answered, with our name or without, in small segments too",
        blame(case, about, (host(case.hop.name), Verdict.DOWN)),
        told(case, controls.NAMELESS, controls.SMALL, controls.TARGET),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="bytes.large",
        says="In segments of 536 bytes it is answered, and in usual ones again not.",
        causes=("tcp.pmtu_blackhole",),
        decide=_too_large,
        settles=True,
    ),
    Rule(
        id="peer.hung",
        says="The bytes are acknowledged and never answered, without our name and in small segments neither.",
        causes=tuple(HUNG.values()),
        decide=_hung,
        settles=True,
    ),
)
