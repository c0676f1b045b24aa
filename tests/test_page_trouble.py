"""A trouble that takes over from another: since when it is told, what is counted under it, and what a restart makes of that."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.exporter.day import SLOT_NS, Day, Past
from probe.exporter.recall import recalled
from probe.exporter.recent import Recent
from probe.model import Failure, Finding, Observation, Outcome
from probe.web.view import View, look
from tests.web_chain import HUNG, NOW_NS, QUOTA, RESET, SECOND, HandClock, Recorder, series

OF = series("wifi", "direct", "models")
_STEP = 5 * SECOND
BY_LETTER = {"r": RESET, "q": QUOTA, "h": HUNG}
LATE = Failure(cause="local.interface_down", detail="")


def _told(letters: str) -> tuple[Recorder, Recent, list[Observation]]:
    """Let a series come to one result every five seconds: `.` is ok, `-` not measured, a letter a failure."""
    recorder, recent = Recorder(), Recent(clock=HandClock())
    seen = []
    for place, letter in enumerate(letters):
        failure = LATE if letter == "-" else BY_LETTER.get(letter)
        at_ns = NOW_NS - (len(letters) - 1 - place) * _STEP
        seen.append(recorder.observe(OF, at_ns=at_ns, failure=failure))
        recent.write(seen[-1])
    return recorder, recent, seen


def _look(recorder: Recorder, recent: Recent) -> View:
    return look(recorder.plan, recent, at_ns=NOW_NS)


@pytest.mark.parametrize(
    ("letters", "ago", "is_known"),
    [
        (".rrr", 2, True),
        (".qqqrrr", 2, True),
        ("qqqrrr", 2, True),
        ("rrr", 2, False),
        (".rrr-r", 4, True),
        (".qrqrqr", 4, True),
        (".rrqqrr", 5, True),
        (".rrqqqrr", 1, True),
        (".rr.qr", 0, True),
    ],
)
def test_a_trouble_began_when_its_cause_did_and_one_that_soon_comes_back_had_not_gone(
    letters: str, ago: int, is_known: bool
):
    headline = _look(*_told(letters)[:2]).headline

    assert (headline.since_ns, headline.is_since_known) == (NOW_NS - ago * _STEP, is_known)


def test_what_is_found_renames_the_failures_that_ended_like_it_and_no_others():
    recorder, recent, seen = _told(".qqqrr")
    recent.write(recorder.find(seen[-1], cause="tls.reset.sni"))
    recent.write(recorder.observe(OF, failure=RESET))
    bar = next(one for hop, bars in _look(recorder, recent).day.rows if hop.name == "direct" for one in bars)

    assert bar.causes == [("api.quota.requests_minute", 3), ("tls.reset.sni", 3)]


def test_what_is_found_late_renames_the_run_that_it_is_about():
    recorder, recent, seen = _told(".qqqrr.")
    recent.write(recorder.find(seen[2], cause="api.quota.requests_day"))
    [fall] = recent.day.falls

    assert dict(fall.causes) == {"api.quota.requests_day": 3, "tls.reset": 2}


def _counts(day: Day) -> list[tuple[int, int, dict[str, int]]]:
    cells = [cell for kept in day.pairs.values() for cell in kept.values()]
    return [(cell.failed, cell.not_measured, dict(cell.causes)) for cell in cells]


def _falls(day: Day) -> list[tuple[int, int, str, dict[str, int]]]:
    return [(fall.since_ns, fall.count, fall.newest, dict(fall.causes)) for fall in day.falls if fall.count]


def _past(seen: Sequence[Observation]) -> list[Past]:
    return [
        Past(
            series=one.series,
            at_ns=one.started_at_ns,
            outcome=one.outcome,
            cause=one.failure.cause,
            identity=one.identity,
        )
        for one in seen
        if one.failure is not None
    ]


@given(
    letters=st.text("rqh-", min_size=1, max_size=14),
    found=st.lists(
        st.tuples(st.integers(0, 13), st.sampled_from(["tls.reset.sni", "local.clock"])),
        max_size=3,
    ),
)
def test_after_a_restart_the_failures_of_an_outage_count_as_they_did_while_they_came(
    letters: str, found: list[tuple[int, str]]
):
    # Six causes are as many as a quarter hour names; beyond, what counts as others depends on the order.
    recorder, live = Recorder(), Recent(clock=HandClock())
    asked = dict(found)
    seen: list[Observation] = []
    findings: list[Finding] = []
    for place, letter in enumerate(letters):
        failure = LATE if letter == "-" else BY_LETTER[letter]
        seen.append(recorder.observe(OF, at_ns=NOW_NS + place * _STEP, failure=failure))
        live.write(seen[-1])
        if place in asked and seen[-1].outcome is Outcome.FAILED:
            findings.append(recorder.find(seen[-1], cause=asked[place]))
            live.write(findings[-1])

    again = Day()
    gaps = {OF: SLOT_NS}
    slots = [(OF, one.started_at_ns // SLOT_NS, 1) for one in seen]
    again.load(slots, recalled(_past(seen), findings, gaps), gaps)

    assert _counts(again) == _counts(live.day)
    assert [one[1:] for one in _falls(again)] == [one[1:] for one in _falls(live.day)]


def test_an_outage_that_has_come_to_another_cause_says_both():
    recorder, recent, _ = _told(".qqqrr")
    [turned] = _look(recorder, recent).day.turned

    assert (turned.cause, turned.now, turned.count) == ("api.quota.requests_minute", "tls.reset", 5)


def test_a_finding_about_what_nobody_counted_changes_nothing():
    recorder, recent, seen = _told(".qq")
    recent.write(replace(recorder.find(seen[-1], cause="tls.reset.sni"), parents=()))
    recent.write(recorder.find(seen[0], cause="tls.reset.sni"))

    assert _counts(recent.day) == [(2, 0, {"api.quota.requests_minute": 2})]
