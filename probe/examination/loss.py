"""Tell from the last probes to a hop whether packets are lost on the way, now this one and now that one; pure.

One probe sends too few packets to tell. What counts is how many of the last ones that went well had to repeat something: those
that failed may have been kept from answering. Only repetitions are counted; segments out of their order may have taken
different ways.
"""

from collections.abc import Sequence

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion
from probe.examination.element import way
from probe.model import Observation, Phase, Verdict
from probe.model.element import access

# Of at least so many probes that went well, so many and so large a part repeated something, some of them words.
_LEAST, _LOSSY, _SHARE, _LOSSY_WORDS = 6, 3, 0.3, 2
# Of the last ones so many went well: where nothing passes for a while, nothing is lost at random.
_LAST, _LAST_GOOD = 6, 2
# A first packet is repeated after a second (RFC 6298, 2.1): one that took as long is no sign of how later ones fare.
_SECOND = 1.0
_WAITING = ("tcp.timeout", "tls.timeout", "http.timeout")

SAYS = (
    "It was waited for in vain, while of the last six probes or more that went well three in ten had to repeat packets, words"
    " among them."
)
CAUSES = ("perf.loss",)


def lossy(case: Case, rule: str) -> Conclusion | None:
    """Return the conclusion that packets are lost on the way to the hop, or in the vantage's own network."""
    lately = [one for one in case.known.lately if one.evidence.tcp is not None]
    if not case.is_of(*_WAITING) or not is_lossy(lately):
        return None
    others = [one for one in case.known.good if one.series.hop != case.hop.name]
    is_everywhere = sum(map(_has_repeated, others)) * 2 > len(others) > 0
    return Conclusion(
        verdict=Verdict.DEGRADED,
        causes=CAUSES,
        rule=rule,
        detail="an answer was waited for in vain, and of the last probes to the hop that went well many had to repeat"
        " packets",
        element=access(case.vantage.name) if is_everywhere else way(case),
        used=tuple(one for one in lately if _has_repeated(one)),
    )


def is_lossy(lately: Sequence[Observation]) -> bool:
    """Tell whether these observations, the oldest first, show that packets are lost at random."""
    good = [one for one in lately if one.failure is None]
    repeating = [one for one in good if _has_repeated(one)]
    in_words = [one for one in repeating if _opened_at_once(one)]
    last_good = [one for one in lately[-_LAST:] if one.failure is None]
    return (
        len(good) >= _LEAST
        and len(repeating) >= max(_LOSSY, _SHARE * len(good))
        and len(in_words) >= _LOSSY_WORDS
        and len(last_good) >= _LAST_GOOD
    )


def _has_repeated(seen: Observation) -> bool:
    info = seen.evidence.tcp.info if seen.evidence.tcp is not None else None
    return info is not None and info.total_retransmits > 0


def _opened_at_once(seen: Observation) -> bool:
    return any(one.phase is Phase.CONNECT and one.seconds < _SECOND for one in seen.timings)
