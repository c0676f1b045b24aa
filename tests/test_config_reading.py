"""The YAML that is taken, and what the file as a whole may be."""

import pytest

from probe.config import ConfigError, Problem, load
from tests.config_text import GOOD, load_text, problems

SMALL = "hops: {api: {url: 'https://api.example'}}\nroutes: {chat: {hops: [api]}}\n"


def levels(count: int) -> str:
    return "a: " + "[" * (count - 1) + "]" * (count - 1)


def test_thirty_two_levels_are_read_and_the_next_is_refused():
    refused = "1:35: nested deeper than 32 levels; nothing here needs that"

    assert [refused in problems(levels(count)) for count in (32, 33)] == [False, True]


def test_unclosed_depth_ends_early_and_not_in_recursion():
    assert [len(problems(sign * 100_000)) > 0 for sign in ("[", "{", "- ", "? ", "{[a]: ")] == [True] * 5


def test_text_above_one_mebibyte_is_refused_unread():
    comments = "#" * (1 << 20), "#" * ((1 << 20) + 1)

    assert [problems(one)[0][:24] for one in comments] == [
        "this configuration is em",
        "this file is larger than",
    ]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "~\n"])
def test_empty_configuration_says_how_to_get_an_example(text):
    assert problems(text) == [
        "this configuration is empty; `hopwatch config example` prints one to begin with"
    ]


@pytest.mark.parametrize(("text", "kind"), [("[]", "a list"), ("words", "text"), ("4711", "a number")])
def test_configuration_that_is_no_mapping_is_refused(text, kind):
    assert problems(text) == [
        f"1:1: expected a mapping with keys such as version, agent, defaults, storage, not {kind}"
    ]


def test_first_line_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "hopwatch.yml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())

    assert load(path).plan() == load_text(SMALL).plan()


def test_windows_line_ends_change_nothing():
    assert load_text(GOOD.replace("\n", "\r\n")).plan() == load_text(GOOD).plan()


def test_instants_and_dates_without_quotes_are_text_to_every_reader():
    assert problems(SMALL + "agent: 2026-01-01\n") == []


@pytest.mark.parametrize(
    "word", ["NO", "off", "y", "0o17", "089", "1_000", "0x1f", "1e3", ".5", "+1", "1:30", ".inf"]
)
def test_word_on_which_yaml_readers_disagree_is_refused_unless_quoted(word):
    plain, quoted = (SMALL + f"vantages: {{a: {{system: , site: {one}}}}}\n" for one in (word, f"'{word}'"))

    # y is text to PyYAML, though YAML 1.1 says otherwise: nothing is lost when it stays text.
    assert (problems(plain) == [], problems(quoted)) == (word == "y", [])


def test_character_that_yaml_forbids_is_placed():
    assert problems("agent: a\nhops: \x01\n") == ["2:7: the file holds a character that YAML does not allow"]


@pytest.mark.parametrize(
    "text", ['agent: "\\UFFFFFFFF"', '"\\ud800": 1', 'agent: "\\ud800"', "%YAML 1.99999\n---\na: 1"]
)
def test_impossible_escapes_are_complaints(text):
    assert problems(text) != []


def test_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.yml")

    assert str(caught.value) == (
        f"{tmp_path}/none.yml: there is no such file; `hopwatch init` writes one for your hops, `hopwatch config example` prints"
        " one to begin with"
    )


def test_directory_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)

    assert str(caught.value) == f"{tmp_path}: this is a directory; name the file in it"


def test_path_with_a_null_byte_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="this file cannot be read"):
        load(tmp_path / "a\0b")


def test_file_that_is_not_utf_8_is_placed(tmp_path):
    path = tmp_path / "hopwatch.yml"
    path.write_bytes("agent: local\nhops: {ü: ".encode() + "ü".encode("latin-1"))

    with pytest.raises(ConfigError) as caught:
        load(path)

    expected = Problem(line=2, column=11, path="", message="this file is not UTF-8; save it as UTF-8")
    assert caught.value.problems == (expected,)


def test_endless_file_is_read_no_further_than_its_limit(tmp_path):
    path = tmp_path / "endless"
    path.symlink_to("/dev/zero")

    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load(path)


TRACED = "hops: {api: {url: 'https://api.example'}}\nroutes:\n  chat:\n    hops: [api]\n    checks: "


def test_a_check_that_asks_seldom_by_itself_may_take_longer_than_the_default_interval():
    text = f"{TRACED}{{path: {{timeout: 2m, trace: {{}}}}}}\n"
    [path] = [one.check for one in load_text(text).plan().probes if one.check.name == "path"]

    assert (path.interval_seconds, path.timeout_seconds) == (600.0, 120.0)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("timeout: 2m, tcp: {}", "'2m' is longer than the default interval, '30s'"),
        ("timeout: 2m, interval: 1m, trace: {}", "'2m' is longer than the interval, '1m'"),
    ],
)
def test_a_probe_that_could_outlast_its_own_interval_is_refused(check, said):
    [problem] = problems(f"{TRACED}{{path: {{{check}}}}}\n")

    assert problem.partition("timeout: ")[2] == f"{said}; a probe ends before the next begins"


def test_a_trace_goes_by_the_default_interval_where_that_is_longer():
    text = f"defaults: {{interval: 20m}}\n{TRACED}{{path: {{timeout: 10m, trace: {{}}}}}}\n"
    [path] = [one.check for one in load_text(text).plan().probes if one.check.name == "path"]

    assert (path.interval_seconds, path.timeout_seconds) == (1200.0, 600.0)
