"""Say in one sentence where a file breaks the rules of its keys, and what would be right."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probe.config.document import Complaint, Document, Json, KeyPath
from probe.text import clean
from tests.scenarios.runner.scenario import Daemon, Event, Lab, Scenario, Times, Truth

_MODELS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Scenario,
    ("lab",): Lab,
    ("lab", "times"): Times,
    ("daemons", "*"): Daemon,
    ("events", "*"): Event,
    ("truth", "*"): Truth,
}
_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}
_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list in brackets",
    "list_type": "a list in brackets",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def complaints(document: Document, error: ValidationError) -> Iterator[Complaint]:
    """Yield one complaint per mistake that pydantic found."""
    for one in error.errors(include_url=False):
        path, value = _within(document.tree, one["loc"])
        match one["type"]:
            case "missing":
                yield document.missing((*path, one["loc"][-1]), "this key is required")
            case "extra_forbidden":
                yield document.at_key(path, _unknown(path))
            case _:
                yield document.at_value(path, _sentence(one, value))


def keys(path: KeyPath) -> tuple[str, ...]:
    """Return the keys that are known in the mapping at a path, none where they are free."""
    plain = tuple(str(part) for part in path)
    model = _MODELS.get(plain) or _MODELS.get((*plain[:-1], "*")) if plain else Scenario
    if model is None:
        return ()
    return tuple(field.alias or name for name, field in model.model_fields.items())


def near(word: str, known: Sequence[str]) -> str:
    """Say which known word was meant, if one is near."""
    found = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _unknown(path: KeyPath) -> str:
    known = keys(path[:-1])
    return f"unknown key{near(str(path[-1]), known) or '; known here: ' + ', '.join(known)}"


def _sentence(error: ErrorDetails, value: Json) -> str:
    if value is None:
        return "there is no value here; give one, or remove the key"
    if expected := _EXPECTED.get(error["type"]):
        return f"expected {expected}, not {_KINDS[type(value)]}"
    words = error["msg"].removeprefix("Value error, ").replace("Input should", "this should")
    words = words.replace("String should", "this should")
    given = f", not {clean(str(value), 60)!r}" if isinstance(value, int | float | str) else ""
    return f"{words[:1].lower()}{words[1:]}{given}"


def _within(tree: Json, location: Sequence[str | int]) -> tuple[KeyPath, Json]:
    """Follow pydantic's location into the tree, over the words that name alternatives and not keys."""
    path: list[str | int] = []
    for part in location:
        match tree, part:
            case dict(), str() if part in tree:
                tree = tree[part]
            case list(), int() if part < len(tree):
                tree = tree[part]
            case _:
                continue
        path.append(part)
    return tuple(path), tree
