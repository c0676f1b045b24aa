"""What it means that nobody answers a connection attempt: the port, the address, its network, or we who are not answered; pure."""

from probe.examination.case import Case
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.element import way
from probe.examination.transport import controls
from probe.examination.transport.addresses import at_the_door, said_by
from probe.examination.transport.elsewhere import blame, works_elsewhere, works_for_neighbours
from probe.examination.transport.facts import Met, met
from probe.examination.transport.heard import is_mute, is_same_place, last_good_ns, other_ports, told
from probe.examination.transport.pace import is_alive
from probe.examination.transport.said import concluded
from probe.examination.transport.subject import Subject
from probe.model import Observation, Verdict
from probe.model.element import host


def _told_lately(case: Case) -> Conclusion | None:
    about = _silent(case)
    if about is None:
        return None
    since = last_good_ns(case, about)
    others = (*case.known.lately, *told(case, controls.TARGET))
    said = [
        one
        for one in others
        if one.started_at_ns > since and met(one) is Met.UNREACHABLE and is_same_place(one, about)
    ]
    if not said or said[-1].failure is None:
        return None
    return concluded(
        "tcp.told-lately",
        said[-1].failure.cause,
        "nothing is said this time, and lately it was said that the address cannot be reached: "
        + said[-1].failure.detail,
        said_by(about, said[-1], case),
        (said[-1],),
    )


def _port(case: Case) -> Conclusion | None:
    about = _silent(case)
    if about is None or not is_alive(case, about):
        return None
    elsewhere = works_elsewhere(case, about)
    return concluded(
        "tcp.port",
        "tcp.timeout.port",
        f"port {about.port} does not answer, and another port of the address does",
        blame(case, about, (way(case), Verdict.DOWN)),
        (*other_ports(case, about).values(), *elsewhere),
    )


def _banned(case: Case) -> Conclusion | None:
    about = _silent(case)
    if about is None or not is_mute(case, about) or not about.is_hop:
        return None
    others = works_for_neighbours(case, about)
    if not others:
        return None
    return concluded(
        "tcp.source",
        "tcp.timeout.src_banned",
        "no port of the address answers us, and it answers another vantage of the same provider",
        (host(case.hop.name), Verdict.BLOCKED),
        (*other_ports(case, about).values(), *others),
    )


def _prefix(case: Case) -> Conclusion | None:
    about = _silent(case)
    beside = _neighbours(case)
    if about is None or not is_mute(case, about) or not beside or not _others_answer(case, about):
        return None
    if any(met(one) is not Met.UNANSWERED for one in beside):
        return None
    return concluded(
        "tcp.prefix",
        "tcp.timeout.prefix",
        "neither the address nor another hop in the same network answers, and other networks do",
        blame(case, about, (way(case), Verdict.DOWN)),
        (*other_ports(case, about).values(), *beside),
    )


def _address(case: Case) -> Conclusion | None:
    about = _silent(case)
    if about is None or not is_mute(case, about) or not _others_answer(case, about):
        return None
    if any(met(one) is Met.UNANSWERED for one in _neighbours(case)):
        return None
    elsewhere = works_elsewhere(case, about)
    return concluded(
        "tcp.address",
        "tcp.timeout.ip",
        "no port of the address that was tried answers, and other networks do",
        blame(case, about, (way(case), Verdict.DOWN)),
        (*other_ports(case, about).values(), *_neighbours(case), *elsewhere),
    )


def _silent(case: Case) -> Subject | None:
    about = at_the_door(case)
    return about if about is not None and met(about.seen) is Met.UNANSWERED else None


def _neighbours(case: Case) -> tuple[Observation, ...]:
    return tuple(seen for key, seen in case.answers.items() if key.startswith(controls.NEIGHBOUR))


def _others_answer(case: Case, about: Subject) -> bool:
    """Tell whether something else answers meanwhile, an anchor beyond the border too if one was asked."""
    abroad = {one.hop.name for one in case.means.anchors if one.where == "abroad"}
    anchors = {one.hop.name for one in case.means.anchors}
    asked = [(seen.series.hop, met(seen)) for seen in case.answers.values() if seen.series.hop in anchors]
    beyond = [found for hop, found in asked if hop in abroad]
    if beyond and not any(one not in (None, Met.UNANSWERED) for one in beyond):
        return False
    since = about.seen.started_at_ns
    others = [met(one) for one in case.known.siblings if one.started_at_ns >= since and _is_apart(one, about)]
    return any(one not in (None, Met.UNANSWERED) for one in (*(found for _, found in asked), *others))


def _is_apart(seen: Observation, about: Subject) -> bool:
    tcp = seen.evidence.tcp
    return tcp is not None and seen.evidence.proxy is None and tcp.address != about.address


RULES: tuple[Rule, ...] = (
    Rule(
        id="tcp.told-lately",
        says="The address is silent, and since it was last well somebody said of the same place that it cannot be reached:"
        " routers limit how often they say so (RFC 1812, 4.3.2.8).",
        causes=("tcp.unreachable",),
        decide=_told_lately,
    ),
    Rule(
        id="tcp.port",
        says="The port is silent, and another port of the same address answers, be it with a refusal.",
        causes=("tcp.timeout.port",),
        decide=_port,
    ),
    Rule(
        id="tcp.source",
        says="No port of the address answers from here, and another vantage of the same provider is answered.",
        causes=("tcp.timeout.src_banned",),
        decide=_banned,
    ),
    Rule(
        id="tcp.prefix",
        says="No port of the address answers, nor does any other hop in the same /24 (IPv6: /48).",
        causes=("tcp.timeout.prefix",),
        decide=_prefix,
    ),
    Rule(
        id="tcp.address",
        says="No port of the address answers, and others beside or beyond it do.",
        causes=("tcp.timeout.ip",),
        decide=_address,
    ),
)
