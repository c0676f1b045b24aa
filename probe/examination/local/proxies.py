"""A local proxy that takes every connection and gets nobody through, declared or only seen by what it does; pure."""

import ipaddress
from collections.abc import Iterator

from probe.examination.case import Case, Control
from probe.examination.conclusion import Conclusion, Rule
from probe.examination.local.comparison import ENOUGH, SECONDS, answers
from probe.examination.local.explains import PROXY, explains
from probe.examination.local.immediate import of_proxy
from probe.examination.local.reach import ended_as, has_answered, is_verified
from probe.model import Evidence, Hop, Layer, Observation, Outcome, Overrides, Taint, Verdict
from probe.prober.tls import Tls

FAKE = "local.fake_ip"
# The hop, and another one, by the addresses that the proxy made up for them.
THROUGH, THROUGH_TOO = "proxy:hop", "proxy:other"
_PROXIED = "meta.proxied_vantage"
_HANDSHAKE_PACKETS, _PROBE_PACKETS = 16, 24


def is_proxied(case: Case) -> bool:
    """Tell whether a proxy of this machine took the connection, whoever said so."""
    return case.vantage.proxied or case.seen.evidence.proxy is not None or Taint.PROXIED in case.seen.taints


def through(case: Case) -> Iterator[Control]:
    """Ask the hop and another one by way of the addresses that the proxy made up, as any program here would."""
    own = _made_up(case.seen.evidence)
    if own is None or Layer.TCP not in case.prober.layers:
        return
    yield Control(
        id=THROUGH,
        kind=case.seen.kind,
        hop=case.hop,
        prober=case.prober,
        overrides=Overrides(address=own),
        seconds=2 * SECONDS,
        packets=_PROBE_PACKETS,
    )
    for hop, address in _others(case):
        yield Control(
            id=THROUGH_TOO,
            kind="tls",
            hop=hop,
            prober=Tls(),
            overrides=Overrides(address=address),
            seconds=SECONDS,
            packets=_HANDSHAKE_PACKETS,
        )
        return


def _others(case: Case) -> Iterator[tuple[Hop, str]]:
    hops = {one.name: one for one in case.everywhere}
    for seen in case.known.siblings:
        hop, address = hops.get(seen.series.hop), _made_up(seen.evidence)
        is_fake = seen.failure is not None and seen.failure.cause == FAKE
        if hop is not None and hop.host != case.hop.host and hop.scheme == "https" and is_fake and address:
            yield hop, address


def _made_up(evidence: Evidence) -> str | None:
    """Return the address that the last question was answered with."""
    for query in reversed(evidence.dns):
        for response in query.responses:
            for record in response.records:
                if record.type in ("A", "AAAA") and _is_literal(record.data):
                    return record.data
    return None


def _is_literal(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _works(case: Case) -> Conclusion | None:
    seen = case.answers.get(THROUGH)
    if case.cause != FAKE or seen is None or seen.outcome is not Outcome.OK:
        return None
    return Conclusion(
        verdict=Verdict.OK,
        causes=(_PROXIED,),
        rule="local.proxied",
        detail="a local proxy makes up the addresses and gets through to the hop; its time would be told as the hop's",
        element=of_proxy(case),
        used=(seen,),
    )


def _is_dead_end(case: Case) -> Conclusion | None:
    """Fit when the proxy connects, or takes the request, and neither the hop nor any other host is heard behind it."""
    by_fake = [one for name in (THROUGH, THROUGH_TOO) if (one := case.answers.get(name)) is not None]
    if case.cause == FAKE:
        is_broken = len(by_fake) == ENOUGH and all(_is_mute(one) for one in by_fake)
        return _broken(case, by_fake) if is_broken else None
    if not is_proxied(case) or not explains(PROXY, ended_as(case.seen), case.seen.evidence):
        return None
    others = answers(case)
    mute = [one for one in others if _is_mute(one) and one.series.hop != case.series.hop]
    if any(has_answered(one) for one in others) or len({one.series.hop for one in mute}) < ENOUGH:
        return None
    return _broken(case, mute)


def _is_mute(seen: Observation) -> bool:
    is_heard = is_verified(seen.evidence) or (seen.evidence.http is not None and seen.evidence.http.status)
    cause = ended_as(seen)
    return not is_heard and (cause == PROXY or explains(PROXY, cause, seen.evidence))


def _broken(case: Case, used: list[Observation]) -> Conclusion:
    return Conclusion(
        verdict=Verdict.DOWN,
        causes=(PROXY,),
        rule="local.proxy",
        detail=f"the vantage's proxy takes connections and none of {len(used) + 1} hosts is heard behind it",
        element=of_proxy(case),
        used=tuple(used),
    )


WORKS = Rule(
    id="local.proxied",
    says="The resolver gives addresses that a local proxy made up, and by them the hop answers.",
    causes=(_PROXIED,),
    decide=_works,
    settles=True,
)
DEAD_END = Rule(
    id="local.proxy",
    says="A local proxy takes the connection to the hop and to two other hosts, and nobody is heard behind it.",
    causes=(PROXY,),
    decide=_is_dead_end,
    settles=True,
)
