"""Lists of structured fields are read by RFC 9651, member by member, whatever a hop sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.structured import Item, items

LINES = [
    ("", []),
    ("a", [Item("a", {})]),
    ("a, b", [Item("a", {}), Item("b", {})]),
    ("a ,\tb", [Item("a", {}), Item("b", {})]),
    ("a; x=1; y", [Item("a", {"x": 1, "y": True})]),
    ("a;x=?0;x=?1", [Item("a", {"x": True})]),
    ('a; x="b, c; d=e"', [Item("a", {"x": "b, c; d=e"})]),
    (r'a; x="say \"no\" \\"', [Item("a", {"x": r'say "no" \\'.replace(r"\\", "\\")})]),
    ("a; x=-1.5, b; x=:aGk=:, c; x=@1659578233", [Item("a", {"x": -1.5}), Item("b", {"x": b"hi"}), Item("c", {"x": 1659578233})]),
    ('"two words"; x=*/y:1', [Item("two words", {"x": "*/y:1"})]),
    ("12; a, ?1", [Item(12, {"a": True}), Item(True, {})]),
    # what is no member is left out, and what stands beside it is not
    ("a; =1, b", [Item("b", {})]),
    ("a; x=, b", [Item("b", {})]),
    ("a b, c", [Item("c", {})]),
    ("a; X=1, c", [Item("c", {})]),
    ('a; x="\x7f", c', [Item("c", {})]),
    ('a; x="é", c', [Item("c", {})]),
    ("a; x=:x:, c", [Item("c", {})]),
    ("a; x=1234567890123456, c", [Item("c", {})]),
    ('(a "b, c" d);x, c', [Item("c", {})]),
    ('a, b; x="never ends, c; error=dns_error', [Item("a", {})]),
    (",, a,", [Item("a", {})]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_line_is_read_as(line, expected) -> None:
    assert expected == list(items(line))


def test_a_line_without_end_costs_little() -> None:
    assert len(list(items("a," * 100_000))) == 20
    assert list(items('a; x="' + "b" * 1_000_000)) == []
    assert list(items("a" + "".join(f";x{one}" for one in range(1000)))) == []
    assert list(items("(" * 100_000)) == []
    assert list(items('"\\' * 50_000)) == []


TOKENS = st.from_regex(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,8}", fullmatch=True)
KEYS = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
BARE = TOKENS | st.booleans() | st.integers(-(10**15) + 1, 10**15 - 1)


def written(value, *, quoted=False):
    match value:
        case bool():
            return f"?{int(value)}"
        case str() if quoted:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case _:
            return str(value)


@given(st.lists(st.tuples(TOKENS, st.dictionaries(KEYS, BARE, max_size=3), TEXTS), max_size=5))
def test_what_is_written_is_read_back(members) -> None:
    line = ", ".join(
        name + "".join(f";{key}={written(value)}" for key, value in given.items()) + f";t={written(text, quoted=True)}"
        for name, given, text in members
    )  # fmt: skip

    assert list(items(line)) == [Item(name, {**given, "t": text}) for name, given, text in members]


@given(st.text(max_size=60))
def test_any_line_is_read_without_an_error(line) -> None:
    assert all(isinstance(one, Item) for one in items(line))
