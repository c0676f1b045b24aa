"""Text from outside is bounded, and nothing in it can steer a terminal, a page or a label."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.text import CUT, clean
from tests.hostile_texts import TEXTS

STEERING = {"Cc", "Cs", "Zl", "Zp"}


def steers(character):
    # Of the format characters only those that change direction or hide; a soft hyphen in a word is one of them.
    bidi = unicodedata.bidirectional(character) in {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
        "BN",
    }
    return unicodedata.category(character) in STEERING or (bidi and unicodedata.category(character) == "Cf")


ANY = st.text(st.characters(), max_size=80) | st.sampled_from(TEXTS)


@given(text=ANY, limit=st.integers(1, 100))
def test_what_is_cleaned_steers_nothing_and_is_bounded(text, limit) -> None:
    found = clean(text, limit)

    assert len(found) <= limit
    assert not [character for character in found if steers(character)]
    assert clean(found, limit) == found
    assert found.encode().decode() == found


@given(data=st.binary(max_size=300), limit=st.integers(1, 100))
def test_bytes_are_cleaned_as_well(data, limit) -> None:
    found = clean(data, limit)

    assert len(found) <= limit
    assert not [character for character in found if steers(character)]


@pytest.mark.parametrize("text", ["plain", "gr\u00fc\u00df", "\u4e2d\u6587", "a\u00a0b", "\N{GRINNING FACE}"])
def test_honest_text_is_left_alone(text) -> None:
    assert clean(text) == text


def test_what_was_cut_says_so() -> None:
    assert clean("abcdef", 4) == f"abc{CUT}"
    assert clean("abcd", 4) == "abcd"
    assert clean(b"abcdef", 4) == f"abc{CUT}"
