"""Say in one sentence what a value does wrong and what would be right: pydantic's findings in a newcomer's words.

Values are shown only where they cannot be a secret: words of a closed set, numbers, and what a field's own rule quotes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from probe.config import shape
from probe.config.document import Json, KeyPath
from probe.text import clean

_MOST_KEYS_SHOWN = 16
_SECRET_KEYS = {"file", "env"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One of pydantic's errors, at the place of the tree that it is about."""

    type: str
    text: str
    path: KeyPath
    value: Json
    tree: Json
    is_about_key: bool


def say(finding: Finding) -> str:
    """Return the sentence."""
    if finding.value is None and not finding.is_about_key:
        return "there is no value here; give one, or remove the key"
    if sentence := _SENTENCES.get(finding.type):
        return sentence(finding)
    if expected := _EXPECTED.get(finding.type.partition("_")[0]):
        return f"expected {expected}, not {_kind(finding.value)}"
    return _own_words(finding)


def meant(finding: Finding) -> str | None:
    """Return the known key that an unknown one most likely stands for."""
    return shape.near(str(finding.path[-1]), shape.keys(finding.path[:-1]))


def _unknown_key(finding: Finding) -> str:
    known = shape.keys(finding.path[:-1])
    if near := meant(finding):
        return f"unknown key; did you mean {near!r}?"
    if place := _other_level(finding.path, finding.tree) or _elsewhere(finding.path[-1]):
        return f"unknown key here; it belongs {place}"
    listed = (
        ", ".join(known) if len(known) <= _MOST_KEYS_SHOWN else f"see `hopwatch config schema` ({len(known)})"
    )
    return f"unknown key; known here: {listed}"


def _other_level(path: KeyPath, tree: Json) -> str | None:
    """Find a key that is right but indented wrongly: one level too deep or too shallow."""
    word, parent = path[-1], path[:-1]
    if parent and word in shape.keys(parent[:-1]):
        return f"one level up, beside {parent[-1]!r}"
    beside = _at(tree, parent)
    for name, value in beside.items() if isinstance(beside, dict) else ():
        if isinstance(value, dict) and word in shape.keys((*parent, name)):
            return f"in {name!r}, indented further"
    return None


def _elsewhere(word: str | int) -> str | None:
    """Find a key that says how often, how long or what is asked, and so stands with a check."""
    is_of_checks = word in shape.keys(("routes", "", "checks", ""))
    is_usual = word in shape.keys(("defaults",))
    if is_of_checks:
        return "to a check, or to 'defaults' for all of them" if is_usual else "to a check of a route"
    return "to 'defaults'" if is_usual else None


def _at(tree: Json, path: KeyPath) -> Json:
    for part in path:
        if isinstance(tree, dict) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int):
            tree = tree[part]
    return tree


def _text_expected(finding: Finding) -> str:
    if isinstance(finding.value, dict | list):
        return f"expected text, not {_kind(finding.value)}"
    return f"quote this value: text is expected, and without quotes it is {_kind(finding.value)}"


def _choice(finding: Finding) -> str:
    known = shape.choices(finding.path)
    if len(known) == 1:
        return f"expected {known[0]}; nothing else is known"
    hint = ""
    if isinstance(finding.value, str) and (near := shape.near(finding.value, known)):
        hint = f"; did you mean {near!r}?"
    return f"{clean(str(finding.value), 40)!r} is not one of {', '.join(known)}{hint}"


def _mapping_expected(finding: Finding) -> str:
    known = shape.keys(finding.path)
    if set(known) == _SECRET_KEYS:
        return "a secret is not written here but named: {file: PATH} or {env: VARIABLE}"
    listed = f" with keys such as {', '.join(known[:4])}" if known else " of names to values"
    return f"expected a mapping{listed}, not {_kind(finding.value)}"


def _list_expected(finding: Finding) -> str:
    if isinstance(finding.value, dict | list):
        return f"expected a list, not {_kind(finding.value)}"
    return "expected a list; write it in brackets, as [value], also when it has one entry"


def _whole_number(finding: Finding) -> str:
    quoted = isinstance(finding.value, str) and finding.value.lstrip("-").isdigit()
    return "expected a whole number" + ("; remove the quotes" if quoted else f", not {_kind(finding.value)}")


def _own_words(finding: Finding) -> str:
    words = finding.text.removeprefix("Value error, ")
    words = words.replace("Input should", "this should").replace("String should", "this should")
    given = finding.value
    if finding.type != "value_error" and isinstance(given, int | float):
        words += f", not {given}"
    return clean(words, 300)


def _kind(value: Json) -> str:
    return _KINDS[type(value)]


_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}
_SENTENCES: Mapping[str, Callable[[Finding], str]] = {
    "extra_forbidden": _unknown_key,
    "unexpected_keyword_argument": _unknown_key,
    "missing": lambda _: "this key is required",
    "string_type": _text_expected,
    "literal_error": _choice,
    "model_type": _mapping_expected,
    "model_attributes_type": _mapping_expected,
    "dataclass_type": _mapping_expected,
    "dict_type": _mapping_expected,
    "mapping_type": _mapping_expected,
    "tuple_type": _list_expected,
    "int_type": _whole_number,
    "int_parsing": _whole_number,
    "int_from_float": _whole_number,
    "too_short": lambda _: "at least one entry is needed",
    "string_too_short": lambda _: "this text is empty",
    "timezone_aware": lambda _: "a time zone is missing; write it as 2026-12-01T00:00:00Z",
}
# By the first word of the error's type, for the rest.
_EXPECTED: Mapping[str, str] = {
    "bool": "true or false",
    "float": "a number",
    "datetime": "an instant such as 2026-12-01T00:00:00Z",
}
