"""A finding stands as long as its series comes to the same; what fails meanwhile is told under the deepest cause known."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.found import Found, deepest_cause, is_own_trouble
from probe.model import Failure, Finding, Level, Observation, Verdict
from tests.store_records import failed, finding, identity, observation

OK, ODD = "", "odd"
RESET, REFUSED, CUT_OFF = "tls.reset", "tcp.refused", "local.no_route"


@dataclass
class Story:
    """What a series comes to, told to somebody who follows it."""

    found: Found = field(default_factory=Found)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def comes_to(self, *words: str) -> Observation:
        """Let it come to these in turn and return the last observation."""
        made = [(_seen(next(self.numbers), word), word) for word in words]
        for seen, word in made:
            self.found.note(seen, is_odd=word == ODD)
        return made[-1][0]

    def look_into(self, seen: Observation) -> Finding:
        """Find something about an observation."""
        told = finding(next(self.numbers), parents=(seen.identity,))
        self.found.take(told)
        return told


def _seen(number: int, word: str) -> Observation:
    if word in (OK, ODD):
        return observation(number)
    outcome = "not_measured" if word == CUT_OFF else "failed"
    one = failed(number, failure=Failure(cause=word, detail=""))
    return replace(one, outcome=type(one.outcome)(outcome))


@pytest.mark.parametrize(
    ("before", "after", "stands"),
    [
        ([RESET], [], True),
        ([RESET], [RESET, RESET], True),
        ([RESET], [OK], False),
        ([RESET], [REFUSED], False),
        ([RESET], [OK, RESET], False),
        ([RESET], [CUT_OFF, RESET], True),
        ([RESET], [CUT_OFF, CUT_OFF, RESET], True),
        ([RESET], [CUT_OFF, OK], False),
        ([RESET], [CUT_OFF, REFUSED, RESET], False),
        ([ODD], [ODD], True),
        ([ODD], [OK], False),
        ([OK, RESET], [RESET], True),
        ([CUT_OFF], [CUT_OFF], True),
        ([CUT_OFF], [OK], False),
    ],
)
def test_a_finding_stands_until_its_series_turns(before, after, stands):
    story = Story()
    told = story.look_into(story.comes_to(*before))
    if after:
        story.comes_to(*after)

    assert story.found.finding == (told if stands else None)


def test_what_is_found_about_a_run_that_is_over_stands_for_nothing():
    story = Story()
    looked_into = story.comes_to(RESET)
    story.comes_to(OK)
    story.look_into(looked_into)

    assert story.found.finding is None


def test_what_is_found_while_nothing_can_be_measured_waits_for_what_was_before():
    story = Story()
    looked_into = story.comes_to(OK, RESET)
    story.comes_to(CUT_OFF)
    told = story.look_into(looked_into)
    meanwhile = story.found.finding
    story.comes_to(RESET)

    assert (meanwhile, story.found.finding) == (None, told)


def test_a_newer_finding_takes_the_place_of_an_older_one():
    story = Story()
    story.look_into(story.comes_to(RESET))
    newer = story.look_into(story.comes_to(RESET))

    assert story.found.finding == newer


@pytest.mark.parametrize("about", [(), (identity(1, epoch="another"),), (identity(1, agent="another"),)])
def test_a_finding_about_nothing_that_was_seen_here_stands_for_nothing(about):
    story = Story()
    story.comes_to(RESET)

    assert (story.found.take(finding(9, parents=about)), story.found.finding) == (False, None)


@given(st.lists(st.sampled_from([OK, ODD, RESET, REFUSED, CUT_OFF, "look"]), max_size=30))
def test_what_stands_is_about_an_observation_that_came_to_what_the_series_comes_to_now(words):
    story, seen, by_identity = Story(), None, {}
    for word in words:
        if word != "look":
            seen = story.comes_to(word)
            by_identity[seen.identity] = word
        elif seen is not None:
            story.look_into(seen)
    stands = story.found.finding

    assert stands is None or by_identity[stands.parents[0]] == by_identity[seen.identity]


@pytest.mark.parametrize(
    ("seen", "found", "told"),
    [
        (RESET, None, RESET),
        (RESET, {"causes": ("tls.reset.sni", "dns.injected")}, "tls.reset.sni"),
        (RESET, {"causes": ("dns.injected",)}, "dns.injected"),
        (RESET, {"causes": ("tls",)}, RESET),
        (RESET, {"causes": ()}, RESET),
        (RESET, {"causes": ("local.gateway_unreachable",)}, RESET),
        (RESET, {"causes": ("meta.residual_window",)}, RESET),
        (RESET, {"causes": ("tls.reset.sni",), "level": Level.NONE}, RESET),
        (RESET, {"causes": ("tls.reset.sni",), "level": Level.DISCARDED}, "tls.reset.sni"),
        (RESET, {"causes": ("tls.reset.sni",), "verdict": Verdict.INSUFFICIENT}, RESET),
        (RESET, {"causes": ("tls.reset.sni",), "verdict": Verdict.OK}, "tls.reset.sni"),
        (None, None, ""),
    ],
)
def test_a_failure_is_told_under_the_deepest_cause_known(seen, found, told):
    failure = None if seen is None else Failure(cause=seen, detail="")

    assert deepest_cause(failure, None if found is None else finding(**found)) == told


@pytest.mark.parametrize(
    ("found", "is_own"),
    [
        ({"causes": ("local.gateway_unreachable", "tls.reset")}, True),
        ({"causes": ("tls.reset", "local.gateway_unreachable")}, False),
        ({"causes": ("meta.residual_window",)}, False),
        ({"causes": ("local.captive_portal",), "verdict": Verdict.INSUFFICIENT}, True),
        ({"causes": ("local.captive_portal",), "level": Level.NONE}, False),
        ({"causes": ()}, False),
    ],
)
def test_own_trouble_is_what_is_borne_out_of_the_vantage_itself(found, is_own):
    assert is_own_trouble(finding(**found)) is is_own
