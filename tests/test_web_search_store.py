"""Searching a store: what a cause finds, in which order, by pages that lose nothing, within its time."""

import asyncio
import sqlite3
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.model import Failure, Health, MissReason, Outcome, Record
from probe.store.errors import StoreError
from probe.store.searching import search
from probe.store.wanted import HOUR_NS, Place, Wanted
from tests.store_records import (
    NOW_NS,
    SERIES,
    ManualClock,
    change,
    failed,
    finding,
    health,
    incident,
    miss,
    observation,
    open_store,
)

CLOCK = ManualClock()


class HurriedClock(ManualClock):
    """A clock on which every look takes a while, so that each search runs out of time."""

    def __init__(self, step_seconds: float) -> None:
        super().__init__()
        self._step_ns = round(step_seconds * 1e9)

    def monotonic_ns(self) -> int:
        self._boot_ns += self._step_ns
        return self._boot_ns


def keep(path, records):
    """Write the records into a store, each with an identity of its own."""
    numbers = count(1)
    store = open_store(path)
    kept = [replace(one, identity=replace(one.identity, seq=next(numbers))) for one in records]
    for one in kept:
        store.write(one)
    asyncio.run(store.close())
    return kept


def failing(cause, at_ns=NOW_NS, **series):
    failure = Failure(cause=cause, detail="")
    return failed(series=replace(SERIES, **series), failure=failure, started_at_ns=at_ns)


def found(path, **wanted):
    return search(path, Wanted(**wanted), limit=50, clock=CLOCK)


def seqs(result):
    return [one.identity.seq for one in result.records]


def test_a_cause_finds_all_below_it_and_nothing_beside_it(tmp_path):
    causes = [
        "tls.reset",
        "tls.reset.sni",
        "tls.reset.sni.x",
        "tls.resets",
        "tls.res",
        "tls",
        "tcp.reset",
        "tls.reset-x",
    ]
    keep(tmp_path, [failing(cause) for cause in causes])

    assert sorted(seqs(found(tmp_path, cause="tls.reset"))) == [1, 2, 3]
    assert sorted(seqs(found(tmp_path, cause="tls"))) == [1, 2, 3, 4, 5, 6, 8]
    assert seqs(found(tmp_path, cause="tls.r")) == []


@pytest.mark.parametrize(
    "cause", ["%", "_", "tls%", "'; DROP TABLE record; --", "\ud800", "\U0010ffff", "*", ""]
)
def test_a_cause_is_no_pattern_and_no_statement(tmp_path, cause):
    keep(tmp_path, [failing("tls.reset")])

    assert seqs(search(tmp_path, Wanted(cause=cause or "x"), limit=5, clock=CLOCK)) == []
    assert seqs(found(tmp_path, cause="tls")) == [1]


def test_without_a_cause_it_is_everything_that_went_wrong(tmp_path):
    records = [
        observation(), failed(), miss(), finding(), incident(), change(), health(),
        Health(identity=health().identity, vantage="wifi", ailments=(), recorded_at_ns=NOW_NS),
    ]  # fmt: skip
    keep(tmp_path, records)

    assert sorted(seqs(found(tmp_path))) == [2, 4, 5, 7]


def test_a_miss_and_a_change_are_found_by_their_own_word(tmp_path):
    keep(tmp_path, [miss(reason=MissReason.OVERLOAD), change(), failed()])

    assert (seqs(found(tmp_path, cause="overload")), seqs(found(tmp_path, cause="link"))) == ([1], [2])


def test_each_word_narrows(tmp_path):
    keep(
        tmp_path,
        [
            failing("tcp.refused", hop="a"),
            failing("tcp.refused", vantage="b"),
            failing("tcp.refused", route="c"),
            failing("tcp.refused", check="d"),
            replace(failing("local.tun"), outcome=Outcome.NOT_MEASURED),
            observation(),
            finding(rule="one.rule", element="zone[x]"),
            finding(rule="other.rule", causes=("tls.reset",)),
            finding(rule="one.rule", causes=(), element=None),
        ],
    )

    assert {
        "hop": seqs(found(tmp_path, hop="a")),
        "vantage": seqs(found(tmp_path, vantage="b")),
        "route": seqs(found(tmp_path, route="c")),
        "check": seqs(found(tmp_path, check="d")),
        "not_measured": seqs(found(tmp_path, outcome=Outcome.NOT_MEASURED)),
        "ok": seqs(found(tmp_path, outcome=Outcome.OK)),
        "ok and a cause": seqs(found(tmp_path, outcome=Outcome.OK, cause="tcp")),
        "rule": seqs(found(tmp_path, rule="one.rule")),
        "rule and cause": seqs(found(tmp_path, rule="other.rule", cause="tls")),
        "rule and another cause": seqs(found(tmp_path, rule="other.rule", cause="tcp")),
        "element": seqs(found(tmp_path, element="zone[x]")),
        "element and rule": seqs(found(tmp_path, element="zone[x]", rule="other.rule")),
    } == {
        "hop": [1], "vantage": [2], "route": [3], "check": [4], "not_measured": [5], "ok": [6], "ok and a cause": [],
        "rule": [9, 7], "rule and cause": [8], "rule and another cause": [], "element": [7], "element and rule": [],
    }  # fmt: skip


