"""Content rules: what a hostile text costs is bounded per probe, not per rule."""

import pytest

from probe.cause.failed import ProbeFailed
from probe.clock import SystemClock
from probe.rules import SECONDS_PER_PROBE, Matcher

DRIVING = "^(a|aa)+$"
DRIVEN = "a" * 40 + "!"


def test_a_rule_is_searched_anywhere():
    matcher = Matcher(SystemClock())

    assert [matcher.matches("b+", "abbc"), matcher.matches("^b", "abbc")] == [True, False]


def test_all_rules_of_a_probe_share_one_limit():
    clock = SystemClock()
    matcher = Matcher(clock)
    began = clock.monotonic_ns()
    for _ in range(200):
        with pytest.raises(ProbeFailed) as failed:
            matcher.matches(DRIVING, DRIVEN)
        assert failed.value.cause == "meta.rule_timeout"

    assert (clock.monotonic_ns() - began) / 1e9 < 10 * SECONDS_PER_PROBE
