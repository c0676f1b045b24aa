"""What is wrong with a vantage is believed from a finding on, explains what it can explain while it is fresh, and ends at once."""

from dataclasses import replace

import pytest

from probe.model import (
    Ailment,
    Identity,
    Outcome,
    Purpose,
)
from tests.health_told import (
    CUT_OFF,
    GATEWAY,
    NOTHING,
    PORTAL,
    PROXY,
    SILENT,
    Watched,
)
from tests.local_cases import seen


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_nothing_is_known_until_something_was_heard(watched: Watched):
    assert watched.sees(seen("tcp.timeout")) is None
    assert watched.sees(seen()) == "wifi"
    assert watched.sees(seen()) is None
    assert watched.ails == []


def test_a_finding_makes_an_ailment_with_all_that_is_to_be_told_of_it(watched: Watched):
    assert watched.finds(CUT_OFF) == "wifi"

    assert watched.healths.ailments("wifi") == (
        Ailment(
            cause=CUT_OFF, element="access[wifi]", detail="so it was found", since_ns=watched.clock.wall_ns()
        ),
    )
    assert watched.healths.notes() == ["wifi: so it was found."]
    assert watched.healths.ailments("wired") == ()


def test_what_is_found_again_is_no_news_and_keeps_its_beginning(watched: Watched):
    watched.finds(CUT_OFF)
    before = watched.healths.ailments("wifi")
    watched.clock.pass_time(60)

    assert watched.finds(CUT_OFF) is None
    assert watched.healths.ailments("wifi") == before


@pytest.mark.parametrize(
    ("causes", "rule"),
    [
        (("tcp.timeout.ip",), "tcp.address"),
        ((CUT_OFF,), "local.known"),
        (("tcp.timeout",), "local.alone"),
        ((), "x"),
    ],
)
def test_what_is_no_evidence_makes_no_ailment(watched: Watched, causes: tuple[str, ...], rule: str):
    watched.finds(*causes, rule=rule)

    assert watched.ails == []


def test_another_vantage_is_not_excused(watched: Watched):
    watched.finds(CUT_OFF)

    assert watched.excuse(vantage="wired") == "tcp.timeout"


def test_a_belief_without_new_evidence_excuses_for_a_minute_and_a_half(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(89)
    assert watched.excuse() == CUT_OFF
    watched.clock.pass_time(2)

    assert watched.excuse() == "tcp.timeout"
    assert watched.ails == [CUT_OFF]  # it is the last that is known


def test_it_is_found_out_anew_once_a_minute_whoever_fails(watched: Watched):
    watched.finds(CUT_OFF)
    assert not watched.healths.doubts(seen("tcp.timeout"))
    watched.clock.pass_time(61)

    assert not watched.healths.doubts(seen("tls.reset"))  # it would tell nothing of it
    assert watched.healths.doubts(seen("tcp.timeout"))
    assert not watched.healths.doubts(seen("tcp.timeout", hop="static"))
    watched.clock.pass_time(61)
    assert watched.healths.doubts(seen("dns.timeout"))


def test_new_evidence_makes_it_fresh(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)

    assert watched.excuse() == CUT_OFF


def test_an_examination_that_finds_no_ailment_any_more_ends_it(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)
    doubted = seen("tcp.timeout")
    assert watched.healths.doubts(doubted)

    assert watched.finds("tcp.timeout.ip", rule="local.alone", of=doubted.identity) is None
    assert watched.ails == [CUT_OFF]  # nothing could be told
    assert watched.finds("tcp.timeout.ip", rule="tcp.address", of=doubted.identity) == "wifi"
    assert watched.ails == []


def test_a_finding_about_another_failure_ends_nothing(watched: Watched):
    watched.finds(CUT_OFF)

    assert watched.finds("tcp.refused", rule="tcp.refused", of=Identity(agent="a", epoch="e", seq=99)) is None
    assert watched.ails == [CUT_OFF]


def test_anybody_who_answers_ends_a_silence_at_once(watched: Watched):
    for cause in (GATEWAY, CUT_OFF, PROXY):
        watched.finds(cause)
    watched.clock.pass_time(0.1)

    assert watched.sees(seen("tcp.timeout")) is None
    assert watched.sees(seen(purpose=Purpose.CONTROL), vantage="wired") == "wired"
    assert watched.ails == [GATEWAY, CUT_OFF, PROXY]
    assert watched.sees(seen(purpose=Purpose.CONTROL)) == "wifi"
    assert watched.ails == []
    assert watched.excuse() == "tcp.timeout"


def test_what_had_begun_to_fail_while_it_lasted_is_still_explained(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(1.0)
    watched.sees(seen())
    watched.clock.pass_time(0.5)

    def told(after_seconds: float) -> str:
        return watched.healths.excused("wifi", replace(SILENT, after_seconds=after_seconds), NOTHING).cause

    assert (told(0.9), told(0.4)) == (CUT_OFF, "tcp.timeout")
    assert watched.ails == []


def test_what_had_answered_before_it_was_found_contradicts_nothing(watched: Watched):
    before = replace(seen(), started_at_ns=watched.clock.wall_ns(), elapsed_seconds=0.01)
    watched.clock.pass_time(1)
    watched.finds(CUT_OFF)

    watched.healths.take(before)
    assert watched.ails == [CUT_OFF]


def test_what_explains_a_failure_that_was_seen_before_is_told_to_whoever_looks_into_it(watched: Watched):
    watched.finds(CUT_OFF)

    told = watched.healths.ailment(seen("tcp.timeout"))
    assert told == watched.healths.ailments("wifi")[0]
    assert watched.healths.ailment(seen("tls.reset")) is None
    again = seen("tcp.timeout")
    excused = replace(
        again, outcome=Outcome.NOT_MEASURED, failure=watched.healths.excused("wifi", SILENT, NOTHING)
    )
    assert watched.healths.ailment(excused) is None  # it is looked into to find out whether that still holds


def test_a_vantage_that_is_gone_is_forgotten(watched: Watched):
    watched.finds(CUT_OFF)
    watched.healths.adopt(["wired"])

    assert watched.finds(PORTAL) is None
    assert (watched.excuse(), watched.healths.notes()) == ("tcp.timeout", [])
    assert not watched.healths.ipv6("wifi", is_broken=True)
