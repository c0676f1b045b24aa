"""Durations and sizes are a number and a unit, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.spelling import spell_duration, spell_size
from probe.units import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1500ms", 1.5),
        ("30s", 30.0),
        ("0.5s", 0.5),
        ("5m", 300.0),
        ("1h", 3600.0),
        ("7d", 604_800.0),
        (" 1s ", 1.0),
    ],
)
def test_duration_is_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("0B", 0), ("1kB", 1000), ("1KiB", 1024), ("1.5MiB", 1_572_864), ("2GB", 2_000_000_000)],
)
def test_size_is_bytes(text, size):
    assert parse_size(text) == size


WRONG = [
    "",
    "30",
    "s",
    "-1s",
    "+1s",
    "1e3s",
    "1 s",
    "1s2m",
    ".5s",
    "1.s",
    "٣s",
    "1S",
    "9" * 400 + "s",
    30,
    1.5,
    None,
    True,
    [],
]


@pytest.mark.parametrize("value", WRONG)
def test_what_is_no_duration_is_refused(value):
    with pytest.raises(
        ValueError, match="is not a duration; write a number with one of the units ms, s, m, h, d"
    ):
        parse_duration(value)


@pytest.mark.parametrize("value", [*WRONG, "1kb", "1KB", "1mib", "9" * 400 + "B"])
def test_what_is_no_size_is_refused(value):
    with pytest.raises(
        ValueError, match="is not a size; write a number with one of the units B, kB, KiB, MB"
    ):
        parse_size(value)


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False).map(lambda seconds: round(seconds, 6)))
def test_a_duration_spelled_is_the_same_when_read(seconds):
    assert parse_duration(spell_duration(seconds)) == seconds


@given(st.integers(min_value=0, max_value=10**14))
def test_a_size_spelled_is_the_same_when_read(size):
    assert parse_size(spell_size(size)) == size


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [
        (0, "0s"),
        (0.3, "300ms"),
        (1.5, "1500ms"),
        (30, "30s"),
        (90, "90s"),
        (60, "1m"),
        (3600, "1h"),
        (2_592_000, "30d"),
    ],
)
def test_a_duration_is_spelled_by_the_largest_unit_that_leaves_a_whole_number(seconds, spelled):
    assert spell_duration(seconds) == spelled