def test_since_belongs_to_the_span_and_until_does_not(tmp_path):
    keep(tmp_path, [failing("tcp.refused", NOW_NS + step) for step in range(4)])

    assert seqs(found(tmp_path, since_ns=NOW_NS + 1, until_ns=NOW_NS + 3)) == [3, 2]


def test_all_that_fits_is_counted_by_cause_hop_vantage_and_hour(tmp_path):
    keep(
        tmp_path,
        [
            failing("tls.reset", NOW_NS, hop="a"),
            failing("tls.reset.sni", NOW_NS + HOUR_NS, hop="b"),
            failing("tls.reset.sni", NOW_NS + HOUR_NS, hop="b", vantage="mobile"),
            failing("tcp.refused", NOW_NS, hop="b"),
        ],
    )
    counts = search(tmp_path, Wanted(cause="tls"), limit=1, clock=CLOCK).counts
    hour = NOW_NS // HOUR_NS

    assert (counts.records, counts.by_cause, counts.by_hop, counts.by_vantage, counts.by_hour, counts.back_to_ns) == (
        3, {"tls.reset.sni": 2, "tls.reset": 1}, {"b": 2, "a": 1}, {"wifi": 2, "mobile": 1}, {hour: 1, hour + 1: 2}, None,
    )  # fmt: skip


RECORD = st.tuples(st.sampled_from(["tls.reset", "tls.reset.sni", "tcp.refused", "ok"]), st.integers(0, 40))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    records=st.lists(RECORD, max_size=30),
    limit=st.integers(1, 7),
    cause=st.sampled_from([None, "tls", "tls.reset.sni"]),
)
def test_pages_one_after_the_other_are_everything_once_newest_first(tmp_path_factory, records, limit, cause):
    path = tmp_path_factory.mktemp("store")
    # Hours, days and nothing lie between them; many at the same instant.
    made = [
        observation(started_at_ns=NOW_NS - (at // 3) ** 3 * HOUR_NS)
        if name == "ok"
        else failing(name, NOW_NS - (at // 3) ** 3 * HOUR_NS)
        for name, at in records
    ]
    kept = keep(path, made)
    fitting = [
        one
        for one in kept
        if one.failure
        and (cause is None or one.failure.cause == cause or one.failure.cause.startswith(f"{cause}."))
    ]
    expected = sorted(fitting, key=lambda one: (one.started_at_ns, one.identity.seq), reverse=True)
    pages: list[Record] = []
    before = None
    while True:
        result = search(path, Wanted(cause=cause), before=before, limit=limit, clock=CLOCK)
        pages += result.records
        before = result.next
        if before is None:
            break

    assert (pages, result.counts.records, result.back_to_ns) == (expected, len(expected), None)


def test_a_place_from_nowhere_is_a_place_all_the_same(tmp_path):
    keep(tmp_path, [failing("tcp.refused", NOW_NS + step) for step in range(3)])

    assert [
        seqs(search(tmp_path, Wanted(), before=place, limit=5, clock=CLOCK))
        for place in (Place(0, 0), Place(NOW_NS + 2, 3), Place(2**63 - 2, 1))
    ] == [[], [2, 1], [3, 2, 1]]


def test_a_search_that_runs_out_of_time_says_how_far_it_looked(tmp_path):
    hours = 24 * 60
    keep(tmp_path, [failing("tcp.refused", NOW_NS - step * HOUR_NS) for step in (0, 1, hours)])
    result = search(tmp_path, Wanted(cause="tcp"), limit=50, clock=HurriedClock(0.11))

    assert seqs(result) == [1, 2]
    assert result.back_to_ns is not None
    assert NOW_NS - hours * HOUR_NS < result.back_to_ns <= NOW_NS - HOUR_NS
    assert result.counts.records < 3
    assert result.counts.back_to_ns is not None


def test_what_cannot_be_read_is_counted(tmp_path):
    keep(tmp_path, [failing("tcp.refused"), failing("tcp.refused")])

    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        database.execute(
            "UPDATE record SET body = replace(body, '\"version\":1', '\"version\":99') WHERE seq = 1"
        )
    database.close()
    result = found(tmp_path)

    assert (seqs(result), result.unreadable) == ([2], 1)


def test_an_empty_store_has_nothing_and_no_store_is_said(tmp_path):
    keep(tmp_path, [])

    assert found(tmp_path).records == ()
    with pytest.raises(StoreError, match="there is no store"):
        found(tmp_path / "elsewhere")
