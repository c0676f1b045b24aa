"""What the page says, before it is drawn: sentence, chain, matrix, waterfall, failures and wording."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.exporter.recent import Recent
from probe.model import Event, Failure, Phase, Series, Taint
from probe.track import State
from probe.web.chain import Stop, Verdict
from probe.web.headline import Headline
from probe.web.strip import strip
from probe.web.view import View, look
from probe.web.waterfall import Bar
from tests.web_chain import (
    CHECKS,
    DOWN,
    HUNG,
    NOW_NS,
    RESET,
    SECOND,
    VANTAGES,
    HandClock,
    Recorder,
    check,
    plan,
    series,
)
from tests.web_story import healthy


def _view(
    failures: Mapping[Series, Failure], *, unheard: frozenset[Series] = frozenset(), idle: float = 0
) -> View:
    """See a chain in which every series was ok a minute ago, and now has come to what is told."""
    recorder, clock = Recorder(), HandClock()
    recent = Recent([probe.series for probe in recorder.plan.probes], clock=clock)
    for probe in recorder.plan.probes:
        if probe.series not in unheard:
            recent.write(recorder.observe(probe.series, at_ns=NOW_NS - 5 * SECOND))
            recent.write(recorder.observe(probe.series, failure=failures.get(probe.series)))
    clock.turn(idle)
    return look(recorder.plan, recent, at_ns=clock.wall_ns())


def _of(vantages: str, hop: str, name: str, failure: Failure, route: str = "chat") -> dict[Series, Failure]:
    return {series(vantage, hop, name, route): failure for vantage in vantages.split()}


def _shut(vantage: str) -> dict[Series, Failure]:
    """Let nobody in at the first hop from a vantage, so that the route fails its users."""
    return _of(vantage, "hk-vps", "alive", RESET) | _of(vantage, "hk-vps", "chain", RESET)


def _said(headline: Headline) -> tuple[State, str]:
    return headline.state, headline.text


def test_all_well_is_one_short_sentence():
    assert _said(_view({}).headline) == (State.OK, "All 21 checks answer")


def test_one_check_is_not_all_checks():
    one = plan(checks=CHECKS[:1], vantages=VANTAGES[:1])
    recent = Recent(clock=HandClock())
    recent.write(Recorder(one).observe(one.probes[0].series))

    assert _said(look(one, recent, at_ns=NOW_NS).headline) == (State.OK, "The one check answers")


def test_a_failure_is_told_by_route_place_vantage_and_meaning():
    headline = _view(_shut("wifi")).headline

    assert _said(headline) == (
        State.FAILED,
        "Route chat fails at hk-vps from wifi: the connection was reset during the TLS handshake",
    )
    assert (headline.since_ns, headline.is_since_known) == (NOW_NS, True)


def test_a_deep_check_fails_between_two_hops():
    headline = _view(_of("wifi mobile", "hk-vps", "chain", HUNG)).headline

    assert headline.text == (
        "Route chat fails between hk-vps and direct from wifi and mobile: no byte of the answer came in time"
    )


def test_of_several_stretches_the_shortest_is_named():
    failures = _of("wifi", "hk-vps", "chain", HUNG) | _of("wifi", "vercel", "answer", HUNG)

    assert _view(failures).headline.text.startswith("Route chat fails between vercel and direct from wifi: ")


def test_a_failure_from_all_vantages_is_told_as_such():
    headline = _view(_of("wifi mobile wired", "hk-vps", "chain", HUNG)).headline

    assert headline.text == (
        "Route chat fails between hk-vps and direct from every vantage: no byte of the answer came in time"
    )


def test_what_breaks_at_the_hop_and_so_on_the_way_through_it_is_said_once():
    failures = _of("wifi", "hk-vps", "alive", RESET) | _of("wifi", "hk-vps", "chain", RESET)

    assert _view(failures).headline.troubles == ()


def test_the_nearest_trouble_of_a_route_comes_first_and_the_others_beneath():
    failures = _of("wired", "direct", "models", HUNG) | _shut("wifi")
    headline = _view(failures).headline

    assert headline.text.startswith("Route chat fails at hk-vps from wifi: ")
    assert [(one.place, one.origin) for one in headline.troubles] == [
        ("at hk-vps", "wifi"),
        ("at direct", "wired"),
    ]


def test_a_hop_that_fails_by_itself_comes_before_the_way_through_to_it():
    failures = _of("wifi", "hk-vps", "chain", HUNG) | _of("wifi", "direct", "models", RESET)

    assert [(one.place, one.cause) for one in _view(failures).headline.troubles] == [
        ("at direct", "tls.reset"),
        ("between hk-vps and direct", "http.timeout.first_byte"),
    ]


def test_several_routes_that_fail_from_one_place_are_told_together():
    failures = _shut("wifi") | _of("wifi", "static", "site", RESET, "page")

    assert _view(failures).headline.text == "Routes chat and page fail from wifi"


def test_several_routes_that_fail_from_several_places_are_counted():
    failures = _shut("wifi") | _of("wired", "static", "site", RESET, "page")

    assert _view(failures).headline.text == "Routes chat and page fail: 3 of 21 checks"


def test_own_trouble_is_said_apart_and_is_no_failure():
    headline = _view(_of("mobile", "hk-vps", "alive", DOWN)).headline

    assert _said(headline) == (State.NOT_MEASURED, "20 of 21 checks answer")
    assert headline.asides == (
        "1 check could not be measured from mobile: the vantage's own address or interface is gone.",
    )


def test_what_has_not_run_is_not_up():
    unheard = frozenset({series("wifi", "direct", "models"), series("wired", "direct", "models")})
    headline = _view({}, unheard=unheard).headline

    assert _said(headline) == (State.UNKNOWN, "19 of 21 checks answer")
    assert headline.asides == ("2 checks have not run yet.",)


def test_old_news_is_not_up():
    headline = _view({}, idle=60).headline

    assert _said(headline) == (State.UNKNOWN, "No check is known to answer")
    assert headline.asides[0].startswith("21 checks have not been heard of for too long: ")


def test_three_intervals_and_the_timeout_are_not_too_long():
    assert _view({}, idle=18.9).headline.state is State.OK


def test_an_empty_plan_says_so():
    empty = plan(checks=[])

    assert _said(look(empty, Recent(clock=HandClock()), at_ns=NOW_NS).headline) == (
        State.UNKNOWN,
        "No check is planned",
    )


@given(st.permutations(range(6)))
def test_the_sentence_does_not_depend_on_the_order_of_arrival(order: list[int]):
    recorder = Recorder()
    failures = [RESET, HUNG, None, DOWN, RESET, None]
    events = [
        recorder.observe(probe.series, failure=failure)
        for probe, failure in zip(recorder.plan.probes, failures, strict=False)
    ]

    def said(told: list[Event]) -> Headline:
        recent = Recent(clock=HandClock())
        for event in told:
            recent.write(event)
        return look(recorder.plan, recent, at_ns=NOW_NS).headline

    assert said(list(events)) == said([events[place] for place in order])


def _stops(view: View) -> dict[str, Stop]:
    return {stop.hop.name: stop for stop in view.chains[0].stops}


def _seen(verdict: Verdict | None) -> Mapping[State, tuple[str, ...]]:
    assert verdict is not None
    return verdict.seen


def test_a_hop_is_judged_by_what_it_answers_itself():
    stops = _stops(_view(_of("wifi", "hk-vps", "chain", HUNG)))

    assert _seen(stops["hk-vps"].own) == {State.OK: ("wifi", "mobile", "wired")}


def test_a_leg_is_proven_by_any_check_that_got_through():
    stops = _stops(_view(_of("wifi", "hk-vps", "chain", HUNG)))

    assert _seen(stops["vercel"].leg) == {State.FAILED: ("wifi",), State.OK: ("mobile", "wired")}
    assert _seen(stops["direct"].leg) == {State.OK: ("wifi", "mobile", "wired")}


def test_a_leg_is_not_seen_from_where_the_hop_before_fails():
    failures = _of("wifi", "hk-vps", "alive", RESET) | _of("wifi", "hk-vps", "chain", RESET)
    stops = _stops(_view(failures))

    assert _seen(stops["vercel"].leg) == {State.UNKNOWN: ("wifi",), State.OK: ("mobile", "wired")}


def test_a_hop_or_leg_that_nobody_asks_has_no_verdict():
    bare = plan(checks=[check("chat", "hk-vps", "alive")])
    stops = _stops(look(bare, Recent(clock=HandClock()), at_ns=NOW_NS))

    assert (stops["vercel"].own, stops["vercel"].leg) == (None, None)


def test_a_vantage_gets_in_as_well_as_the_first_hop_answers_it():
    entries = (
        _view(_of("wifi", "hk-vps", "chain", HUNG) | _of("wired", "hk-vps", "alive", DOWN)).chains[0].entries
    )

    assert [(entry.vantage, entry.state) for entry in entries] == [
        ("wifi", State.OK),
        ("mobile", State.OK),
        ("wired", State.NOT_MEASURED),
    ]


def test_a_name_that_resolves_is_no_way_in():
    named = plan(checks=[check("chat", "hk-vps", "alive"), check("chat", "hk-vps", "name", kind="dns")])
    recorder, recent = Recorder(named), Recent(clock=HandClock())
    recent.write(recorder.observe(series("wifi", "hk-vps", "alive"), failure=RESET))
    recent.write(recorder.observe(series("wifi", "hk-vps", "name")))

    assert look(named, recent, at_ns=NOW_NS).chains[0].entries[0].state is State.FAILED


def test_a_cell_is_as_bad_as_its_worst_check():
    [row] = [
        row for row in _view(_of("wifi", "hk-vps", "chain", HUNG)).matrix.rows if row.hop.name == "hk-vps"
    ]

    assert [cell.state for cell in row.cells] == [State.FAILED, State.OK, State.OK]


def _fall(failure: Failure | None, phases: Mapping[Phase, float]) -> list[Bar]:
    recorder = Recorder(plan(checks=CHECKS[:1], vantages=VANTAGES[:1]))
    recent = Recent(clock=HandClock())
    recent.write(recorder.observe(recorder.plan.probes[0].series, failure=failure, phases=phases))
    return list(look(recorder.plan, recent, at_ns=NOW_NS).waterfall.blocks[0].falls[0].bars)


def test_phases_follow_each_other_and_unreached_ones_are_absent():
    bars = _fall(None, {Phase.CONNECT: 0.03, Phase.TLS: 0.01})

    assert [
        Bar(Phase.CONNECT, 0.0, 75.0, 0.03, is_broken=False, is_ours=False),
        Bar(Phase.TLS, 75.0, 25.0, 0.01, is_broken=False, is_ours=True),
    ] == bars


def test_the_phase_that_hung_shows_how_long_it_did():
    failure = Failure(cause="tls.timeout", detail="", phase=Phase.TLS, after_seconds=0.09)

    assert [
        Bar(Phase.CONNECT, 0.0, 10.0, 0.01, is_broken=False, is_ours=False),
        Bar(Phase.TLS, 10.0, 90.0, 0.09, is_broken=True, is_ours=True),
    ] == _fall(failure, {Phase.CONNECT: 0.01})


def test_a_check_without_any_phase_has_no_bars():
    assert _fall(DOWN, {}) == []


def test_vantages_of_a_check_share_one_scale():
    for block in look(healthy().plan, _recent_of_healthy(), at_ns=NOW_NS).waterfall.blocks:
        ends = [fall.bars[-1].start + fall.bars[-1].width for fall in block.falls]

        assert max(ends) == pytest.approx(100, abs=0.1)


def _recent_of_healthy() -> Recent:
    recent = Recent(clock=HandClock())
    for event in healthy().events:
        recent.write(event)
    return recent


def _outages(*failures: Failure | None, gap: int = 5) -> list[tuple[str, int, bool]]:
    recorder, recent = Recorder(), Recent(clock=HandClock())
    for place, failure in enumerate(failures):
        at_ns = NOW_NS + gap * (place - len(failures)) * SECOND
        recent.write(recorder.observe(series("wifi", "hk-vps", "alive"), at_ns=at_ns, failure=failure))
    found = look(recorder.plan, recent, at_ns=NOW_NS).outages
    return [(one.cause, one.count, one.is_cut) for one in found]


def test_failures_in_a_row_are_one_entry():
    assert _outages(None, RESET, RESET, RESET) == [("tls.reset", 3, False)]


def test_a_success_or_another_cause_ends_an_entry():
    assert _outages(None, RESET, None, RESET, HUNG) == [
        ("http.timeout.first_byte", 1, False),
        ("tls.reset", 1, False),
        ("tls.reset", 1, False),
    ]


def test_failures_far_apart_are_not_in_a_row():
    assert _outages(None, RESET, RESET, gap=60) == [("tls.reset", 1, False), ("tls.reset", 1, False)]


def test_an_entry_that_reaches_the_edge_of_memory_may_be_longer():
    assert _outages(RESET, RESET) == [("tls.reset", 2, True)]


def test_own_trouble_is_not_among_the_failures():
    assert _outages(None, DOWN, DOWN) == []


def test_a_strip_says_in_words_what_it_draws():
    recorder = Recorder()
    of = series("wifi", "hk-vps", "alive")
    drawn = strip(
        [recorder.observe(of), recorder.observe(of, failure=RESET), recorder.observe(of, failure=DOWN)]
    )

    assert str(drawn.label) == "last 3 probes: 1 failed, 1 not measured"
    assert (drawn.ok, drawn.failed, drawn.not_measured) == (
        "M-2 16m112 0v-12",
        "M-2 16m116 0v-16",
        "M-2 16m120 0v-2",
    )


def test_a_tick_begins_where_the_one_before_stood():
    recorder = Recorder()
    of = series("wifi", "hk-vps", "alive")

    assert (
        strip([recorder.observe(of, failure=RESET) for _ in range(2)]).failed == "M-2 16m116 0v-16m4 16v-16"
    )


def test_taints_do_not_change_the_state():
    recorder, recent = Recorder(), Recent(clock=HandClock())
    recent.write(recorder.observe(series("wifi", "hk-vps", "alive"), taints=(Taint.LATE,)))

    assert recent.standing(series("wifi", "hk-vps", "alive")).state is State.OK
