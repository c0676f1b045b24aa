"""Laws that hold for every text: it is a configuration or a list of problems, and what is shown means the same."""

import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.config import Config, ConfigError, Problem, json_schema, to_yaml
from tests.config_text import GOOD, load_text
from tests.draft7 import is_valid

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,8}", fullmatch=True)
WORDS = re.findall(r"[\w./:-]+", GOOD)
PIECES = re.findall(r"[\w./:-]+|\s+|.", GOOD)
# What breaks readers of YAML, of numbers, of URLs, of addresses and of patterns.
NASTY = (
    *("*a", "&a ", "!!str ", "<<: ", "? ", "- ", "\t", "\n  ", ": ", "{", "}", "[", "]", "'", '"', "|", ">", "%", "@"),
    *("NO", "~", "0777", "1e9", "12:30:45", "2026-01-01", ".inf", "9" * 30, "9" * 400 + "s", "9" * 400 + "B", "-1s"),
    *('"\\ud800"', '"\\0"', '"\\UFFFFFFFF"', "\x85", "\u2028", "\ufeff", "https://[::1", "https://x:99999", "http://%"),
    *("https://\u0130.example", "https://" + "a." * 200, "((((", "(a+)+$", "[z-a]", "fe80::1%eth0", "0.0.0.0/0", "1/33"),
)  # fmt: skip


def outcome(text: str) -> Config | tuple[Problem, ...]:
    """Return a Config or problems; any other exception is the test's failure."""
    try:
        return load_text(text)
    except ConfigError as error:
        return error.problems


@given(st.text())
def test_any_text_is_a_configuration_or_has_problems(text):
    assert outcome(text)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=5)
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=5),
    max_leaves=30,
)
SECTIONS = st.dictionaries(st.sampled_from(list(yaml.safe_load(GOOD))), TREES)


@given(TREES | SECTIONS)
def test_any_structure_is_a_configuration_or_has_problems(tree):
    assert outcome(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_configuration_has_problems_inside_itself_or_none(data):
    pieces = list(PIECES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place : place + data.draw(st.integers(0, 2))] = [
            data.draw(st.sampled_from(NASTY) | st.sampled_from(WORDS))
        ]
    text = "".join(pieces)
    lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)

    found = outcome(text)

    # One column more: what ends too early has its place after the last character.
    assert isinstance(found, Config) or all(
        one.line is None
        or one.column is None
        or (one.line <= len(lines) and one.column <= len(lines[one.line - 1]) + 1)
        for one in found
    )


LABELS = st.none() | st.sampled_from(
    ["flat", "NO", "1e3", "0777", "12:30", "null", "a b", "日本", "#x", "- x", "a: b"]
)
SECONDS = st.sampled_from(["1s", "2500ms", "1.5s", "30s", "1m", "1h"])


KINDS = (
    {"tcp": None},
    {"trace": None},
    {"tls": {"alpn": ["h2", "http/1.1"]}},
    {"dns": {"listen": "250ms", "answer": r"^\d+: 'x' \"y\""}},
    {
        "http": {
            "body": "a: b\n  - c\n",
            "headers": {"A": "1.0", "B": {"env": "X"}},
            "max_body": "3kB",
        }
    },
)


@st.composite
def checks(draw, hops):
    """Draw a check of a route with these hops."""
    near = draw(st.integers(0, len(hops) - 1))
    kind = draw(st.sampled_from(KINDS))
    far = near if "trace" in kind else draw(st.integers(near, len(hops) - 1))
    interval = draw(st.none() | SECONDS)
    often = {"interval": interval} if interval else {}
    return {"hop": hops[near], "through": hops[far], **often, **kind}


@st.composite
def configurations(draw):
    """Draw the tree of a configuration without fault."""
    vantages = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    hops = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    return {
        "defaults": {"interval": "10s", "timeout": draw(st.sampled_from(["10ms", "1s", "10s"]))},
        "vantages": {
            name: {
                "system": None,
                "site": draw(LABELS),
                "resolvers": draw(st.none() | st.just(["192.0.2.1"])),
                "metered": draw(st.booleans()),
            }
            for name in vantages
        },
        "hops": {
            name: {"url": f"https://{number}.test", "region": draw(LABELS)}
            for number, name in enumerate(hops)
        },
        "routes": {
            draw(NAMES): {
                "hops": hops,
                "checks": draw(st.dictionaries(NAMES, checks(hops), max_size=3)),
            }
        },
    }


@settings(deadline=None)
@given(configurations())
def test_what_is_shown_means_the_same_says_everything_and_follows_the_schema(tree):
    config = load_text(to_yaml(tree))
    shown = config.shown()
    again = load_text(to_yaml(shown))

    assert (again.plan(), again.shown(), is_valid(shown, json_schema(), json_schema())) == (
        config.plan(),
        shown,
        True,
    )
