"""A secret is read from where it is kept, and hidden wherever a target repeats it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from probe.cause.failed import ProbeFailed
from probe.model import Evidence, Http, Tcp
from probe.secret import Secret, redact, told_without
from probe.text import CUT, clean

KEY = "sk-Canary/0123456789+abcdef"


@pytest.mark.parametrize("given_as", [{}, {"file": "a", "env": "b"}, {"value": "x"}, "plain"])
def test_a_secret_is_one_file_or_one_variable(given_as) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Secret).validate_python(given_as)


def test_a_secret_is_read_anew_each_time_without_its_line_end(tmp_path, monkeypatch) -> None:
    path = tmp_path / "key"
    seen = []
    for content in ("first\n", "second\r\n"):
        path.write_text(content)
        seen.append(Secret(file=str(path)).read())
    monkeypatch.setenv("TEST_KEY", "third")
    seen.append(Secret(env="TEST_KEY").read())

    assert seen == ["first", "second", "third"]


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"a\x00b", b"\xff\xfe", None])
def test_an_unusable_secret_is_our_own_trouble_and_not_shown(content, tmp_path) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ProbeFailed) as raised:
        Secret(file=str(path)).read()

    assert raised.value.cause == "local.secret"
    assert raised.value.detail.startswith(f"the file {path} ")


SHOWN = [
    (KEY, "<secret>"),
    (f"no key {KEY}!", "no key <secret>!"),
    (KEY.upper(), "<secret>"),
    ("/sk-Canary%2F0123456789%2Babcdef/", "/<secret>/"),
    (f"x{CUT}", f"x{CUT}"),
    (f"xsk-Canary/01{CUT}", f"x<secret>{CUT}"),
    (f"xsk-C{CUT}", f"x<secret>{CUT}"),
    (f"xsk-{CUT}", f"xsk-{CUT}"),  # three characters are no hint
    ("sk-Canary/01", "sk-Canary/01"),  # not cut, so not the beginning of it
]


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_a_secret_is_hidden_also_in_other_letters_encoded_or_cut(text, expected) -> None:
    assert redact(text, (KEY,)) == expected


def test_a_word_of_three_letters_is_not_hidden() -> None:
    assert redact("the key", ("key",)) == "the key"


@given(
    secret=st.text(min_size=4, max_size=30),
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    limit=st.integers(1, 80),
)
def test_no_secret_survives_cleaning_cutting_and_redacting(secret, before, after, limit) -> None:
    assume(clean(secret, 100) == secret)
    assume("<secret>" not in secret and secret not in "<secret>")
    found = redact(clean(before + secret + after, limit), (secret,))

    assert secret not in found.replace("<secret>", "\ufffd")


def test_plain_data_is_told_without_the_secret_and_otherwise_the_same() -> None:
    tcp = Tcp(address="127.0.0.1", port=1)
    http = Http(url=f"http://a/{KEY}", headers=(("X", KEY),), redirects=(KEY, "b"))

    found = told_without(Evidence(tcp=tcp, http=http), (KEY,))

    assert found == Evidence(
        tcp=tcp, http=Http(url="http://a/<secret>", headers=(("X", "<secret>"),), redirects=("<secret>", "b"))
    )
