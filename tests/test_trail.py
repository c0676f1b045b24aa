"""How a trace is read: scenarios of the peers' path analysers, and the laws that hold for any trace."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model import Trace, TraceHop
from probe.trail import (
    Standing,
    Way,
    circle,
    follow,
    last_router,
    loss_begins,
    silence_begins,
    standings,
    translated_at,
)

A, L, S, X, U = Standing.ANSWERS, Standing.LIMITED, Standing.SILENT, Standing.LOSSY, Standing.UNKNOWN


def hop(ttl, answered, sent=3, addresses=None, is_translated=None):
    found = (f"192.0.2.{ttl}",) if addresses is None else addresses
    return TraceHop(
        ttl=ttl,
        sent=sent,
        answered=answered,
        addresses=found if answered else (),
        seconds=(0.01,) * answered,
        is_translated=is_translated,
    )


def trace(*answered, target=None, hops=None):
    """A trace whose hops answered so many of three packets each; the last is the target unless told otherwise."""
    hops = hops or tuple(hop(ttl, count) for ttl, count in enumerate(answered, start=1))
    target = len(hops) if target is None and answered and answered[-1] else target
    return Trace(
        protocol="udp",
        address="192.0.2.99",
        port=33434,
        flow="stable",
        ended="target" if target else "silence",
        packets=0,
        target_ttl=target,
        hops=hops,
    )


# What happened · how many of three were answered at each distance · how each stands · where loss and silence begin.
SCENARIOS = [
    ("loss only at a middle hop, target clean", (3, 1, 3, 3), (A, L, A, A), None, None),
    ("loss from the third hop to the target", (3, 3, 2, 1, 2), (A, A, X, X, X), 3, None),
    ("silent hops between two that answer", (3, 0, 0, 3), (A, S, S, A), None, None),
    ("a silent hop within the loss", (3, 2, 0, 2), (A, X, S, X), 2, None),
    ("a limited hop before the loss begins", (1, 3, 2, 2), (L, A, X, X), 3, None),
    ("target silent, the path complete up to it", (3, 3, 3, 0), (A, A, A, U), None, 4),
    ("black hole behind the first hop", (3, 0, 0, 0), (A, U, U, U), None, 2),
    ("nobody answers at all", (0, 0), (U, U), None, 1),
    ("loss that nobody behind confirms", (3, 2, 0), (A, X, U), None, 3),
]


@pytest.mark.parametrize(
    ("answered", "means", "loss", "silence"),
    [row[1:] for row in SCENARIOS],
    ids=[row[0].replace(" ", "-") for row in SCENARIOS],
)
def test_a_path_is_read_as(answered, means, loss, silence):
    seen = trace(*answered)

    assert (means, loss, silence) == (standings(seen), loss_begins(seen), silence_begins(seen))


@pytest.mark.parametrize(
    ("answered", "means", "loss"),
    [
        ((3, 3, 3, 1), (A, A, A, L), None),
        ((1, 3, 3, 2), (L, A, A, L), None),
        ((3, 2, 3, 2), (A, L, A, L), None),
        ((3, 2, 1, 1), (A, X, X, X), 2),
    ],
)
def test_a_target_that_says_its_port_is_closed_may_limit_how_often_as_routers_do(answered, means, loss):
    seen = replace(trace(*answered), answer="port_closed")

    assert (means, loss) == (standings(seen), loss_begins(seen))


def test_what_lies_behind_the_target_is_not_read():
    seen = trace(3, 3, 1, target=2)

    assert loss_begins(seen) is None
    assert last_router(seen) == hop(3, 1)


def test_a_translation_is_at_the_first_hop_whose_quotation_shows_it():
    hops = (hop(1, 3), hop(2, 3, is_translated=True), hop(3, 3, is_translated=True))

    assert translated_at(trace(hops=hops, target=3)) == 2


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ("abcbc", ("b", "c")),
        ("abcdbcd", ("b", "c", "d")),
        ("abcbd", ()),
        ("abcb", ()),
        ("abbbb", ()),
        ("abcd", ()),
        ("", ()),
    ],
)
def test_a_circle_is_two_whole_turns_at_the_end(addresses, expected):
    assert circle([(one,) for one in addresses]) == expected


def test_silence_and_shared_load_are_no_circle():
    assert circle([("a",), (), ("a",), ()]) == ()
    assert circle([("a", "x"), ("b",), ("a", "x"), ("b",)]) == ()


ADDRESSES = [f"192.0.2.{number}" for number in range(1, 9)]


@st.composite
def traces(draw):
    hops = tuple(
        hop(
            ttl,
            draw(st.integers(1, 3)),
            addresses=draw(st.sampled_from([(), *((one,) for one in ADDRESSES)])),
        )
        for ttl in range(1, draw(st.integers(1, 8)) + 1)
    )
    hops = tuple(one if one.addresses else hop(one.ttl, 0) for one in hops)
    target = draw(st.sampled_from([None, len(hops)])) if hops[-1].answered else None
    return trace(hops=hops, target=target)


def silenced(seen, ttl):
    """The same trace with one hop, not the target, that did not answer for once."""
    hops = tuple(hop(one.ttl, 0) if one.ttl == ttl != seen.target_ttl else one for one in seen.hops)
    return trace(hops=hops, target=seen.target_ttl)


@given(traces())
def test_a_path_that_is_seen_again_is_the_same(seen):
    known, changed = follow(None, seen)

    assert (known, False) == follow(known, seen)
    assert not changed


@given(traces(), st.integers(1, 8))
def test_a_hop_that_is_silent_for_once_is_no_other_path_and_is_remembered(seen, ttl):
    known, _ = follow(None, seen)

    assert (known, False) == follow(known, silenced(seen, ttl))


@given(traces(), st.integers(1, 8))
def test_a_hop_that_was_silent_and_speaks_now_is_no_other_path(seen, ttl):
    known, _ = follow(None, silenced(seen, ttl))

    assert (follow(None, seen)[0], False) == follow(known, seen)


@given(traces(), traces())
def test_agreement_is_mutual_and_what_is_joined_agrees_with_both(one, other):
    mine, theirs = Way.of(one), Way.of(other)

    assert mine.agrees(theirs) == theirs.agrees(mine)
    if mine.agrees(theirs):
        joined = mine.joined(theirs)
        assert joined.agrees(mine)
        assert joined.agrees(theirs)
        assert joined.token == theirs.joined(mine).token


@given(traces(), st.data())
def test_another_router_is_another_path_and_then_the_known_one(seen, data):
    answering = [one.ttl for one in seen.hops if one.answered]
    if not answering:
        return
    ttl = data.draw(st.sampled_from(answering))
    hops = tuple(hop(one.ttl, 3, addresses=("198.51.100.1",)) if one.ttl == ttl else one for one in seen.hops)
    rerouted = trace(hops=hops, target=seen.target_ttl)
    before, _ = follow(None, seen)
    after, changed = follow(before, rerouted)

    assert changed
    assert (after, False) == follow(after, rerouted)
    assert before.token != after.token


def test_one_of_the_routers_that_share_a_place_is_the_same_path():
    both = trace(hops=(hop(1, 3), hop(2, 3, addresses=("a", "b")), hop(3, 3)), target=3)
    one = trace(hops=(hop(1, 3), hop(2, 3, addresses=("b",)), hop(3, 3)), target=3)

    assert Way.of(both).agrees(Way.of(one))


def test_a_target_that_missed_its_own_turn_is_no_longer_path():
    near = trace(3, 3, 3)
    late = trace(hops=(hop(1, 3), hop(2, 3), hop(3, 0), hop(4, 3, addresses=("192.0.2.3",))), target=4)
    longer = trace(hops=(hop(1, 3), hop(2, 3), hop(3, 3, addresses=("192.0.2.77",)), hop(4, 3)), target=4)

    assert (Way.of(near), False) == follow(Way.of(near), late)
    assert follow(Way.of(near), longer)[1]


@given(st.lists(traces(), min_size=1, max_size=30))
def test_what_is_remembered_of_a_place_is_bounded(seen):
    known = None
    for one in seen:
        known, _ = follow(known, one)

    assert known is not None
    assert all(len(addresses) <= 16 for addresses in known.path.values())
