"""A trace is asked seldom unless the check says how often."""

import pytest

from tests.config_text import load_text

BEGINNING = 'hops: {a: {url: "https://a.example.net", mine: true}}\n'


def interval(check: str, more: str = "") -> float:
    """How often the plan of this configuration asks its one check."""
    text = f"{more}{BEGINNING}routes: {{r: {{hops: [a], checks: {{c: {{{check}}}}}}}}}\n"
    (found,) = {probe.check.interval_seconds for probe in load_text(text).plan().probes}
    return found


@pytest.mark.parametrize(
    ("check", "more", "expected"),
    [
        ("trace: {}", "", 600),
        ("trace: {protocol: udp}", "", 600),
        ("trace: {}, interval: 30s", "", 30),
        ("trace: {}", "defaults: {interval: 20m}\n", 1200),
        ("trace: {}", "defaults: {interval: 5s}\n", 600),
        ("trace: {}", "vantages: {v: {system: {}, metered: true}}\n", 600),
        ("icmp: {}", "", 30),
        ("tcp: {}", "", 30),
    ],
)
def test_how_often_a_check_asks(check, more, expected) -> None:
    assert interval(check, more) == expected
