"""Server-Timing is read as browsers read it, and what a hop says of its parts is put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model import ServerTiming
from probe.server_timing import Parts, parts, server_timing
from probe.text import clean


def timing(name, seconds=None, description=None):
    return ServerTiming(name=name, seconds=seconds, description=description)


LINES = [
    ([], []),
    (["miss"], [timing("miss")]),
    (["db;dur=53"], [timing("db", 0.053)]),
    (["db;dur=53, app;dur=47.2"], [timing("db", 0.053), timing("app", 0.0472)]),
    (["db;dur=53", "app"], [timing("db", 0.053), timing("app")]),
    (['cache;desc="Cache, Read; dur=9";dur=23.2'], [timing("cache", 0.0232, "Cache, Read; dur=9")]),
    ([r'a;desc="say \"no\""'], [timing("a", None, 'say "no"')]),
    (["a ; dur = 2 ; desc = plain"], [timing("a", 0.002, "plain")]),
    # of a parameter that is there twice the first one counts; names of parameters have no letter case
    (["a;DUR=1;dur=2"], [timing("a", 0.001)]),
    (["a;other=1;dur=2"], [timing("a", 0.002)]),
    (["a;dur"], [timing("a")]),
    (
        ["a;dur=x", "b;dur=-1", "c;dur=nan", "d;dur=1e300"],
        [timing("a"), timing("b"), timing("c"), timing("d")],
    ),
    (['a;dur="12"'], [timing("a", 0.012)]),
    ([",, a;dur=1 ,"], [timing("a", 0.001)]),
    (['";dur=1, b'], []),
    (['a;desc="never ends, b;dur=1'], [timing("a")]),
    (['"\\' * 50_000, "a"], [timing("a")]),
    (["a b;dur=1"], [timing("a")]),
]


@pytest.mark.parametrize(("lines", "expected"), LINES)
def test_lines_are_read_as(lines, expected) -> None:
    assert tuple(expected) == server_timing(lines)


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_line_is_read_without_an_error_and_within_bounds(lines) -> None:
    found = server_timing([*lines, "x;dur=1," * 1000])

    assert len(found) <= 20
    for one in found:
        assert clean(one.name, 64) == one.name
        assert one.description is None or clean(one.description, 100) == one.description


def test_the_parts_of_each_hop_are_put_together() -> None:
    found = parts(
        server_timing(
            [
                "fn.total;dur=400, fn.connect;dur=30, fn.header;dur=390, fn.cold",
                "relay.eu.total;dur=431, relay.eu.connect;dur=9, relay.eu.header;dur=428, cache, x.y;dur=1",
            ]
        )
    )

    assert found == {
        "fn": Parts(total=0.4, connect=0.03, header=0.39, cold=True),
        "relay.eu": Parts(total=0.431, connect=0.009, header=0.428),
    }
    assert [one.own for one in found.values()] == [pytest.approx(0.01), pytest.approx(0.003)]


def test_a_failed_attempt_is_the_wait_for_the_upstream() -> None:
    found = parts(server_timing(["relay.total;dur=3000, relay.attempt;dur=2900"]))

    assert found == {"relay": Parts(total=3.0, attempt=2.9)}
    assert [found["relay"].upstream, found["relay"].own] == pytest.approx([2.9, 0.1])
    assert Parts(cold=True).own is None
