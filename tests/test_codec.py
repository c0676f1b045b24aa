"""The codec: records travel through JSON unchanged, and what is not a record is refused in one sentence."""

import json
import types
import typing
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.codec import from_json, from_text, to_json, to_text
from probe.model import Change, Finding, Health, Incident, Miss, Observation, Record
from tests.store_records import change, failed, finding, health, identity, incident, miss, observation

# Lone surrogates, controls and bidirectional marks included.
NASTY = st.text(st.characters(exclude_categories=[]), max_size=12)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: NASTY,
    int: st.integers(),
    float: st.floats(),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Build values of a field's type, from the type alone, so that a new field is covered the day it appears."""
    if kind in PLAIN:
        return PLAIN[kind]
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: anything(hints[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is not tuple:
        return st.one_of(*(anything(each) for each in inner))
    if inner[-1] is Ellipsis:
        return st.lists(anything(inner[0]), max_size=2).map(tuple)
    return st.tuples(*(anything(each) for each in inner))


RECORDS = st.one_of(*(anything(kind) for kind in (Observation, Miss, Finding, Incident, Change, Health)))


@settings(max_examples=150, deadline=None)
@given(record=RECORDS)
def test_every_record_survives_the_round_trip(record: Record):
    again = from_json(to_json(record))

    assert repr(record) == repr(again)  # by repr, because NaN is not equal to itself


@settings(max_examples=100, deadline=None)
@given(record=RECORDS)
def test_every_record_is_one_line_of_strict_ascii_json(record: Record):
    text = to_text(record)

    assert text.isascii()
    assert "\n" not in text
    assert to_json(record) == json.loads(text, parse_constant=pytest.fail)
    assert repr(record) == repr(from_text(text))


def test_the_kind_and_the_version_come_first():
    records = (observation(), miss(), finding(), incident(), change(), health())

    assert [
        [("record", name), ("version", 1)]
        for name in ("observation", "miss", "finding", "incident", "change", "health")
    ] == [list(to_json(record).items())[:2] for record in records]


def test_what_is_absent_is_left_out_and_what_is_0_is_not():
    plain = to_json(observation(slot=None, parent=None, lateness_seconds=0.0))

    assert {"slot", "parent", "failure"}.isdisjoint(plain)
    assert plain["lateness_seconds"] == 0.0
    assert plain["evidence"] == {"dns": []}


def test_a_slot_of_0_is_kept():
    assert from_json(to_json(observation(slot=0))) == observation(slot=0)


def test_unknown_fields_are_ignored_at_any_depth():
    plain: Any = to_json(failed())
    plain["weather"] = "rain"
    plain["series"]["colour"] = "red"
    plain["failure"]["blame"] = ["nobody"]

    assert failed() == from_json(plain)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "record None is not one of observation, miss, finding, incident"),
    ({"record": []}, "record [] is not one of observation, miss, finding, incident"),
    ({"record": "miss"}, "miss: version None is not a whole number from 1 up"),
    (
        to_json(miss()) | {"version": 2},
        "miss: version 2 is newer than 1, the newest that this hopwatch reads",
    ),
    ({key: value for key, value in to_json(miss()).items() if key != "slots"}, "miss: slots is missing"),
    (to_json(miss()) | {"series": {"vantage": "wifi"}}, "miss: series.route is missing (and 2 more)"),
    (to_json(miss()) | {"slots": "many"}, "miss: slots is wrong: input should be a valid integer"),
    (to_json(miss()) | {"reason": "tired"}, "miss: reason is wrong: input should be 'suspended'"),
]


@pytest.mark.parametrize(("plain", "sentence"), REFUSED)
def test_what_is_not_a_record_is_refused_in_one_sentence(plain: dict[str, Any], sentence: str):
    with pytest.raises(ValueError, match=r"is (missing|wrong|newer|not)") as caught:
        from_json(plain)

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, '{"record": "miss"'])
def test_text_that_is_no_record_is_a_value_error(text: str):
    with pytest.raises(ValueError, match="record"):
        from_text(text)


def test_parents_keep_their_order():
    parents = (identity(9), identity(2), identity(5))

    assert from_text(to_text(incident(parents=parents))) == incident(parents=parents)
