"""The vantage's own trouble, which is looked for first: link, gateway, access, portal, proxy, clock, IPv6; pure.

One neutral place that does not answer proves nothing. Where nobody can be compared with, nothing is concluded.
"""

from dataclasses import replace

from probe.examination.case import Case, Control
from probe.examination.conclusion import Part
from probe.examination.local import clock, immediate, ipv6, known, portal, proxies, silence, trust
from probe.examination.local.comparison import anchors, answered, comparisons, is_comparison
from probe.examination.local.explains import DATES, PORTAL, explains
from probe.examination.local.reach import ended_as, is_verified
from probe.model import AddressFamily, Outcome


def _concerns(case: Case) -> bool:
    if case.seen.outcome is Outcome.NOT_MEASURED:
        return immediate.is_told(case.seen, case.family)
    if case.seen.outcome is not Outcome.FAILED:
        return False
    cause, evidence = ended_as(case.seen), case.seen.evidence
    return silence.is_silence(case) or explains(PORTAL, cause, evidence) or proxies.is_proxied(case)


def _wanted(case: Case) -> tuple[Control, ...]:
    if case.ailment is not None or (silence.is_plain(case) and not ipv6.is_in_question(case)):
        return ()
    if case.cause == proxies.FAKE:
        return tuple(proxies.through(case))
    if (immediate.is_told(case.seen, case.family) and not ipv6.is_in_question(case)) or _is_contradicted(
        case
    ):
        return ()
    if any(is_comparison(name) for name in case.answers):
        return tuple(portal.handshake(case)) if portal.is_suspected(case) else ()
    if ipv6.is_in_question(case):
        every = (*anchors(case, AddressFamily.IPV6), *anchors(case, AddressFamily.IPV4))
        return tuple(replace(one, spared=ipv6.is_heard) for one in every)
    if silence.is_silence(case):
        return tuple(replace(one, spared=_is_heard) for one in comparisons(case))
    # What several hosts share is learnt at once.
    return (*comparisons(case), *(portal.handshake(case) if trust.is_untrusted(case.seen) else ()))


def _is_heard(case: Case) -> bool:
    """Tell whether somebody far away has answered, and nothing says so far that it was a portal."""
    return bool(answered(case)) and not portal.is_suspected(case)


def _is_contradicted(case: Case) -> bool:
    """Tell whether the schedule itself has heard of others meanwhile, so that there is nothing to ask them for."""
    if ended_as(case.seen) in DATES:
        return False
    heard = [one for one in answered(case) if one.outcome is Outcome.OK]
    if silence.is_silence(case) and all(one.scheme == "http" for one in case.everywhere):
        return bool(heard)
    # Whoever answers plainly may be a portal.
    return any(is_verified(one.evidence) for one in heard)


PART = Part(
    name="local",
    concerns=_concerns,
    wanted=_wanted,
    rules=(
        ipv6.BROKEN,
        proxies.WORKS,
        proxies.DEAD_END,
        immediate.OWN,
        clock.WRONG,
        portal.AT_WORK,
        silence.SILENT_GATEWAY,
        silence.NOBODY,
        known.AILING,
        trust.BROKEN,
        silence.ALONE,
    ),
)
