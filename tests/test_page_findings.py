"""What the page says of what was found: in the sentence on top, in the chain, in entries of its own."""

from typing import Any

import pytest

from probe.exporter.recent import Recent
from probe.model import Event, Evidence, Level, Verdict
from probe.track import State
from probe.web.headline import Headline
from probe.web.said import meaning
from probe.web.view import View, look
from tests.web_chain import NOW_NS, RESET, SECOND, HandClock, Recorder, series

BY_NAME = "the connection is reset because of the server name in the ClientHello"


def _said(headline: Headline) -> tuple[State, str]:
    return headline.state, headline.text


def _examined(vantages: str, cause: str, hops: str = "hk-vps", **found: Any) -> View:
    """See a chain in which the checks of some hops fail from some vantages, and one finding about each."""
    recorder = Recorder()
    recent = Recent([probe.series for probe in recorder.plan.probes], clock=HandClock())
    for probe in recorder.plan.probes:
        is_failing = probe.series.vantage in vantages.split() and probe.series.hop in hops.split()
        seen = recorder.observe(probe.series, failure=RESET if is_failing else None)
        recent.write(seen)
        if is_failing:
            recent.write(recorder.find(seen, cause=cause, **found))
    return look(recorder.plan, recent, at_ns=NOW_NS)


def test_the_headline_tells_what_was_found_and_names_it():
    headline = _examined("wifi", "tls.reset.sni").headline

    assert _said(headline) == (
        State.FAILED,
        f"Route chat fails on the way to hk-vps from wifi: {BY_NAME} (tls.reset.sni)",
    )
    assert headline.finding is not None
    assert headline.finding.element == "path[wifi>hk-vps]"


@pytest.mark.parametrize(
    ("cause", "more"),
    [
        ("tls.reset", {"element": None}),
        ("tls.reset.sni", {"level": Level.NONE}),
        ("meta.control_unreachable", {"verdict": Verdict.INSUFFICIENT}),
    ],
)
def test_what_was_found_and_says_no_more_leaves_the_headline(cause: str, more: dict[str, Any]):
    assert _said(_examined("wifi", cause, **more).headline)[1] == (
        "Route chat fails at hk-vps from wifi: the connection was reset during the TLS handshake"
    )


def test_what_was_found_differently_from_two_vantages_is_two_troubles():
    recorder = Recorder()
    recent = Recent([probe.series for probe in recorder.plan.probes], clock=HandClock())
    for vantage, cause in (("wifi", "tls.reset.sni"), ("mobile", "tls.reset.other")):
        seen = recorder.observe(series(vantage, "hk-vps", "alive"), failure=RESET)
        recent.write(seen)
        recent.write(recorder.find(seen, cause=cause))
    troubles = look(recorder.plan, recent, at_ns=NOW_NS).headline.troubles

    assert [(one.origin, one.cause) for one in troubles] == [
        ("mobile", "tls.reset.other"),
        ("wifi", "tls.reset.sni"),
    ]


def test_a_failure_that_is_due_to_the_vantage_is_not_measured_and_blames_no_hop():
    view = _examined("wifi", "local.captive_portal", verdict=Verdict.INSUFFICIENT, element="access[wifi]")
    hk_vps = view.chains[0].stops[0]

    assert _said(view.headline) == (State.NOT_MEASURED, "19 of 21 checks answer")
    assert view.headline.asides == (
        f"2 checks could not be measured from wifi: {meaning('local.captive_portal')}.",
    )
    assert hk_vps.own is not None
    assert hk_vps.own.seen == {State.NOT_MEASURED: ("wifi",), State.OK: ("mobile", "wired")}


def test_what_was_found_about_a_check_that_answers_is_said_aside():
    recorder = Recorder()
    recent = Recent(clock=HandClock())
    for probe in recorder.plan.probes:
        seen = recorder.observe(probe.series)
        recent.write(seen)
        if probe.series.hop == "direct":
            recent.write(recorder.find(seen, cause="dns.injected", verdict=Verdict.OK))
    view = look(recorder.plan, recent, at_ns=NOW_NS)

    assert _said(view.headline) == (State.OK, "All 21 checks answer")
    forged = meaning("dns.injected")
    assert view.headline.asides == (
        f"direct answers, asked from every vantage, and yet: {forged} (dns.injected).",
    )
    assert [(one.state, one.since_ns) for one in view.findings] == [(State.OK, None)] * 3


def test_checks_that_are_due_to_the_same_are_one_finding_with_the_most_to_show():
    recorder = Recorder()
    recent = Recent(clock=HandClock())
    alive, chain = (
        recorder.observe(series("wifi", "hk-vps", name), failure=RESET) for name in ("alive", "chain")
    )
    basis = [recorder.control(chain, f"c{number}", "tcp", Evidence()) for number in range(2)]
    found = [
        recorder.find(alive, cause="tls.reset.sni"),
        recorder.find(chain, *basis, cause="tls.reset.sni"),
    ]
    events: list[Event] = [alive, chain, *basis, *found]
    for event in events:
        recent.write(event)
    [shown] = look(recorder.plan, recent, at_ns=NOW_NS).findings

    assert ([line.series.check for line in shown.lines], list(shown.answers)) == (["alive", "chain"], basis)


@pytest.mark.parametrize(
    ("element", "hops"),
    [
        ("resolver[192.0.2.53]", [["vercel", "direct"]]),
        (None, [["vercel"], ["direct"]]),
    ],
)
def test_what_is_at_fault_for_several_hops_is_one_finding(element: str | None, hops: list[list[str]]):
    view = _examined("wifi", "dns.timeout.name", "vercel direct", element=element)

    assert [list(one.hops) for one in view.findings] == hops


def test_an_outage_that_is_over_keeps_what_was_found_about_it():
    recorder = Recorder()
    recent = Recent([probe.series for probe in recorder.plan.probes], clock=HandClock())
    of = series("wifi", "hk-vps", "alive")
    failed = recorder.observe(of, at_ns=NOW_NS - 5 * SECOND, failure=RESET)
    found = recorder.find(failed, cause="tls.reset.sni")
    recent.write(failed)
    recent.write(found)
    recent.write(recorder.observe(of))
    view = look(recorder.plan, recent, at_ns=NOW_NS)

    assert ([one.finding for one in view.outages], view.findings) == ([found], ())
