"""Stories to show on the page: a healthy chain, a broken leg, nothing known, and a hostile target."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from probe.model import (
    DnsQuery,
    DnsRecord,
    DnsResponse,
    Event,
    Evidence,
    Failure,
    Http,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Pending,
    Phase,
    Series,
    Taint,
    Tcp,
    Tls,
    Verdict,
)
from probe.plan import Plan
from tests.web_chain import DOWN, HUNG, NOW_NS, QUOTA, RESET, SECOND, Recorder, plan, series

PORTAL = Failure(
    cause="tls.cert.name_mismatch",
    detail="the certificate is for login.hotel.example",
    phase=Phase.TLS,
    after_seconds=0.09,
)
_ANSWERED = DnsQuery(
    name="hk-vps.lab.test",
    type="A",
    resolver="https://dns.example/dns-query#192.0.2.53",
    transport="https",
    responses=(
        DnsResponse(
            after_seconds=0.03,
            rcode="NOERROR",
            authoritative=False,
            truncated=False,
            records=(DnsRecord(name="hk-vps.lab.test", type="A", ttl=60, data="203.0.113.9"),),
            role="used",
        ),
    ),
)


@dataclass
class Story:
    """A plan and what happened on it."""

    plan: Plan
    events: Sequence[Event]
    notes: Sequence[str] = field(default_factory=tuple)


def healthy() -> Story:
    """All checks answer."""
    recorder = Recorder()
    events = [event for probe in recorder.plan.probes for event in recorder.history(probe.series)]
    return Story(recorder.plan, _in_order(events))


def broken() -> Story:
    """The relay resets handshakes from one vantage; earlier a quota ran out; a probe hangs."""
    recorder = Recorder()
    events: list[Event] = []
    for probe in recorder.plan.probes:
        is_reset = probe.series.vantage == "wifi" and probe.series.hop == "hk-vps"
        past = recorder.history(probe.series, failing=6 if is_reset else 0, failure=RESET)
        if probe.series == series("mobile", "direct", "models"):
            past[18:21] = [
                recorder.observe(probe.series, at_ns=one.started_at_ns, failure=QUOTA) for one in past[18:21]
            ]
        events += past
    events = _in_order(events)
    events.append(_miss(recorder, 3))
    events.append(
        Pending(
            series=series("mobile", "hk-vps", "chain"),
            slot=None,
            phase=Phase.PROCESSING,
            elapsed_seconds=1.42,
        )
    )
    return Story(recorder.plan, events)


def troubled() -> Story:
    """Two routes fail for different causes, a vantage has lost its address, and some samples are tainted."""
    recorder = Recorder()
    events: list[Event] = []
    for probe in recorder.plan.probes:
        failure, failing = _trouble(probe.series.vantage, probe.series.hop, probe.check.through)
        past = recorder.history(probe.series, failing=failing, failure=failure)
        if probe.series == series("wired", "vercel", "function"):
            past[-1] = recorder.observe(
                probe.series, at_ns=past[-1].started_at_ns, taints=(Taint.LATE, Taint.SUSPENDED)
            )
        events += past
    events = _in_order(events)
    events.append(_miss(recorder, 41))
    hanging = series("wifi", "vercel", "answer")
    events.append(Pending(series=hanging, slot=None, phase=Phase.PROCESSING, elapsed_seconds=3.2))
    notes = ["The store is full: 312 observations are in memory only."]
    return Story(recorder.plan, events, notes)


def _trouble(vantage: str, hop: str, through: str) -> tuple[Failure | None, int]:
    if vantage == "mobile":
        return DOWN, 4
    if hop == "static" and vantage == "wifi":
        return Failure(
            cause="tls.cert.expired",
            detail="certificate verify failed: certificate has expired",
            phase=Phase.TLS,
            after_seconds=0.04,
        ), 12
    if through == "direct" and hop != "direct":
        return HUNG, 40
    return None, 0


def long_day() -> Story:
    """A day: hours without the daemon, an outage that is over, flapping, own trouble, and a failure that goes on."""
    recorder = Recorder()
    events: list[Event] = []
    for probe in recorder.plan.probes:
        for step in range(_DAY_STEPS):
            ago = _DAY_STEPS - step
            if 220 < ago < 250:
                continue
            failure = _of_day(probe.series, ago)
            at_ns = NOW_NS - ago * 300 * SECOND
            events.append(recorder.observe(probe.series, at_ns=at_ns, failure=failure))
        is_reset = probe.series.vantage == "wifi" and probe.series.hop == "hk-vps"
        events += recorder.history(probe.series, failing=6 if is_reset else 0, failure=RESET)
    events = _in_order(events)
    for check in ("alive", "chain"):
        kept = [one for one in events if isinstance(one, Observation) and one.outcome is Outcome.FAILED]
        about = [one for one in kept if one.series == series("wifi", "hk-vps", check)][-6]
        controls = _filter_shown(recorder, about)
        events += [*controls, recorder.find(about, *controls, cause="tls.reset.sni", detail=_FILTERED)]
    return Story(recorder.plan, events)


_FILTERED = (
    "with another server name the same address and port complete the handshake, with ours they reset it"
)
_DAY_STEPS = 280


def _of_day(of: Series, ago: int) -> Failure | None:
    if of.vantage == "mobile" and 140 < ago < 170:
        return DOWN
    if of.hop == "direct" and of.check == "models" and 60 < ago < 90:
        return QUOTA
    if of.hop == "vercel" and of.vantage == "wired" and ago % 37 == 5:
        return HUNG
    return RESET if of.vantage == "wifi" and of.hop == "hk-vps" and 100 < ago < 112 else None


def examined() -> Story:
    """A filter looks for the relay's name from one vantage, a portal is in another's way, an answer is forged for all."""
    recorder = Recorder()
    failed: dict[Series, Observation] = {}
    events: list[Event] = []
    for probe in recorder.plan.probes:
        failure, failing = _examined(probe.series.vantage, probe.series.hop)
        past = recorder.history(probe.series, failing=failing, failure=failure)
        events += past
        failed[probe.series] = past[-failing or -1]
    events = _in_order(events)
    sni = failed[series("wifi", "hk-vps", "alive")]
    controls = _filter_shown(recorder, sni)
    events += controls
    for check in ("alive", "chain"):
        about = failed[series("wifi", "hk-vps", check)]
        events.append(recorder.find(about, *controls, cause="tls.reset.sni", detail=_FILTERED))
    events += _portal_found(recorder, failed)
    forged = failed[series("wired", "direct", "models")]
    events.append(
        recorder.find(
            forged,
            cause="dns.injected",
            verdict=Verdict.OK,
            element="path[wired>direct]",
            detail="two answers came to one question, the first with an address that nobody vouches for",
        )
    )
    return Story(recorder.plan, events)


def _examined(vantage: str, hop: str) -> tuple[Failure | None, int]:
    if vantage == "mobile":
        return PORTAL, 3
    return (RESET, 9) if (vantage, hop) == ("wifi", "hk-vps") else (None, 0)


def _filter_shown(recorder: Recorder, about: Observation) -> list[Observation]:
    tcp = Tcp(address="203.0.113.9", port=8443)
    return [
        recorder.control(
            about, "again", "tls", Evidence(tcp=tcp, tls=Tls(server_name="hk-vps.lab.test")), failure=RESET
        ),
        recorder.control(about, "neutral", "tls", Evidence(tcp=tcp, tls=Tls(server_name="www.example.com"))),
        recorder.control(
            about,
            "anchor",
            "http",
            Evidence(http=Http(url="http://connect.example.net/generate_204", status=204)),
            hop="abroad",
        ),
        recorder.control(about, "names", "dns", Evidence(dns=(_ANSWERED,))),
    ]


def _portal_found(recorder: Recorder, failed: Mapping[Series, Observation]) -> list[Event]:
    return [
        recorder.find(
            about,
            cause="local.captive_portal",
            verdict=Verdict.INSUFFICIENT,
            element="access[mobile]",
            detail="the neutral place answers with a redirect to 10.0.0.1",
        )
        for one, about in failed.items()
        if one.vantage == "mobile"
    ]


def unknown() -> Story:
    """Nothing has run yet."""
    return Story(plan(), [])


def hostile(texts: Sequence[str]) -> Story:
    """Every field that a target can fill holds something meant to break out of it."""
    recorder = Recorder()
    events: list[Event] = []
    for place, text in enumerate(texts):
        probe = recorder.plan.probes[place % len(recorder.plan.probes)]
        failure = Failure(
            cause=f"http.{text}" if place % 2 else "http.body",
            detail=text,
            phase=Phase.TRANSFER,
            after_seconds=0.2,
        )
        failed = recorder.observe(probe.series, at_ns=NOW_NS - place * SECOND, failure=failure)
        answer = recorder.control(
            failed, text, "http", Evidence(http=Http(url=f"http://{text}/")), failure=failure
        )
        found = recorder.find(failed, answer, cause=failure.cause, element=f"host[{text}]", detail=text)
        events += (failed, answer, found)
    return Story(recorder.plan, events)


def _miss(recorder: Recorder, slots: int) -> Miss:
    return Miss(
        identity=recorder.identity(),
        series=series("wired", "direct", "models"),
        first_slot=1,
        slots=slots,
        reason=MissReason.SUSPENDED,
        intended_at_ns=NOW_NS - 100 * SECOND,
        recorded_at_ns=NOW_NS - 90 * SECOND,
    )


def _in_order(events: Sequence[Event]) -> list[Event]:
    observations = [event for event in events if isinstance(event, Observation)]
    return [*sorted(observations, key=lambda one: one.started_at_ns)]


STORIES: Mapping[str, Callable[[], Story]] = {
    "healthy": healthy,
    "broken": broken,
    "day": long_day,
    "troubled": troubled,
    "examined": examined,
    "unknown": unknown,
}
