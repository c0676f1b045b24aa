"""When IPv6 counts as broken from a vantage, when it works again, and what is excused meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.family import BROKEN, Families, Turn
from probe.model import (
    Evidence,
    Failure,
    Hop,
    Identity,
    Observation,
    Outcome,
    Phase,
    Ping,
    Purpose,
    Series,
    Stamp,
    Tcp,
    Timing,
    Vantage,
)

HOPS = tuple(Hop(name=name, scheme="https", host=f"{name}.test", port=443) for name in "abcd")
TWICE = Hop(name="a2", scheme="https", host="a.test", port=8443)
VANTAGES = tuple(Vantage(name=name, kind="system") for name in ("wifi", "wired"))
IPV6, IPV4 = "2001:db8::7", "192.0.2.7"
WELL = None
LOST = "tcp.timeout"


def families(confirmations=2):
    return Families(VANTAGES, (*HOPS, TWICE), confirmations=confirmations)


def seen(hop, address, cause=WELL, *, vantage="wifi"):
    own = cause is not None and cause.startswith(("local.", "meta."))
    connected = cause is None or cause.startswith(("tls.", "http."))
    return Observation(
        identity=Identity(agent="a", epoch="e", seq=1),
        series=Series(vantage=vantage, route="r", hop=hop, check="ipv6"),
        kind="tls",
        through=hop,
        crossed=(),
        purpose=Purpose.ROUTINE,
        slot=0,
        parent=None,
        intended_at_ns=0,
        started_at_ns=0,
        outcome=Outcome.OK if cause is None else Outcome.NOT_MEASURED if own else Outcome.FAILED,
        timings=(Timing(phase=Phase.CONNECT, seconds=0.1, stamp=Stamp.KERNEL),) if connected else (),
        failure=Failure(cause=cause, detail="so it was", phase=Phase.CONNECT) if cause else None,
        evidence=Evidence() if address is None else Evidence(tcp=Tcp(address=address, port=443)),
    )


def after(*said, confirmations=2):
    """Tell the observations, each as often as it takes; return what is known then."""
    known = families(confirmations)
    for one in said:
        for _ in range(confirmations):
            known.note(one)
    return known


FINE = tuple(seen(hop, IPV4) for hop in "abcd")


@pytest.mark.parametrize(
    ("by_ipv6", "expected"),
    [
        ({"a": LOST, "b": LOST, "c": LOST, "d": WELL}, True),
        ({"a": LOST, "b": LOST, "c": WELL}, True),
        ({"a": LOST, "b": "tcp.unreachable"}, True),
        ({"a": "tls.timeout", "b": "tls.timeout"}, True),
        ({"a": LOST, "b": LOST, "c": WELL, "d": WELL}, False),
        ({"a": LOST, "b": WELL}, False),
        ({"a": WELL}, False),
        ({"a": "tcp.refused", "b": "tcp.refused"}, False),
        ({"a": "tls.cert.expired", "b": "http.status"}, False),
        ({"a": LOST}, None),
        ({"a": LOST, "a2": LOST}, None),
        ({"a": "local.no_route", "b": "local.no_route"}, None),
        ({"a": "meta.no_address", "b": "dns.timeout"}, None),
        ({}, None),
    ],
)
def test_ipv6_is_broken_where_most_hosts_fail_by_it_and_ipv4_reaches_them(by_ipv6, expected):
    known = after(*FINE, *(seen(hop, IPV6, cause) for hop, cause in by_ipv6.items()))

    assert known.is_broken("wifi") is expected


def test_where_ipv4_fails_as_well_it_is_not_ipv6():
    known = after(
        seen("a", IPV4, LOST),
        seen("b", IPV4, LOST),
        seen("c", IPV4),
        seen("a", IPV6, LOST),
        seen("b", IPV6, LOST),
    )

    assert known.is_broken("wifi") is None


def test_where_nobody_tried_ipv4_nothing_is_known_of_ipv6():
    assert after(seen("a", IPV6, LOST), seen("b", IPV6, LOST)).is_broken("wifi") is None


def test_one_bad_probe_each_is_no_news_and_the_second_is_told_once():
    known = after(*FINE)
    turns = [known.note(seen(hop, IPV6, LOST)) for hop in ("a", "b", "c", "a", "b", "c", "a")]

    assert turns == [None] * 4 + [Turn(vantage="wifi", is_broken=True, failing=2, known=2)] + [None] * 2


def test_recovery_is_noticed_when_most_hosts_are_reached_twice_in_a_row():
    known = after(*FINE, *(seen(hop, IPV6, LOST) for hop in "abc"))
    turns = [known.note(seen(hop, IPV6)) for hop in "abcabc"]

    assert turns == [None] * 4 + [Turn(vantage="wifi", is_broken=False, failing=1, known=3)] + [None]


def test_a_host_that_comes_and_goes_turns_nothing():
    known = after(*FINE, seen("a", IPV6), seen("b", IPV6))
    turns = {known.note(seen(hop, IPV6, cause)) for cause in (LOST, WELL) * 10 for hop in "ab"}

    assert (turns, known.is_broken("wifi")) == ({None}, False)


def test_an_outage_of_both_families_neither_ends_nor_begins_it():
    broken = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST))
    working = after(*FINE, seen("a", IPV6), seen("b", IPV6))
    for known in (broken, working):
        for _ in range(5):
            for hop in "ab":
                known.note(seen(hop, IPV4, LOST))
                known.note(seen(hop, IPV6, LOST))

    assert (broken.is_broken("wifi"), working.is_broken("wifi")) == (True, False)


def test_vantages_are_judged_apart():
    known = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST), seen("a", IPV6, vantage="wired"))

    assert (known.is_broken("wifi"), known.is_broken("wired")) == (True, False)
    assert [note.partition(":")[0] for note in known.notes()] == ["IPv6 does not work from wifi"]


FAILED = Failure(cause=LOST, detail="no answer", phase=Phase.CONNECT, after_seconds=2.0)
BY_IPV6 = Evidence(tcp=Tcp(address=IPV6, port=443))


def test_while_it_is_broken_failures_by_ipv6_are_the_vantages_and_tell_what_they_were():
    known = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST))

    assert known.excused("wifi", FAILED, BY_IPV6) == Failure(
        cause=BROKEN,
        detail="IPv6 does not work from this vantage; this probe ended as tcp.timeout: no answer",
        phase=Phase.CONNECT,
        after_seconds=2.0,
        ended_as=LOST,
    )


@pytest.mark.parametrize(
    ("vantage", "cause", "evidence"),
    [
        ("wired", LOST, BY_IPV6),
        ("wifi", LOST, Evidence(tcp=Tcp(address=IPV4, port=443))),
        ("wifi", "tcp.refused", BY_IPV6),
        ("wifi", "tls.cert.expired", BY_IPV6),
        ("wifi", "http.status", BY_IPV6),
        ("wifi", "dns.timeout", Evidence()),
    ],
)
def test_nothing_else_is_excused(vantage, cause, evidence):
    known = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST))
    failure = Failure(cause=cause, detail="so it was")

    assert known.excused(vantage, failure, evidence) is failure


def test_pings_that_ipv6_loses_are_excused_as_well():
    known = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST))
    evidence = Evidence(ping=Ping(address=IPV6, socket="ping", size_bytes=56))

    assert known.excused("wifi", Failure(cause="icmp.timeout", detail=""), evidence).cause == BROKEN


def test_what_was_excused_goes_on_to_count_as_not_reached():
    known = after(*FINE, seen("a", IPV6, LOST), seen("b", IPV6, LOST))
    for _ in range(10):
        for hop in "ab":
            known.note(seen(hop, IPV6, BROKEN))

    assert known.is_broken("wifi") is True


def test_another_plan_forgets_what_is_not_in_it():
    known = after(*FINE, *(seen(hop, IPV6, LOST) for hop in "ab"), seen("a", IPV6, vantage="wired"))
    known.adopt(VANTAGES[:1], HOPS[2:])
    for _ in range(2):
        known.note(seen("c", IPV6))

    assert (known.is_broken("wifi"), known.is_broken("wired")) == (False, None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from([IPV4, IPV6, None]),
            st.sampled_from(
                [WELL, LOST, "tcp.refused", "tls.timeout", "dns.timeout", "local.no_route", BROKEN]
            ),
        ),
        max_size=60,
    )
)
def test_turns_alternate_and_end_where_the_state_is(story):
    known = families()
    turns = [turn for one in story if (turn := known.note(seen(*one))) is not None]

    assert [turn.is_broken for turn in turns] == [number % 2 == 0 for number in range(len(turns))]
    assert bool(known.is_broken("wifi")) is (len(turns) % 2 == 1)
    assert bool(known.notes()) is bool(known.is_broken("wifi"))


@given(st.permutations([(hop, address) for hop in "abc" for address in (IPV4, IPV6)]))
def test_the_order_in_which_hosts_are_heard_of_changes_nothing(order):
    known = after(*(seen(hop, address, LOST if address == IPV6 else WELL) for hop, address in order))

    assert known.is_broken("wifi") is True


def test_at_the_end_of_a_single_round_the_same_is_told_of_its_observations():
    known = after(*FINE, *(seen(hop, IPV6, LOST) for hop in "ab"), seen("c", IPV6), confirmations=1)
    told = known.told(seen("a", IPV6, LOST))

    assert (told.outcome, told.failure.cause) == (Outcome.NOT_MEASURED, BROKEN)
    assert known.told(FINE[0]) is FINE[0]
