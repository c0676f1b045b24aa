"""How the page writes durations, instants, causes and lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.web import wording
from probe.web.said import listed, meaning
from tests.web_chain import (
    NOW_NS,
    SECOND,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 ms"),
        (0.000314, "0.31 ms"),
        (0.00421, "4.2 ms"),
        (0.00996, "10 ms"),
        (0.0421, "42 ms"),
        (0.9996, "1.00 s"),
        (3.214, "3.21 s"),
        (9.996, "10.0 s"),
        (59.96, "60 s"),
        (3600, "3,600 s"),
    ],
)
def test_durations_have_three_digits_at_most(seconds: float, text: str):
    assert wording.duration(seconds) == text


@given(st.floats(0, 1e6))
def test_durations_never_show_an_exponent(seconds: float):
    assert "e" not in wording.duration(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (1.5, "1.5 s"), (60, "60 s"), (300, "5 min"), (90, "90 s")]
)
def test_intervals_are_written_as_configured(seconds: float, text: str):
    assert wording.every(seconds) == text


def test_an_instant_has_its_date_only_when_that_is_not_obvious():
    assert wording.clock(NOW_NS - SECOND, NOW_NS) == "12:03:39 UTC"
    assert wording.clock(NOW_NS - 86_400 * SECOND, NOW_NS) == "2026-11-21 12:03:40 UTC"


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_instant_of_a_record_can_be_written(at_ns: int):
    assert wording.iso(at_ns).endswith("Z")
    assert wording.clock(at_ns, NOW_NS).endswith(" UTC")


@pytest.mark.parametrize(
    ("cause", "means"),
    [
        ("tcp.refused", "the port is closed: the connection was refused"),
        ("tls.alert.of_tomorrow", "the peer ended the handshake with a TLS alert (of tomorrow)"),
        ("nobody.knows", ""),
        ("", ""),
    ],
)
def test_a_cause_means_what_its_longest_known_prefix_does(cause: str, means: str):
    assert meaning(cause) == means


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str):
    assert listed(names) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no answer after 0.00106 s", "no answer after 1.1 ms"),
        ("用了 0.00106 秒", "用了 1.1 ms"),
        ("the resolver took 1.2 s, and as long once more", "the resolver took 1.2 s, and as long once more"),
        ("version 1.2.3456 stands", "version 1.2.3456 stands"),
        ("10.0.0.123 says 4 s", "10.0.0.123 says 4 s"),
    ],
)
def test_a_time_in_a_text_has_no_more_digits_than_say_something(text: str, said: str):
    assert wording.rounded(text) == said
